// One run on a canvas: what part of it is in view, what is picked, and how the hand moves it.

import { NONE } from "./model.js";
import { Layout, lowerBound } from "./layout.js";
import { Painter } from "./draw.js";
import { GUTTER, RULER } from "./surface.js";

const nothing = new Int32Array(0);

export class View {
  /**
   * @param {import("./model.js").Run} run @param {HTMLCanvasElement} canvas @param {HTMLCanvasElement} mini
   * @param {{theme: () => import("./surface.js").Theme, pick: (i: number) => void, hover: (i: number, x: number, y: number) => void, moved: () => void}} page
   */
  constructor(run, canvas, mini, page) {
    this.run = run;
    this.canvas = canvas;
    this.mini = mini;
    /** @type {HTMLElement} */
    this.pane = canvas;
    this.page = page;
    this.layout = new Layout(run);
    this.left = 0; // place on the axis at the left edge
    this.scale = 1; // pixels a unit of the axis
    this.scrollTop = 0;
    this.selected = NONE;
    /** @type {import("./causality.js").Cone|null} */
    this.cone = null;
    /** @type {number[][]} */
    this.path = [];
    /** @type {Int32Array} */
    this.hits = nothing;
    /** @type {Int32Array} */
    this.only = nothing; // events that the other run does not have
    this.divergence = NONE;
    this.beside = false; // the other run is shown too
    /** Operations that a checker found wrong. @type {Set<number>} */
    this.suspects = new Set();
    /** Where operations took effect, by the call. @type {Map<number, number>} */
    this.points = new Map();
    this.frame = 0;
    /** @type {ReturnType<Painter["paint"]>|null} */
    this.drawn = null;
    this.miniStale = true;
    this.width = this.height = 0;
    this.listen();
    new ResizeObserver(() => this.resize()).observe(canvas);
    this.resize();
  }

  resize() {
    const dpr = devicePixelRatio || 1;
    const { clientWidth: w, clientHeight: h } = this.canvas;
    if (w === 0 || h === 0) return;
    const first = this.width === 0;
    this.width = w;
    this.height = h;
    for (const c of [this.canvas, this.mini]) {
      c.width = Math.round(c.clientWidth * dpr);
      c.height = Math.round(c.clientHeight * dpr);
    }
    this.layout.place(h - RULER);
    this.miniStale = true;
    if (first) this.showAll();
    this.clamp();
    this.draw();
  }

  draw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.drawNow();
    });
  }

  drawNow() {
    const dpr = devicePixelRatio || 1;
    const ctx = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d", { alpha: false }));
    ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
    this.drawn = new Painter(this, ctx, this.page.theme(), this.width, this.height).paint();
    this.drawMini(dpr);
  }

  /** The whole run on a strip, and which part of it is in view. @param {number} dpr */
  drawMini(dpr) {
    const theme = this.page.theme(), { layout, run } = this;
    const w = this.mini.clientWidth, h = this.mini.clientHeight;
    if (w === 0) return;
    const per = (w - GUTTER) / layout.end;
    if (this.miniStale || !this.miniPicture) {
      this.miniStale = false;
      this.miniPicture = document.createElement("canvas");
      this.miniPicture.width = this.mini.width;
      this.miniPicture.height = this.mini.height;
      const c = /** @type {CanvasRenderingContext2D} */ (this.miniPicture.getContext("2d"));
      c.setTransform(dpr, 0, 0, dpr, 0, 0);
      c.fillStyle = theme.panel;
      c.fillRect(0, 0, w, h);
      const rows = layout.rows.length, rowH = (h - 6) / rows;
      layout.rows.forEach((r, n) => {
        c.fillStyle = r.type === "client" ? theme.op : r.type === "faults" ? theme.fault : theme.line;
        const events = layout.rowEvents[n];
        for (let x = 0, at = 0; x < w - GUTTER && at < events.length; x++) {
          const next = lowerBound(events, layout.eventAt((x + 1) / per), at);
          if (next > at) c.fillRect(GUTTER + x, Math.round(3 + n * rowH + rowH * 0.2), 1, Math.max(1, Math.round(rowH * Math.min(0.8, 0.25 + 0.12 * Math.log2(next - at)))));
          at = next;
        }
      });
      const mark = (/** @type {ArrayLike<number>} */ list, /** @type {string} */ colour, /** @type {number} */ y0, /** @type {number} */ y1) => {
        c.fillStyle = colour;
        let before = -9;
        for (let k = 0; k < list.length; k++) {
          const x = Math.round(GUTTER + layout.pos[list[k]] * per);
          if (x === before) continue;
          before = x;
          c.fillRect(x, y0, 1.5, y1 - y0);
        }
      };
      mark(layout.drops, theme.loss, h - 5, h - 1);
      mark(layout.salient.filter((i) => run.kindName(i) === "property failed"), theme.bad, 0, h);
      mark(layout.spans.fault.map((s) => s.from), theme.fault, 0, 5);
      mark(this.hits, theme.hit, 0, 7);
      if (this.beside) mark(this.only, theme.loss, 0, 5);
      c.fillStyle = theme.soft;
      c.font = "11px system-ui, sans-serif";
      c.fillText("whole run", 14, h / 2 + 4);
    }
    const ctx = /** @type {CanvasRenderingContext2D} */ (this.mini.getContext("2d", { alpha: false }));
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.drawImage(this.miniPicture, 0, 0);
    ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
    const a = GUTTER + this.left * per, b = GUTTER + (this.left + (this.width - GUTTER) / this.scale) * per;
    ctx.strokeStyle = theme.select;
    ctx.lineWidth = 1.5;
    ctx.strokeRect(Math.max(GUTTER, a) + 0.75, 0.75, Math.max(3, Math.min(w, b) - Math.max(GUTTER, a) - 1.5), h - 1.5);
    if (this.selected !== NONE) {
      ctx.fillStyle = theme.select;
      ctx.fillRect(GUTTER + layout.pos[this.selected] * per - 1, 0, 2, h);
    }
  }

  /** How long the part in view is, on the axis. */
  get span() { return (this.width - GUTTER) / this.scale; }

  showAll() { this.showRange(0, this.layout.end); }

  /** @param {number} from @param {number} to places on the axis */
  showRange(from, to) {
    const room = Math.max(50, this.width - GUTTER);
    const pad = Math.max(0.5, (to - from) * 0.01);
    this.scale = room / Math.max(4, to - from + 2 * pad);
    this.left = from - pad;
    this.clamp();
    this.draw();
    this.page.moved();
  }

  /** Puts an event into view, with its surroundings if it was far away. @param {number} i */
  reveal(i) {
    const p = this.layout.pos[i];
    const x = (p - this.left) * this.scale, room = this.width - GUTTER;
    if (x < 60 || x > room - 60) this.left = p - this.span * (x < 60 ? 0.3 : 0.7);
    const y = this.layout.yOf(i) - this.scrollTop;
    if (y < 30) this.scrollTop = this.layout.yOf(i) - 40;
    else if (y > this.height - RULER - 30) this.scrollTop = this.layout.yOf(i) - this.height + RULER + 50;
    this.clamp();
    this.draw();
    this.page.moved();
  }

  /** Shows so many events up to and round one. @param {number} i @param {number} count */
  focus(i, count) {
    const n = this.run.length - 1;
    const from = Math.max(0, Math.min(i - Math.round(count * 0.75), n - count)), to = Math.min(n, from + count);
    this.showRange(this.layout.pos[from], this.layout.pos[to] + 1);
  }

  clamp() {
    const room = Math.max(50, this.width - GUTTER);
    this.scale = Math.min(Math.max(this.scale, room / (this.layout.end * 1.1 + 4)), 240);
    const slack = this.span * 0.15;
    this.left = Math.max(-slack, Math.min(this.left, this.layout.end - this.span + slack));
    this.scrollTop = Math.max(0, Math.min(this.scrollTop, this.layout.height - this.height + RULER));
  }

  /** @param {number} pixels */
  pan(pixels) {
    this.left += pixels / this.scale;
    this.clamp();
    this.draw();
    this.page.moved();
  }

  /** @param {number} factor @param {number} [at] pixel that stays where it is */
  zoom(factor, at = this.selectedX() ?? GUTTER + (this.width - GUTTER) / 2) {
    const p = this.left + (at - GUTTER) / this.scale;
    this.scale *= factor;
    this.clamp();
    this.left = p - (at - GUTTER) / this.scale;
    this.clamp();
    this.draw();
    this.page.moved();
  }

  /** Where what is picked stands, if it is in view. */
  selectedX() {
    if (this.selected === NONE) return undefined;
    const x = GUTTER + (this.layout.pos[this.selected] - this.left) * this.scale;
    return x >= GUTTER && x <= this.width ? x : undefined;
  }

  /** @param {number} pixels */
  scroll(pixels) {
    this.scrollTop += pixels;
    this.clamp();
    this.draw();
  }

  /** Changes the axis or what is shown, and keeps what was in the middle there.
   * @param {import("./layout.js").Axis} axis @param {((i: number) => boolean)|null} shown */
  setAxis(axis, shown) {
    const middle = this.selectedX() !== undefined ? this.selected : Math.min(this.run.length - 1, this.layout.eventAt(this.left + this.span / 2));
    const part = this.span / this.layout.end;
    this.layout.setAxis(axis, shown);
    this.miniStale = true;
    this.scale = (this.width - GUTTER) / Math.max(4, (shown ? 1.03 : part) * this.layout.end);
    this.left = this.run.length ? this.layout.pos[middle] - this.span / 2 : 0;
    this.clamp();
    this.draw();
    this.page.moved();
  }

  /** The event nearest to a point, NONE if none is near. @param {number} x @param {number} y */
  eventNear(x, y) {
    if (x < GUTTER || y < RULER) return NONE;
    const { layout } = this;
    const p = this.left + (x - GUTTER) / this.scale;
    let best = NONE, least = 18;
    const look = (/** @type {number} */ i, /** @type {number} */ bonus) => {
      if (layout.shown && !layout.shown[i]) return;
      const d = Math.hypot(GUTTER + (layout.pos[i] - this.left) * this.scale - x, layout.yOf(i) + RULER - this.scrollTop - y) - bonus;
      if (d < least) [least, best] = [d, i];
    };
    layout.rowEvents.forEach((events, r) => {
      const row = layout.rows[r];
      const y0 = row.y + RULER - this.scrollTop;
      if (y < y0 - 10 || y > y0 + row.h + 10) return;
      const a = lowerBound(events, layout.eventAt(p - 18 / this.scale)), b = lowerBound(events, layout.eventAt(p + 18 / this.scale));
      const step = Math.max(1, Math.floor((b - a) / 3000));
      for (let k = a; k < b; k += step) look(events[k], 0);
    });
    const a = lowerBound(layout.salient, layout.eventAt(p - 18 / this.scale)), b = lowerBound(layout.salient, layout.eventAt(p + 18 / this.scale));
    for (let k = a; k < b && k < a + 3000; k++) look(layout.salient[k], 4);
    for (const kind of ["op", "fault"]) {
      for (const s of layout.spans[kind]) {
        if (layout.pos[s.from] > p || (!s.open && layout.pos[s.to] < p)) continue;
        const row = layout.rows[s.row];
        const top = row.y + RULER - this.scrollTop + (kind === "op" ? 4 + s.track * 15 : 6 + s.track * 14);
        if (y >= top && y <= top + 14 && least > 6) [least, best] = [6, s.event];
      }
    }
    return best;
  }

  listen() {
    const c = this.canvas;
    /** @type {Map<number, PointerEvent>} */
    const touches = new Map();
    let moved = 0;
    const at = (/** @type {MouseEvent} */ e) => {
      const box = c.getBoundingClientRect();
      return { x: e.clientX - box.left, y: e.clientY - box.top };
    };
    c.addEventListener("wheel", (e) => {
      e.preventDefault();
      const unit = e.deltaMode === 1 ? 18 : 1;
      if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) this.pan((e.deltaX || e.deltaY) * unit);
      else if (e.altKey) this.scroll(e.deltaY * unit);
      else this.zoom(Math.exp(-e.deltaY * unit * 0.0016), at(e).x);
    }, { passive: false });
    c.addEventListener("pointerdown", (e) => {
      try { c.setPointerCapture(e.pointerId); } catch { /* a pointer that script made up cannot be captured */ }
      touches.set(e.pointerId, e);
      moved = 0;
    });
    c.addEventListener("pointermove", (e) => {
      const before = touches.get(e.pointerId);
      if (!before) {
        const p = at(e);
        this.page.hover(this.eventNear(p.x, p.y), p.x, p.y);
        return;
      }
      moved += Math.hypot(e.clientX - before.clientX, e.clientY - before.clientY);
      const other = [...touches.values()].find((t) => t.pointerId !== e.pointerId);
      if (other) { // two fingers: zoom by their distance
        const was = Math.abs(before.clientX - other.clientX), is = Math.abs(e.clientX - other.clientX);
        if (was > 8 && is > 8) this.zoom(is / was, (at(e).x + at(other).x) / 2);
      } else if (moved > 4) {
        this.pan(before.clientX - e.clientX);
        this.scroll(before.clientY - e.clientY);
      }
      touches.set(e.pointerId, e);
    });
    const up = (/** @type {PointerEvent} */ e) => {
      if (touches.delete(e.pointerId) && e.type === "pointerup" && moved <= 4) {
        const p = at(e);
        const i = this.eventNear(p.x, p.y);
        if (i !== NONE) this.page.pick(i);
      }
    };
    c.addEventListener("pointerup", up);
    c.addEventListener("pointercancel", up);
    c.addEventListener("pointerleave", () => this.page.hover(NONE, 0, 0));
    let dragging = false;
    const go = (/** @type {PointerEvent} */ e) => {
      const box = this.mini.getBoundingClientRect();
      const x = e.clientX - box.left - GUTTER;
      this.left = x / (box.width - GUTTER) * this.layout.end - this.span / 2;
      this.clamp();
      this.draw();
      this.page.moved();
    };
    this.mini.addEventListener("pointerdown", (e) => {
      dragging = true;
      try { this.mini.setPointerCapture(e.pointerId); } catch { /* as above */ }
      go(e);
    });
    this.mini.addEventListener("pointermove", (e) => { if (dragging) go(e); });
    this.mini.addEventListener("pointerup", () => { dragging = false; });
  }
}
