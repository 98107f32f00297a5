// A recorder with the calls of a CanvasRenderingContext2D that the picture uses, which makes SVG of them.

/** @param {unknown} s */
function escapeXML(s) { return String(s).replace(/[&<>"\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] ?? "\ufffd"); }

/** @param {number} n */
function round(n) { return Math.round(n * 100) / 100; }

export class SVGContext {
  /** @param {number} w @param {number} h */
  constructor(w, h) {
    this.w = w;
    this.h = h;
    this.fillStyle = this.strokeStyle = "#000";
    this.lineWidth = 1;
    this.lineJoin = "miter";
    this.font = "11px sans-serif";
    /** @type {number[]} */
    this.dash = [];
    /** @type {string[]} */
    this.path = [];
    /** @type {string[]} */
    this.out = [];
    this.clips = 0;
  }
  save() { this.out.push("<g>"); }
  restore() { this.out.push("</g>"); }
  clip() {
    const id = "c" + this.clips++;
    this.out.pop();
    this.out.push(`<clipPath id="${id}"><path d="${this.path.join("")}"/></clipPath><g clip-path="url(#${id})">`);
  }
  beginPath() { this.path = []; }
  closePath() { this.path.push("Z"); }
  /** @param {number} x @param {number} y */
  moveTo(x, y) { this.path.push(`M${round(x)} ${round(y)}`); }
  /** @param {number} x @param {number} y */
  lineTo(x, y) { this.path.push(`L${round(x)} ${round(y)}`); }
  /** @param {number} x @param {number} y @param {number} w @param {number} h */
  rect(x, y, w, h) { this.path.push(`M${round(x)} ${round(y)}h${round(w)}v${round(h)}h${round(-w)}Z`); }
  /** Whole circles only. @param {number} x @param {number} y @param {number} r */
  arc(x, y, r) { this.path.push(`M${round(x - r)} ${round(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`); }
  stroke() {
    if (this.path.length) this.out.push(`<path d="${this.path.join("")}" fill="none" stroke="${escapeXML(this.strokeStyle)}" stroke-width="${this.lineWidth}"${this.dash.length ? ` stroke-dasharray="${this.dash.join(" ")}"` : ""}/>`);
  }
  fill() { if (this.path.length) this.out.push(`<path d="${this.path.join("")}" fill="${escapeXML(this.fillStyle)}"/>`); }
  /** @param {number} x @param {number} y @param {number} w @param {number} h */
  fillRect(x, y, w, h) { if (w > 0 && h > 0) this.out.push(`<rect x="${round(x)}" y="${round(y)}" width="${round(w)}" height="${round(h)}" fill="${escapeXML(this.fillStyle)}"/>`); }
  /** @param {number[]} d */
  setLineDash(d) { this.dash = d; }
  /** @param {string} text @param {number} x @param {number} y @param {string} paint */
  write(text, x, y, paint) { this.out.push(`<text x="${round(x)}" y="${round(y)}" style="font:${escapeXML(this.font)}" ${paint}>${escapeXML(text)}</text>`); }
  /** @param {string} text @param {number} x @param {number} y */
  fillText(text, x, y) { this.write(text, x, y, `fill="${escapeXML(this.fillStyle)}"`); }
  /** @param {string} text @param {number} x @param {number} y */
  strokeText(text, x, y) { this.write(text, x, y, `fill="none" stroke="${escapeXML(this.strokeStyle)}" stroke-width="${this.lineWidth}" stroke-linejoin="round"`); }
  toString() { return `<svg xmlns="http://www.w3.org/2000/svg" width="${this.w}" height="${this.h}" viewBox="0 0 ${this.w} ${this.h}">\n${this.out.join("\n")}\n</svg>\n`; }
}
