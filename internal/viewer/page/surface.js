// What is drawn on: where events are in pixels, lines, texts.

import { inFuture, inPast } from "./causality.js";

export const GUTTER = 124, RULER = 24;
const DETAIL = 1500; // events in view up to which each is drawn
export const MESSAGES = 500, FEW = 220; // messages drawn at most, and where they are too many to tell apart
export const font = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif';
export const mono = 'ui-monospace, "DejaVu Sans Mono", monospace';

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

/** A frame of a view: what of the run is in it, and where. */
export class Surface {
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

  /** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
  line(x1, y1, x2, y2) {
    this.ctx.beginPath();
    this.ctx.moveTo(x1, y1);
    this.ctx.lineTo(x2, y2);
    this.ctx.stroke();
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

  /** Whether something is to stand back: what is picked has no relation to it. @param {number} i */
  unrelated(i) {
    const c = this.view.cone;
    return c !== null && !inPast(c, this.run, i) && !inFuture(c, this.run, i);
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
}
