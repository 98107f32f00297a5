// What is drawn where: rows, messages, spans of time, and the axes.

import { NONE } from "./model.js";

/**
 * @typedef {{name: string, type: "faults"|"test"|"node"|"client", lane: number, disk: boolean, ops: boolean, y: number, h: number, line: number, tracks: number}} Row
 * @typedef {{from: number, to: number, row: number, what: string, track: number, event: number, open: boolean}} Span
 * @typedef {"warp"|"event"|"time"} Axis
 */

export const diskKinds = new Set(["open", "read", "write", "sync", "rename", "remove", "lost"]);
const salientKinds = new Set(["crash", "restart", "exit", "pause", "resume", "fault begins", "fault ends", "property failed", "lost", "reached"]);

/** Fates of messages. */
export const DELIVERED = 0, LOST = 1, TWICE = 2, FLYING = 3;

/** The last index in a sorted array whose value is below x, and one. @param {ArrayLike<number>} a @param {number} x */
export function lowerBound(a, x, lo = 0, hi = a.length) {
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if (a[mid] < x) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

export class Layout {
  /** @param {import("./model.js").Run} run */
  constructor(run) {
    this.run = run;
    this.pos = new Float64Array(run.length); // places on the axis
    this.makeRows();
    this.findMessages();
    this.findSpans();
    this.setAxis("warp", null);
  }

  makeRows() {
    const run = this.run, n = run.length;
    const faultKinds = new Set(["fault begins", "fault ends"].map((k) => run.kindNumber(k)));
    const isDisk = run.kinds.map((k) => diskKinds.has(k));
    const isSalient = run.kinds.map((k) => salientKinds.has(k));
    const call = run.kindNumber("call");
    const disk = new Uint8Array(run.nodes.length), ops = new Uint8Array(run.nodes.length);
    let hasFaults = false, hasTest = false, salient = 0;
    for (let i = 0; i < n; i++) {
      const k = run.kind[i];
      if (isDisk[k]) disk[run.lane[i]] = 1;
      else if (k === call) ops[run.lane[i]] = 1;
      if (isSalient[k]) salient++;
      if (faultKinds.has(k)) hasFaults = true;
    }
    const names = run.nodes.map((id) => run.string(id));
    const world = names.indexOf("");
    hasTest = world >= 0;
    /** @type {Row[]} */
    this.rows = [];
    const row = (/** @type {string} */ name, /** @type {Row["type"]} */ type, /** @type {number} */ lane) =>
      this.rows.push({ name, type, lane, disk: lane >= 0 && type !== "faults" && type !== "test" && disk[lane] === 1, ops: lane >= 0 && ops[lane] === 1, y: 0, h: 0, line: 0, tracks: 1 });
    if (hasFaults) row("faults", "faults", world);
    if (hasTest) row("test", "test", world);
    const isClient = (/** @type {string} */ s) => /^client\d*$/.test(s);
    const order = names.map((name, lane) => ({ name, lane })).filter((x) => x.name !== "");
    order.sort((a, b) => Number(isClient(a.name)) - Number(isClient(b.name)) || a.name.localeCompare(b.name, "en", { numeric: true }));
    for (const x of order) row(x.name, isClient(x.name) ? "client" : "node", x.lane);
    this.rowOfLane = new Int32Array(run.nodes.length).fill(NONE);
    this.rows.forEach((r, i) => { if (r.type === "node" || r.type === "client" || r.type === "test") this.rowOfLane[r.lane] = i; });
    this.faultsRow = hasFaults ? 0 : NONE;
    this.row = new Int16Array(n);
    const counts = new Uint32Array(this.rows.length);
    for (let i = 0; i < n; i++) counts[this.row[i] = faultKinds.has(run.kind[i]) ? 0 : this.rowOfLane[run.lane[i]]]++;
    /** Events of each row. @type {Int32Array[]} */
    this.rowEvents = this.rows.map((_, r) => new Int32Array(counts[r]));
    this.salient = new Int32Array(salient);
    counts.fill(0);
    for (let i = 0, s = 0; i < n; i++) {
      const r = this.row[i];
      this.rowEvents[r][counts[r]++] = i;
      if (isSalient[run.kind[i]]) this.salient[s++] = i;
    }
    this.isDisk = isDisk;
  }

  findMessages() {
    const run = this.run, n = run.length;
    const SEND = run.kindNumber("send"), DELIVER = run.kindNumber("deliver"), DROP = run.kindNumber("drop");
    let count = 0;
    // The send of a lost packet, which may have the fault as its cause, is found by name.
    const wanted = new Uint8Array(run.stringFrom.length);
    /** @type {Map<number, number>} */
    const sent = new Map();
    const key = (/** @type {number} */ i) => run.text[i] * 0x80000000 + run.serial[i];
    for (let i = 0; i < n; i++) {
      const k = run.kind[i];
      if (k !== DELIVER && k !== DROP) continue;
      count++;
      if (run.cause[i] === NONE || run.kind[run.cause[i]] !== SEND) {
        wanted[run.text[i]] = 1;
        sent.set(key(i), NONE);
      }
    }
    this.msgFrom = new Int32Array(count); // the send, NONE if it left no event
    this.msgTo = new Int32Array(count); // the delivery or loss
    this.msgFate = new Uint8Array(count);
    this.msgSlow = new Uint8Array(count);
    this.endOf = new Int32Array(n).fill(NONE); // message that an event is an end of
    let m = 0;
    for (let i = 0; i < n; i++) {
      const k = run.kind[i];
      if (k === SEND) {
        if (wanted[run.text[i]] === 1 && sent.has(key(i))) sent.set(key(i), i);
      } else if (k === DELIVER || k === DROP) {
        let from = run.cause[i];
        if (from === NONE || run.kind[from] !== SEND) from = sent.get(key(i)) ?? NONE;
        this.msgFrom[m] = from;
        this.msgTo[m] = i;
        this.msgFate[m] = k === DROP ? LOST : DELIVERED;
        if (from !== NONE) {
          if (this.endOf[from] !== NONE && k === DELIVER) this.msgFate[m] = TWICE;
          this.endOf[from] = m;
        }
        this.endOf[i] = m++;
      }
    }
    // The first send of each message that lies at or after a place among the messages.
    this.msgFirst = new Int32Array(count + 1).fill(n);
    for (let j = count - 1; j >= 0; j--) this.msgFirst[j] = Math.min(this.msgFirst[j + 1], this.msgFrom[j] === NONE ? this.msgTo[j] : this.msgFrom[j]);
    const flying = [];
    for (let i = 0; i < n; i++) if (run.kind[i] === SEND && this.endOf[i] === NONE) flying.push(i);
    this.flying = Int32Array.from(flying);
    this.drops = Int32Array.from(this.msgTo.filter((e) => run.kind[e] === DROP));
    this.markSlow();
  }

  /** A message is slow if it took five times the median of its way. */
  markSlow() {
    const run = this.run;
    /** @type {Map<number, number[]>} */
    const lags = new Map();
    const way = (/** @type {number} */ m) => run.lane[this.msgFrom[m]] * 65536 + run.lane[this.msgTo[m]];
    for (let m = 0; m < this.msgTo.length; m++) {
      if (this.msgFrom[m] === NONE || this.msgFate[m] === LOST) continue;
      let l = lags.get(way(m));
      if (!l) lags.set(way(m), l = []);
      if (l.length < 501) l.push(run.at[this.msgTo[m]] - run.at[this.msgFrom[m]]);
    }
    const median = new Map([...lags].map(([k, l]) => [k, l.sort((a, b) => a - b)[l.length >> 1]]));
    for (let m = 0; m < this.msgTo.length; m++) {
      if (this.msgFrom[m] === NONE || this.msgFate[m] === LOST) continue;
      if (run.at[this.msgTo[m]] - run.at[this.msgFrom[m]] > 5 * Math.max(1, median.get(way(m)) ?? 1)) this.msgSlow[m] = 1;
    }
  }

  /** Times that last: pauses, times when a node is down, faults, operations, wrong clocks. */
  findSpans() {
    const run = this.run;
    /** @type {Object<string, Span[]>} */
    this.spans = { pause: [], down: [], fault: [], op: [], skew: [] };
    /** @type {Map<string, Span>} */
    const open = new Map();
    const begin = (/** @type {string} */ kind, /** @type {string} */ key, /** @type {number} */ i, /** @type {string} */ what) => {
      const s = { from: i, to: run.length - 1, row: this.row[i], what, track: 0, event: i, open: true };
      this.spans[kind].push(s);
      open.set(kind + key, s);
    };
    const end = (/** @type {string} */ kind, /** @type {string} */ key, /** @type {number} */ i) => {
      const s = open.get(kind + key);
      if (s) {
        s.to = i;
        s.open = false;
        open.delete(kind + key);
      }
      return s;
    };
    const ops = run.kindNumber("call"), ret = run.kindNumber("return");
    const todo = Array.from(this.salient);
    if (ops >= 0) {
      for (let i = 0; i < run.length; i++) if (run.kind[i] === ops || run.kind[i] === ret) todo.push(i);
      todo.sort((a, b) => a - b);
    }
    for (const i of todo) {
      const lane = String(run.lane[i]);
      switch (run.kindName(i)) {
        case "pause": begin("pause", lane, i, "paused"); break;
        case "resume": end("pause", lane, i); break;
        case "crash":
          end("pause", lane, i);
          if (!open.has("down" + lane)) begin("down", lane, i, run.attr(i, "how") || "crashed");
          break;
        case "restart": end("down", lane, i); break;
        case "fault begins": begin("fault", String(i), i, run.subject(i).slice(0, 200)); break;
        case "fault ends": end("fault", String(run.cause[i]), i); break;
        case "call": begin("op", "" + i, i, ""); break;
        case "return": {
          const s = end("op", String(run.cause[i]), i);
          if (s && run.shapes[run.shape[i]].length) s.open = run.attr(i, "outcome") === "unknown";
        }
      }
    }
    for (const [i, skew] of run.skews) {
      const lane = "" + run.lane[i];
      end("skew", lane, i);
      if (skew !== 0) begin("skew", lane, i, String(skew));
    }
    for (const kind of ["fault", "op"]) this.stack(this.spans[kind]);
    /** For each kind of span, how far those up to a place reach. @type {Object<string, Int32Array>} */
    this.reach = {};
    for (const [kind, spans] of Object.entries(this.spans)) {
      spans.sort((a, b) => a.from - b.from);
      let most = 0;
      this.reach[kind] = Int32Array.from(spans, (s) => most = Math.max(most, s.open ? run.length : s.to));
    }
    this.failure = run.failure();
  }

  /**
   * The spans that overlap a stretch of events; of very many, a part.
   * @param {string} kind @param {number} lo @param {number} hi
   */
  spansIn(kind, lo, hi) {
    const spans = this.spans[kind];
    const a = lowerBound(this.reach[kind], lo);
    let b = spans.length;
    for (let from = a; from < b;) {
      const mid = (from + b) >>> 1;
      if (spans[mid].from <= hi) from = mid + 1;
      else b = mid;
    }
    let step = 1;
    while ((b - a) / step > 1200) step *= 2;
    if (step === 1) return spans.slice(a, b);
    const part = [];
    for (let k = a + (step - a % step) % step; k < b; k += step) part.push(spans[k]);
    return part;
  }

  /** What an operation did, in words. @param {Span} s */
  operationText(s) {
    const { run } = this;
    if (s.what) return s.what;
    const asked = (run.attached(s.event, "input") || run.subject(s.event)).slice(0, 200);
    if (s.to === run.length - 1 && run.cause[s.to] !== s.event) return s.what = asked;
    const outcome = run.attr(s.to, "outcome");
    return s.what = asked + " → " + (outcome && outcome !== "ok" ? outcome : run.attached(s.to, "output") ?? "ok").slice(0, 200);
  }

  /** Spans of one row that overlap are drawn on tracks of their own. @param {Span[]} spans */
  stack(spans) {
    /** @type {Map<number, number[]>} */
    const busy = new Map();
    for (const s of spans) {
      let ends = busy.get(s.row);
      if (!ends) busy.set(s.row, ends = []);
      let t = ends.findIndex((e) => e <= s.from);
      if (t < 0) t = ends.length < 6 ? ends.length : ends.indexOf(Math.min(...ends));
      ends[t] = s.open ? this.run.length : s.to;
      s.track = t;
      const row = this.rows[s.row];
      row.tracks = Math.max(row.tracks, t + 1);
    }
  }

  /** Gives each row its place. @param {number} height what there is */
  place(height) {
    const natural = this.rows.map((r) => r.type === "faults" ? 12 + 14 * r.tracks : r.type === "test" ? 30 : (r.type === "client" ? 34 : 52) + (r.disk ? 16 : 0) + (r.ops ? 15 * r.tracks : 0));
    const fixed = this.rows.reduce((a, r, i) => a + (r.type === "faults" || r.type === "test" ? natural[i] : 0), 0);
    const rest = natural.reduce((a, b) => a + b, 0) - fixed;
    const stretch = rest > 0 ? Math.min(2.2, Math.max(1, (height - fixed) / rest)) : 1;
    let y = 0;
    this.rows.forEach((r, i) => {
      const big = r.type === "node" || r.type === "client";
      r.y = y;
      r.h = Math.round(natural[i] * (big ? stretch : 1));
      r.line = y + Math.round((r.h + (r.ops ? 15 * r.tracks : 0) - (r.disk ? 18 : 0)) / 2);
      y += r.h;
    });
    this.height = y;
  }

  /** The line on which an event is drawn. @param {number} i */
  yOf(i) {
    const r = this.rows[this.row[i]];
    return this.isDisk[this.run.kind[i]] && r.disk ? r.line + 20 : r.line;
  }

  /**
   * Sets the place of each event along the axis. With shown, the others take no room.
   * @param {Axis} axis @param {((i: number) => boolean)|null} shown
   */
  setAxis(axis, shown) {
    const run = this.run, n = run.length;
    this.axis = axis;
    /** @type {Uint8Array|null} */
    this.shown = shown ? new Uint8Array(n) : null;
    const pos = this.pos;
    const span = n ? run.at[n - 1] - run.at[0] : 0;
    const unit = Math.max(1, span / Math.max(1, n) / 8);
    const perTime = span > 0 ? Math.max(1, n) / span : 0;
    let x = 0, before = n ? run.at[0] : 0;
    for (let i = 0; i < n; i++) {
      if (shown) {
        if (shown(i)) /** @type {Uint8Array} */ (this.shown)[i] = 1;
        else if (axis !== "time") {
          pos[i] = x;
          continue;
        }
      }
      if (axis === "time") x = (run.at[i] - run.at[0]) * perTime;
      else if (axis === "event") x++;
      else {
        const gap = run.at[i] - before;
        x += gap > 0 ? 1 + 0.7 * Math.log2(1 + gap / unit) : 1;
        before = run.at[i];
      }
      pos[i] = x;
    }
    this.end = x + 1;
  }

  /** The first event at or after a place. @param {number} x */
  eventAt(x) { return lowerBound(this.pos, x); }
}
