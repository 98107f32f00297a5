// The picture. All of it goes through a CanvasRenderingContext2D, or what looks like one: the SVG export
// passes a recorder of the same calls.

import { NONE, formatTime } from "./model.js";
import { lowerBound, LOST, TWICE } from "./layout.js";
import { inFuture, inPast } from "./causality.js";

export const GUTTER = 124, RULER = 24;
const DETAIL = 2500; // events in view up to which each is drawn
const MESSAGES = 900, FEW = 350; // messages drawn at most, and where they are too many to tell apart
const font = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif';
const mono = 'ui-monospace, "DejaVu Sans Mono", monospace';

/** @typedef {Object<string, string>} Theme */

/** The colours of the page. @returns {Theme} */
export function readTheme() {
  const style = getComputedStyle(document.documentElement);
  /** @type {Theme} */
  const t = {};
  for (const k of ["bg", "panel", "edge", "ink", "soft", "faint", "lane", "line", "msg", "quiet", "loss", "fault", "faultbg", "disk", "op", "opbg", "good", "bad", "past", "future", "hit", "select", "down"])
    t[k] = style.getPropertyValue("--" + k).trim();
  return t;
}

/** Draws one frame. */
export class Painter {
  /** @param {import("./view.js").View} view @param {CanvasRenderingContext2D} ctx @param {Theme} theme @param {number} w @param {number} h */
  constructor(view, ctx, theme, w, h) {
    this.view = view;
    this.layout = view.layout;
    this.run = view.run;
    this.ctx = ctx;
    this.theme = theme;
    this.w = w;
    this.h = h;
    this.lo = this.layout.eventAt(view.left);
    this.hi = this.layout.eventAt(view.left + (w - GUTTER) / view.scale);
    this.top = RULER - view.scrollTop;
    /** Places and widths of the labels of messages. @type {number[][]} */
    this.labels = [];
    this.drawn = { events: 0, messages: 0, lost: 0, labels: 0, detailed: this.hi - this.lo <= DETAIL };
  }

  /** @param {number} i */
  x(i) { return GUTTER + (this.layout.pos[i] - this.view.left) * this.view.scale; }

  /** @param {number} i */
  y(i) { return this.layout.yOf(i) + this.top; }

  /** @param {number} i */
  hidden(i) { return this.layout.shown !== null && this.layout.shown[i] === 0; }

  paint() {
    const { ctx, theme } = this;
    ctx.fillStyle = theme.bg;
    ctx.fillRect(0, 0, this.w, this.h);
    ctx.save();
    ctx.beginPath();
    ctx.rect(0, RULER, this.w, this.h - RULER);
    ctx.clip();
    this.rows();
    this.faults();
    this.cone();
    this.spans();
    this.messages();
    if (this.drawn.detailed) this.events();
    else this.density();
    this.salient();
    this.hits();
    this.selection();
    this.gutter();
    ctx.restore();
    this.ruler();
    return this.drawn;
  }

  rows() {
    const { ctx, theme } = this;
    this.layout.rows.forEach((r, n) => {
      const y = r.y + this.top;
      if (y > this.h || y + r.h < RULER) return;
      if (n % 2 === 0) {
        ctx.fillStyle = theme.lane;
        ctx.fillRect(0, y, this.w, r.h);
      }
      if (r.type === "faults") return;
      ctx.strokeStyle = r.type === "test" ? theme.faint : theme.line;
      ctx.lineWidth = r.type === "node" ? 1.5 : 1;
      this.line(GUTTER, r.line + this.top, this.w, r.line + this.top);
      if (r.disk) {
        ctx.strokeStyle = theme.faint;
        ctx.lineWidth = 1;
        ctx.setLineDash([2, 3]);
        this.line(GUTTER, r.line + 20 + this.top, this.w, r.line + 20 + this.top);
        ctx.setLineDash([]);
      }
    });
  }

  /** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
  line(x1, y1, x2, y2) {
    this.ctx.beginPath();
    this.ctx.moveTo(x1, y1);
    this.ctx.lineTo(x2, y2);
    this.ctx.stroke();
  }

  /** Where a span is drawn, null outside the picture. @param {import("./layout.js").Span} s */
  reach(s) {
    const a = Math.max(GUTTER - 20, this.x(s.from)), b = s.open ? this.w + 20 : Math.min(this.w + 20, this.x(s.to));
    return b < GUTTER || a > this.w ? null : { a, b: Math.max(b, a + 2) };
  }

  faults() {
    const { ctx, theme } = this;
    const row = this.layout.rows[0];
    for (const s of this.layout.spansIn("fault", this.lo, this.hi)) {
      const r = this.reach(s);
      if (!r) continue;
      const y = row.y + this.top + 7 + s.track * 16;
      ctx.fillStyle = theme.faultbg;
      ctx.fillRect(r.a, y + 15, r.b - r.a, this.layout.height + this.top - y - 15);
      ctx.fillStyle = theme.faultbg;
      ctx.fillRect(r.a, y, r.b - r.a, 14);
      ctx.strokeStyle = theme.fault;
      ctx.lineWidth = 1.5;
      ctx.beginPath();
      ctx.moveTo(r.a + 4, y + 1);
      ctx.lineTo(r.a, y + 1);
      ctx.lineTo(r.a, y + 13);
      ctx.lineTo(r.a + 4, y + 13);
      if (!s.open) {
        ctx.moveTo(r.b - 4, y + 1);
        ctx.lineTo(r.b, y + 1);
        ctx.lineTo(r.b, y + 13);
        ctx.lineTo(r.b - 4, y + 13);
      }
      ctx.stroke();
      this.label(s.what, Math.max(r.a, GUTTER) + 5, y + 11, theme.fault, r.b - Math.max(r.a, GUTTER) - 8);
      this.groups(s, r);
    }
  }

  /** A bracket round each group of a partition. @param {import("./layout.js").Span} s @param {{a: number, b: number}} r */
  groups(s, r) {
    const m = /^partition (.+)$/.exec(s.what);
    if (!m || r.a < GUTTER || r.b - r.a < 12) return;
    const { ctx, theme } = this;
    const groups = m[1].split(/\s*\|\s*/).map((g) => g.split(/[\s,]+/));
    ctx.strokeStyle = theme.fault;
    ctx.fillStyle = theme.fault;
    ctx.lineWidth = 2;
    groups.forEach((names, g) => {
      const rows = this.layout.rows.filter((row) => names.includes(row.name));
      if (!rows.length) return;
      const x = r.a + 3 + g * 6;
      for (const row of rows) {
        const top = row.y + this.top + 6, end = row.y + row.h + this.top - 6;
        ctx.beginPath();
        ctx.moveTo(x + 6, top);
        ctx.lineTo(x, top);
        ctx.lineTo(x, end);
        ctx.lineTo(x + 6, end);
        ctx.stroke();
      }
      for (let k = 1; k < rows.length; k++) {
        ctx.setLineDash([2, 4]);
        ctx.lineWidth = 1;
        this.line(x, rows[k - 1].y + rows[k - 1].h + this.top - 6, x, rows[k].y + this.top + 6);
        ctx.setLineDash([]);
        ctx.lineWidth = 2;
      }
    });
  }

  spans() {
    const { ctx, theme } = this;
    const [down, pause, skew, op] = ["down", "pause", "skew", "op"].map((k) => this.layout.spansIn(k, this.lo, this.hi));
    for (const s of down) {
      const r = this.reach(s);
      if (!r) continue;
      const row = this.layout.rows[s.row];
      const y = row.line + this.top;
      ctx.fillStyle = this.layout.rows.indexOf(row) % 2 === 0 ? theme.lane : theme.bg;
      ctx.fillRect(r.a, y - 2, r.b - r.a, 4);
      ctx.strokeStyle = theme.down;
      ctx.lineWidth = 1;
      ctx.setLineDash([1, 5]);
      this.line(r.a, y, r.b, y);
      ctx.setLineDash([]);
      this.label("down · " + s.what, Math.max(r.a, GUTTER) + 10, y - 7, theme.down, r.b - Math.max(r.a, GUTTER) - 14);
    }
    for (const s of pause) {
      const r = this.reach(s);
      if (!r) continue;
      const y = this.layout.rows[s.row].line + this.top;
      ctx.strokeStyle = theme.fault;
      ctx.lineWidth = 1;
      const from = Math.max(r.a, GUTTER), to = Math.min(r.b, this.w);
      ctx.beginPath();
      for (let x = from - from % 6; x < to; x += 6) {
        if (x < from) continue;
        ctx.moveTo(x, y + 6);
        ctx.lineTo(x + 5, y - 6);
      }
      ctx.stroke();
      this.label("paused", from + 10, y - 10, theme.fault, r.b - from - 14);
    }
    for (const s of skew) {
      const r = this.reach(s);
      if (!r) continue;
      const row = this.layout.rows[s.row];
      ctx.fillStyle = theme.fault;
      ctx.fillRect(r.a, row.y + this.top + 2, r.b - r.a, 2);
      this.label(`clock ${Number(s.what) > 0 ? "+" : "−"}${formatTime(Math.abs(Number(s.what)))}`, Math.max(r.a, GUTTER) + 4, row.y + this.top + 13, theme.fault, r.b - Math.max(r.a, GUTTER) - 8);
    }
    for (const s of op) {
      const r = this.reach(s);
      if (!r) continue;
      const row = this.layout.rows[s.row];
      const y = row.y + this.top + 4 + s.track * 15;
      const bad = this.view.suspects.has(s.event);
      if (r.b - r.a < 4 && !bad) {
        ctx.fillStyle = theme.op;
        ctx.fillRect(Math.round(r.a), y + 4, 2, 6);
        continue;
      }
      ctx.fillStyle = theme.opbg;
      ctx.fillRect(r.a, y, r.b - r.a, 13);
      ctx.strokeStyle = bad ? theme.bad : theme.op;
      ctx.lineWidth = bad ? 2.5 : 1.25;
      ctx.beginPath();
      if (s.open) { // an open end: the outcome is unknown
        ctx.moveTo(r.b, y);
        ctx.lineTo(r.a, y);
        ctx.lineTo(r.a, y + 13);
        ctx.lineTo(r.b, y + 13);
      } else ctx.rect(r.a, y, r.b - r.a, 13);
      ctx.stroke();
      const at = this.view.points.get(s.event);
      if (at !== undefined && at >= this.lo && at <= this.hi) this.diamond(this.x(at), y + 6.5, 4.5, theme.good);
      this.label(s.what, Math.max(r.a, GUTTER) + 4, y + 10.5, bad ? theme.bad : theme.op, r.b - Math.max(r.a, GUTTER) - 6);
    }
  }

  /** The past and the future of what is picked, as a band along each lane. */
  cone() {
    const c = this.view.cone;
    if (!c) return;
    const { ctx, theme } = this;
    for (const r of this.layout.rows) {
      if (r.type === "faults") continue;
      const y = r.line + this.top;
      const past = c.past[r.lane], future = c.future[r.lane];
      if (past !== NONE) {
        ctx.fillStyle = theme.past;
        const end = Math.min(this.w, this.x(past));
        if (end > GUTTER) ctx.fillRect(GUTTER, y - 1.5, end - GUTTER, 3);
      }
      if (future < this.run.length) {
        ctx.fillStyle = theme.future;
        const from = Math.max(GUTTER, this.x(future));
        if (from < this.w) for (let x = from; x < this.w; x += 10) ctx.fillRect(x, y - 1.5, 7, 3);
      }
    }
  }

  /** Whether something is to stand back: what is picked has no relation to it. @param {number} i */
  unrelated(i) {
    const c = this.view.cone;
    return c !== null && !inPast(c, this.run, i) && !inFuture(c, this.run, i);
  }

  messages() {
    const { ctx, theme, run, layout } = this;
    const { msgFrom, msgTo, msgFate, msgSlow, msgFirst } = layout;
    const first = lowerBound(msgTo, this.lo);
    let last = first;
    // Messages that end behind the picture may begin in it.
    const far = lowerBound(msgTo, this.hi);
    last = far;
    while (last < msgTo.length && last < far + 4000 && msgFirst[last] < this.hi) last++;
    let stride = 1;
    while ((last - first) / stride > (this.drawn.detailed ? MESSAGES : FEW)) stride *= 2;
    /** @type {number[][]} */
    const calm = [], dim = [], slow = [], quiet = [], again = [], lost = [];
    for (let m = first + (stride - first % stride) % stride; m < last; m += stride) {
      const from = msgFrom[m], to = msgTo[m];
      if (msgFate[m] === LOST) continue;
      if (from === NONE || from > this.hi || this.hidden(to) || this.hidden(from)) continue;
      const p = [this.x(from), this.y(from), this.x(to), this.y(to), m];
      if (msgFate[m] === TWICE) again.push(p);
      else if (this.unrelated(from) || this.unrelated(to)) dim.push(p);
      else if (msgSlow[m]) slow.push(p);
      else if (this.handshake(from)) quiet.push(p);
      else calm.push(p);
    }
    const d0 = lowerBound(layout.drops, this.lo);
    let d1 = lowerBound(layout.drops, this.hi);
    while (d1 < layout.drops.length && d1 - d0 < MESSAGES && msgFrom[layout.endOf[layout.drops[d1]]] !== NONE && msgFrom[layout.endOf[layout.drops[d1]]] < this.hi) d1++;
    let skip = 1;
    while ((d1 - d0) / skip > (this.drawn.detailed ? 500 : 200)) skip *= 2;
    for (let d = d0 + (skip - d0 % skip) % skip; d < d1; d += skip) {
      const to = layout.drops[d];
      if (!this.hidden(to)) lost.push([to, layout.endOf[to]]);
    }
    this.drawn.messages = calm.length + dim.length + slow.length + quiet.length + again.length;
    const dense = this.drawn.messages > 500;
    this.arrows(dim, theme.faint, 1, dense);
    this.arrows(quiet, theme.quiet, 1, dense);
    this.arrows(calm, theme.msg, dense ? 0.7 : 1.3, dense);
    ctx.setLineDash([5, 4]);
    this.arrows(slow, theme.msg, 1.3, dense);
    ctx.setLineDash([]);
    this.arrows(again, theme.msg, 3, dense);
    this.arrows(again, theme.bg, 1, true);
    this.crosses(lost);
    if (this.drawn.detailed) {
      const f0 = lowerBound(layout.flying, this.lo), f1 = lowerBound(layout.flying, this.hi);
      for (let f = f0; f < f1; f++) if (!this.hidden(layout.flying[f])) this.flying(layout.flying[f]);
      if ((this.hi - this.lo) < 160) for (const list of [calm, slow, again, quiet]) for (const p of list) this.messageLabel(p);
    }
    void run;
  }

  /** @param {number} i */
  handshake(i) {
    const id = this.run.attrText(i, "packet");
    if (id === NONE) return false;
    const packet = this.run.string(id);
    return packet !== "data" && packet !== "datagram";
  }

  /** @param {number[][]} list @param {string} colour @param {number} width @param {boolean} plain */
  arrows(list, colour, width, plain) {
    if (!list.length) return;
    const { ctx } = this;
    ctx.strokeStyle = colour;
    ctx.fillStyle = colour;
    ctx.lineWidth = width;
    ctx.beginPath();
    for (const [x1, y1, x2, y2] of list) {
      ctx.moveTo(x1, y1);
      ctx.lineTo(x2, y2);
    }
    ctx.stroke();
    if (plain) return;
    ctx.beginPath();
    for (const [x1, y1, x2, y2] of list) {
      const d = Math.hypot(x2 - x1, y2 - y1) || 1, ux = (x2 - x1) / d, uy = (y2 - y1) / d;
      if (d < 12) continue;
      ctx.moveTo(x2, y2);
      ctx.lineTo(x2 - 8 * ux - 3.4 * uy, y2 - 8 * uy + 3.4 * ux);
      ctx.lineTo(x2 - 8 * ux + 3.4 * uy, y2 - 8 * uy - 3.4 * ux);
      ctx.closePath();
    }
    ctx.fill();
  }

  /** Lost messages: a stub, a cross, and why. @param {number[][]} lost event of the loss, and message */
  crosses(lost) {
    const { ctx, theme, run } = this;
    const at = lost.map(([to, m]) => this.stub(to, m));
    ctx.strokeStyle = theme.loss;
    ctx.lineWidth = 1.3;
    ctx.beginPath();
    for (const [x1, y1, x, y] of at) {
      ctx.moveTo(x1, y1);
      ctx.lineTo(x, y);
    }
    ctx.stroke();
    ctx.lineWidth = 2;
    ctx.beginPath();
    for (const [, , x, y] of at) {
      ctx.moveTo(x - 4, y - 4);
      ctx.lineTo(x + 4, y + 4);
      ctx.moveTo(x + 4, y - 4);
      ctx.lineTo(x - 4, y + 4);
    }
    ctx.stroke();
    this.drawn.lost += lost.length;
    if (this.hi - this.lo >= 400) return;
    lost.forEach(([to], k) => {
      const reason = run.attr(to, "reason");
      this.label((/checksum|corrupt/.test(reason) ? "≈ " : "") + reason, at[k][2] + 7, at[k][3] + 4, theme.loss, 110, true);
    });
  }

  /** Where a lost message begins and where its cross stands, short of the receiver. @param {number} to @param {number} m */
  stub(to, m) {
    const from = this.layout.msgFrom[m];
    const x2 = this.x(to), y2 = this.y(to);
    if (from !== NONE) {
      const x1 = this.x(from), y1 = this.y(from);
      return [x1, y1, x1 + (x2 - x1) * 0.62, y1 + (y2 - y1) * 0.62];
    }
    // Its departure is not in the record: what is seen is the last of its way.
    const sender = this.layout.rows.find((r) => r.name === senderOf(this.run.string(this.run.text[to])));
    const y1 = sender ? sender.line + this.top : y2 - 24, part = Math.min(0.35, 46 / Math.max(1, Math.abs(y2 - y1)));
    return [x2 - 8 * part * 2, y2 + (y1 - y2) * part * 1.6, x2 - 8 * part, y2 + (y1 - y2) * part * 0.7];
  }

  /** A message that was under way when the run ended. @param {number} i */
  flying(i) {
    const { ctx, theme } = this;
    const x = this.x(i), y = this.y(i);
    const to = this.layout.rows.find((r) => r.name === receiverOf(this.run.string(this.run.text[i])));
    const dir = to ? Math.sign(to.line - this.layout.yOf(i)) : 1;
    ctx.strokeStyle = theme.quiet;
    ctx.lineWidth = 1;
    ctx.setLineDash([2, 2]);
    this.line(x, y, x + 10, y + 16 * dir);
    ctx.setLineDash([]);
  }

  /** @param {number[]} p */
  messageLabel([x1, y1, x2, y2, m]) {
    const from = this.layout.msgFrom[m], d = Math.hypot(x2 - x1, y2 - y1);
    if (d < 70) return;
    const note = this.run.attached(from, "decoded");
    if (note === undefined && this.handshake(from)) return;
    const text = note !== undefined ? note.slice(0, 60) : [this.run.attr(from, "packet"), this.run.attr(from, "bytes")].filter(Boolean).join(" ");
    if (!text) return;
    const x = x1 + (x2 - x1) * 0.42 + 6, y = y1 + (y2 - y1) * 0.42, width = Math.min(160, text.length * 5.8);
    // Labels do not cover one another.
    if (this.labels.some((l) => x < l[0] + l[2] + 4 && l[0] < x + width + 4 && Math.abs(y - l[1]) < 13)) return;
    this.labels.push([x, y, width]);
    this.label(text, x, y, this.theme.soft, 160, true);
  }

  /** A text that is cut to fit. @param {string} text @param {number} x @param {number} y @param {string} colour @param {number} room */
  label(text, x, y, colour, room, halo = false) {
    if (room < 18 || x > this.w) return;
    const { ctx } = this;
    ctx.font = "11px " + font;
    const most = Math.floor(room / 5.6);
    if (text.length > most) text = text.slice(0, Math.max(1, most - 1)) + "…";
    if (halo) {
      ctx.strokeStyle = this.theme.bg;
      ctx.lineWidth = 3;
      ctx.lineJoin = "round";
      ctx.strokeText(text, x, y);
    }
    ctx.fillStyle = colour;
    ctx.fillText(text, x, y);
    this.drawn.labels++;
  }

  /** Many events: how many stand on each lane, column by column. */
  density() {
    const { ctx, theme, layout, view } = this;
    const columns = Math.ceil((this.w - GUTTER) / 2);
    const edge = new Int32Array(columns + 1);
    for (let c = 0; c <= columns; c++) edge[c] = lowerBound(layout.pos, view.left + c * 2 / view.scale, c ? edge[c - 1] : 0);
    const shown = layout.shown;
    layout.rows.forEach((r, n) => {
      const y = r.line + this.top;
      if (y < -60 || y > this.h + 60) return;
      const events = layout.rowEvents[n];
      ctx.fillStyle = r.type === "client" ? theme.op : r.type === "test" ? theme.good : theme.line;
      const most = Math.min(16, r.h / 2 - 4);
      let at = lowerBound(events, edge[0]);
      for (let c = 0; c < columns; c++) {
        let next = at, count = 0;
        if (shown) for (; next < events.length && events[next] < edge[c + 1]; next++) count += shown[events[next]];
        else {
          let stepSize = 1;
          while (next + stepSize < events.length && events[next + stepSize] < edge[c + 1]) {
            next += stepSize;
            stepSize *= 2;
          }
          next = lowerBound(events, edge[c + 1], next, Math.min(events.length, next + stepSize + 1));
          count = next - at;
        }
        if (count) {
          const hgt = Math.min(most, 1.5 + 2.4 * Math.log2(1 + count));
          ctx.fillRect(GUTTER + c * 2, Math.round(y - hgt / 2), 1, Math.round(hgt));
        }
        at = next;
      }
    });
    this.drawn.events = columns;
  }

  /** Each event in view. */
  events() {
    const { ctx, theme, run, layout } = this;
    /** @type {Object<string, number[]>} */
    const by = {};
    for (let i = this.lo; i < this.hi; i++) {
      if (this.hidden(i)) continue;
      const name = run.kinds[run.kind[i]];
      (by[this.unrelated(i) ? "dim" : name] ??= []).push(i);
      this.drawn.events++;
    }
    const small = this.hi - this.lo > 700;
    const dots = (/** @type {string} */ kind, /** @type {string} */ colour, /** @type {(x: number, y: number) => void} */ shape, stroke = false) => {
      const list = by[kind];
      if (!list) return;
      ctx.fillStyle = ctx.strokeStyle = colour;
      ctx.lineWidth = 1.2;
      ctx.beginPath();
      for (const i of list) shape(this.x(i), this.y(i));
      if (stroke) ctx.stroke();
      else ctx.fill();
    };
    const r = small ? 1.6 : 2.8;
    const disc = (/** @type {number} */ x, /** @type {number} */ y) => { ctx.moveTo(x + r, y); ctx.arc(x, y, r, 0, 7); };
    const square = (/** @type {number} */ x, /** @type {number} */ y) => ctx.rect(x - r + 0.5, y - r + 0.5, 2 * r - 1, 2 * r - 1);
    const bar = (/** @type {number} */ x, /** @type {number} */ y) => ctx.rect(x - 1.5, y - 6, 3, 12);
    const tick = (/** @type {number} */ x, /** @type {number} */ y) => { ctx.moveTo(x, y - 4); ctx.lineTo(x, y + 4); };
    const down = (/** @type {number} */ x, /** @type {number} */ y) => { ctx.moveTo(x - 3.5, y - 4); ctx.lineTo(x + 3.5, y - 4); ctx.lineTo(x, y + 2); ctx.closePath(); };
    const check = (/** @type {number} */ x, /** @type {number} */ y) => { ctx.moveTo(x - 4, y); ctx.lineTo(x - 1, y + 3); ctx.lineTo(x + 4, y - 4); };
    dots("dim", theme.faint, disc);
    dots("send", theme.msg, disc, true);
    dots("deliver", theme.msg, disc);
    dots("duplicate", theme.msg, tick, true);
    for (const k of ["dial", "accept", "listen", "close"]) dots(k, theme.quiet, tick, true);
    dots("open", theme.disk, square, true);
    dots("read", theme.disk, square, true);
    dots("write", theme.disk, square);
    dots("sync", theme.disk, bar);
    dots("rename", theme.disk, down);
    dots("remove", theme.disk, down, true);
    dots("timer", theme.soft, tick, true);
    dots("call", theme.op, disc);
    dots("return", theme.op, disc);
    dots("log", theme.soft, square, true);
    dots("property held", theme.good, check, true);
    if (this.hi - this.lo < 260) this.eventLabels();
    void layout;
  }

  /** The names of events, where there is room for them. */
  eventLabels() {
    const { run, layout, theme } = this;
    const next = layout.rows.map(() => [GUTTER, GUTTER]);
    for (let i = this.lo; i < this.hi; i++) {
      if (this.hidden(i)) continue;
      const kind = run.kindName(i), x = this.x(i);
      const disk = layout.isDisk[run.kind[i]] ? 1 : 0;
      if (kind === "send" || kind === "deliver" || kind === "drop" || kind === "duplicate" || this.layout.rows[layout.row[i]].type === "faults" || x < next[layout.row[i]][disk] + 5) continue;
      let text = disk ? `${kind} ${run.subject(i)}` : kind === "log" ? run.subject(i) : kind === "property held" ? run.subject(i) : kind;
      if (kind === "call" || kind === "return" || kind === "crash" || kind === "restart" || kind === "pause" || kind === "resume" || kind === "start" || kind === "property failed") continue;
      if (text.length > 34) text = text.slice(0, 33) + "…";
      const width = text.length * 5.6;
      this.label(text, x - 2, this.y(i) + (disk ? 16 : -8), disk ? theme.disk : theme.soft, width + 12, true);
      next[layout.row[i]][disk] = x + width;
    }
  }

  /** What is drawn at any size: ends, beginnings, failures. */
  salient() {
    const { ctx, theme, run, layout } = this;
    const s0 = lowerBound(layout.salient, this.lo), s1 = lowerBound(layout.salient, this.hi);
    const busy = new Set();
    for (let s = s0; s < s1; s++) {
      const i = layout.salient[s];
      if (this.hidden(i)) continue;
      const kind = run.kindName(i), x = this.x(i), y = this.y(i);
      if (kind !== "property failed") {
        const cell = layout.row[i] * 100000 + (x >> 3);
        if (s1 - s0 > 300 && busy.has(cell)) continue;
        busy.add(cell);
      }
      switch (kind) {
        case "crash":
          ctx.strokeStyle = theme.bad;
          ctx.lineWidth = 3;
          ctx.beginPath();
          ctx.moveTo(x - 5, y - 6);
          ctx.lineTo(x + 5, y + 6);
          ctx.moveTo(x + 5, y - 6);
          ctx.lineTo(x - 5, y + 6);
          ctx.stroke();
          break;
        case "exit":
          ctx.fillStyle = theme.soft;
          ctx.fillRect(x - 3, y - 6, 3, 12);
          break;
        case "start": case "restart":
          ctx.fillStyle = theme.good;
          ctx.beginPath();
          ctx.moveTo(x - 1, y - 7);
          ctx.lineTo(x + 8, y);
          ctx.lineTo(x - 1, y + 7);
          ctx.closePath();
          ctx.fill();
          this.label(`start ${run.incarnation[i] + 1}`, x + 10, y - 7, theme.good, s1 - s0 < 120 ? 60 : 0, true);
          break;
        case "pause": case "resume":
          ctx.fillStyle = theme.fault;
          if (kind === "pause") {
            ctx.fillRect(x - 1, y - 6, 3, 12);
            ctx.fillRect(x + 4, y - 6, 3, 12);
          } else ctx.fillRect(x - 1, y - 6, 2, 12);
          break;
        case "lost":
          ctx.strokeStyle = theme.bad;
          ctx.lineWidth = 2;
          ctx.beginPath();
          ctx.moveTo(x + 5, y);
          ctx.arc(x, y, 5, 0, 7);
          ctx.moveTo(x - 4, y + 4);
          ctx.lineTo(x + 4, y - 4);
          ctx.stroke();
          if (s1 - s0 < 160) this.label("lost " + run.subject(i), x + 8, y + 4, theme.bad, 120, true);
          break;
        case "reached":
          this.diamond(x, y, 4, theme.good);
          break;
        case "property failed":
          ctx.strokeStyle = theme.bad;
          ctx.lineWidth = 1.5;
          this.line(x, RULER, x, this.h);
          this.diamond(x, y, 8, theme.bad);
          this.label(run.subject(i), x - 12 - Math.min(260, run.subject(i).length * 5.7), y + 4, theme.bad, 270, true);
      }
    }
  }

  /** @param {number} x @param {number} y @param {number} r @param {string} colour */
  diamond(x, y, r, colour) {
    const { ctx } = this;
    ctx.fillStyle = colour;
    ctx.beginPath();
    ctx.moveTo(x, y - r);
    ctx.lineTo(x + r, y);
    ctx.lineTo(x, y + r);
    ctx.lineTo(x - r, y);
    ctx.closePath();
    ctx.fill();
  }

  hits() {
    const { ctx, theme, view } = this;
    ctx.strokeStyle = theme.hit;
    ctx.lineWidth = 2;
    for (const hits of [view.hits, view.only]) {
      const h0 = lowerBound(hits, this.lo), h1 = lowerBound(hits, this.hi);
      const step = Math.max(1, Math.ceil((h1 - h0) / 1500));
      ctx.beginPath();
      for (let h = h0; h < h1; h += step) {
        if (this.hidden(hits[h])) continue;
        const x = this.x(hits[h]), y = this.y(hits[h]);
        ctx.moveTo(x + 6, y);
        ctx.arc(x, y, 6, 0, 7);
      }
      ctx.stroke();
      ctx.strokeStyle = theme.loss;
      ctx.setLineDash([3, 2]);
    }
    ctx.setLineDash([]);
    if (view.divergence !== NONE && view.divergence < this.run.length) {
      const x = this.x(view.divergence);
      ctx.strokeStyle = theme.fault;
      ctx.lineWidth = 2;
      ctx.setLineDash([8, 4]);
      this.line(x, RULER, x, this.h);
      ctx.setLineDash([]);
      this.label("first difference", x + 5, RULER + 12, theme.fault, 120, true);
    }
  }

  selection() {
    const { ctx, theme, view, run } = this;
    for (const p of view.path) { // the way back to the cause
      for (let k = 1; k < p.length; k++) {
        const a = p[k], b = p[k - 1];
        if ((a < this.lo && b < this.lo) || (a > this.hi && b > this.hi)) continue;
        ctx.strokeStyle = theme.bad;
        ctx.lineWidth = 2.5;
        this.line(this.x(a), this.y(a), this.x(b), this.y(b));
      }
    }
    const i = view.selected;
    if (i === NONE || i >= run.length) return;
    const x = this.x(i), y = this.y(i);
    if (x < GUTTER - 10 || x > this.w + 10) return;
    ctx.strokeStyle = theme.select;
    ctx.lineWidth = 1;
    ctx.setLineDash([2, 3]);
    this.line(x, RULER, x, this.h);
    ctx.setLineDash([]);
    ctx.lineWidth = 2.5;
    ctx.beginPath();
    ctx.moveTo(x + 9, y);
    ctx.arc(x, y, 9, 0, 7);
    ctx.stroke();
  }

  /** The names of the rows. */
  gutter() {
    const { ctx, theme } = this;
    ctx.fillStyle = theme.bg;
    ctx.fillRect(0, RULER, GUTTER, this.h - RULER);
    this.layout.rows.forEach((r, n) => {
      const y = r.y + this.top;
      if (y > this.h || y + r.h < RULER) return;
      if (n % 2 === 0) {
        ctx.fillStyle = theme.lane;
        ctx.fillRect(0, y, GUTTER, r.h);
      }
      const name = r.name.length > 15 ? r.name.slice(0, 14) + "…" : r.name;
      ctx.font = (r.type === "node" ? "600 13px " : "12px ") + font;
      ctx.fillStyle = r.type === "faults" ? theme.fault : r.type === "client" ? theme.op : theme.ink;
      ctx.fillText(name, 14, (r.type === "faults" ? y + 18 : r.line + this.top + 4));
      if (r.disk) {
        ctx.font = "11px " + font;
        ctx.fillStyle = theme.disk;
        ctx.fillText("disk", 92, r.line + 24 + this.top);
      }
      const down = this.layout.spans.down.find((s) => s.row === n && this.x(s.from) <= GUTTER && (s.open || this.x(s.to) > GUTTER));
      if (down) {
        ctx.font = "11px " + font;
        ctx.fillStyle = theme.down;
        ctx.fillText("down", 88, r.line + this.top + 4);
      }
    });
    ctx.strokeStyle = theme.edge;
    ctx.lineWidth = 1;
    this.line(GUTTER - 0.5, RULER, GUTTER - 0.5, this.h);
  }

  ruler() {
    const { ctx, theme, run, layout, view } = this;
    ctx.fillStyle = theme.panel;
    ctx.fillRect(0, 0, this.w, RULER);
    ctx.strokeStyle = theme.edge;
    ctx.lineWidth = 1;
    this.line(0, RULER - 0.5, this.w, RULER - 0.5);
    ctx.font = "11px " + mono;
    ctx.fillStyle = theme.soft;
    ctx.fillText({ warp: "time, warped", event: "event", time: "time" }[layout.axis], 14, 16);
    if (!run.length) return;
    const put = (/** @type {number} */ x, /** @type {string} */ text) => {
      ctx.fillText(text, x + 4, 16);
      this.line(x, RULER - 7, x, RULER);
    };
    ctx.strokeStyle = theme.line;
    if (layout.axis === "time" && run.at[run.length - 1] > run.at[0]) {
      const per = (run.at[run.length - 1] - run.at[0]) / (layout.end - 1 || 1); // ns for a unit of the axis
      const want = 110 / view.scale * per;
      const p = 10 ** Math.floor(Math.log10(want));
      const step = p * (want / p <= 2 ? 2 : want / p <= 5 ? 5 : 10);
      const t0 = run.at[0] + view.left * per, t1 = t0 + (this.w - GUTTER) / view.scale * per;
      for (let t = Math.ceil(t0 / step) * step; t <= t1; t += step) put(GUTTER + ((t - run.at[0]) / per - view.left) * view.scale, formatTime(t, 9));
      return;
    }
    let before = -1;
    for (let x = GUTTER; x < this.w - 40; x += 112) {
      const i = Math.min(run.length - 1, layout.eventAt(view.left + (x - GUTTER) / view.scale));
      if (i === before || this.x(i) < GUTTER || this.x(i) > this.w) continue;
      before = i;
      put(this.x(i), layout.axis === "event" ? "#" + (run.first + i) : formatTime(run.at[i], 6));
    }
  }
}

/** The sender in the name of a packet or connection. @param {string} subject */
export function senderOf(subject) {
  const m = /^\S+ (.+?)(?::\d+)?->/.exec(subject);
  return m ? m[1].replace(/^\[|\]$/g, "") : "";
}

/** The receiver in the name of a packet or connection. @param {string} subject */
export function receiverOf(subject) {
  const m = /->(.+?)(?::\d+)?(?:#\d+)?(?:\/\d+)?$/.exec(subject);
  return m ? m[1].replace(/^\[|\]$/g, "") : "";
}
