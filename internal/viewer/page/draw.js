// The picture. All of it goes through a CanvasRenderingContext2D, or what looks like one: the SVG export
// passes a recorder of the same calls.

import { NONE, formatTime } from "./model.js";
import { lowerBound, LOST, TWICE } from "./layout.js";
import { FEW, GUTTER, MESSAGES, RULER, font, mono } from "./surface.js";
import { Marks } from "./marks.js";

/** Draws one frame. */
export class Painter extends Marks {
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
    this.operations();
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

  /** Where a span is drawn, null outside the picture. @param {import("./layout.js").Span} s */
  reach(s) {
    const a = Math.max(GUTTER - 20, this.x(s.from)), b = s.open ? this.w + 20 : Math.min(this.w + 20, this.x(s.to));
    return b < GUTTER || a > this.w ? null : { a, b: Math.max(b, a + 2) };
  }

  faults() {
    const { ctx, theme } = this;
    const row = this.layout.rows[0];
    let tinted = 0;
    for (const s of this.layout.spansIn("fault", this.lo, this.hi)) {
      const r = this.reach(s);
      if (!r) continue;
      const y = row.y + this.top + 6 + s.track * 14;
      ctx.fillStyle = theme.faultbg;
      ctx.fillRect(r.a, y, r.b - r.a, 12);
      // Below, times are tinted once, however many faults there are.
      const from = Math.max(r.a, tinted);
      if (r.b > from) ctx.fillRect(from, row.y + row.h + this.top, r.b - from, this.layout.height - row.h);
      tinted = Math.max(tinted, r.b);
      ctx.strokeStyle = theme.fault;
      ctx.lineWidth = 1.5;
      ctx.beginPath();
      ctx.moveTo(r.a + 4, y + 1);
      ctx.lineTo(r.a, y + 1);
      ctx.lineTo(r.a, y + 12);
      ctx.lineTo(r.a + 4, y + 12);
      if (!s.open) {
        ctx.moveTo(r.b - 4, y + 1);
        ctx.lineTo(r.b, y + 1);
        ctx.lineTo(r.b, y + 12);
        ctx.lineTo(r.b - 4, y + 12);
      }
      ctx.stroke();
      this.label(s.what, Math.max(r.a, GUTTER) + 6, y + 10.5, theme.fault, r.b - Math.max(r.a, GUTTER) - 8);
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
    const [down, pause, skew] = ["down", "pause", "skew"].map((k) => this.layout.spansIn(k, this.lo, this.hi));
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
  }

  /** Operations, from call to return. */
  operations() {
    const { ctx, theme } = this;
    const op = this.layout.spansIn("op", this.lo, this.hi);
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
      ctx.fillStyle = theme.bg;
      ctx.fillRect(r.a, y, r.b - r.a, 13);
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
      if (r.b - r.a > 20) this.label(this.layout.operationText(s), Math.max(r.a, GUTTER) + 4, y + 10.5, bad ? theme.bad : theme.op, r.b - Math.max(r.a, GUTTER) - 6);
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

  messages() {
    const { ctx, theme, layout } = this;
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
    const dense = this.drawn.messages > 250;
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
    if (!this.drawn.detailed) { // too many for crosses
      ctx.fillStyle = theme.loss;
      for (const [to] of lost) ctx.fillRect(Math.round(this.x(to)) - 1, Math.round(this.y(to)) - 9, 2, 6);
      this.drawn.lost += lost.length;
      return;
    }
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
