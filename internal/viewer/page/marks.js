// The upper half of the picture: events, and what marks them. The lower half, in draw.js, puts lanes, spans and
// messages under them.

import { NONE } from "./model.js";
import { lowerBound } from "./layout.js";
import { GUTTER, RULER, Surface } from "./surface.js";

export class Marks extends Surface {
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
    const { ctx, theme, run } = this;
    /** @type {Object<string, number[]>} */
    const by = {};
    for (let i = this.lo; i < this.hi; i++) {
      if (this.hidden(i)) continue;
      const name = run.kinds[run.kind[i]];
      (by[this.unrelated(i) ? "dim" : name] ??= []).push(i);
      this.drawn.events++;
    }
    const small = this.hi - this.lo > 600;
    const dots = (/** @type {string} */ kind, /** @type {string} */ colour, /** @type {(x: number, y: number) => void} */ shape, stroke = false) => {
      const list = by[kind];
      if (!list) return;
      ctx.fillStyle = ctx.strokeStyle = colour;
      ctx.lineWidth = 1.2;
      if (small) { // and many: squares are quickly drawn
        for (const i of list) ctx.fillRect(Math.round(this.x(i)) - 1, Math.round(this.y(i)) - (stroke ? 2 : 1), stroke ? 1 : 2, stroke ? 4 : 2);
        return;
      }
      ctx.beginPath();
      for (const i of list) shape(this.x(i), this.y(i));
      if (stroke) ctx.stroke();
      else ctx.fill();
    };
    const r = 2.8;
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
          this.label(run.subject(i), x - 14 - Math.min(260, run.subject(i).length * 5.7), y - 5, theme.bad, 270, true);
      }
    }
  }

  hits() {
    const { ctx, theme, view } = this;
    ctx.strokeStyle = theme.hit;
    ctx.lineWidth = 2;
    for (const hits of view.beside ? [view.hits, view.only] : [view.hits]) {
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
    if (view.beside && view.divergence !== NONE && view.divergence < this.run.length) {
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
}
