// The run: columns of a trace file as typed arrays. Texts stay bytes until somebody looks.

export const NONE = -1;

/**
 * @typedef {{test?: string, package?: string, seed?: string, again?: string, failure?: string, story?: string}} Meta
 * @typedef {{event: number, key: string, from: number, size: number}} Attachment
 */

/**
 * Reads unsigned varints from a column.
 */
class Column {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  next() {
    const b = this.bytes;
    let at = this.at;
    let c = b[at++];
    if (c < 0x80) {
      this.at = at;
      return c;
    }
    let n = c & 0x7f, unit = 128;
    do {
      if (at >= b.length) throw new Error("the trace in this page is damaged: a column ends too early");
      c = b[at++];
      n += (c & 0x7f) * unit;
      unit *= 128;
    } while (c >= 0x80);
    this.at = at;
    return n;
  }

  /** A zigzag varint; exact up to 53 bits. */
  signed() {
    const n = this.next();
    return n % 2 === 0 ? n / 2 : -(n + 1) / 2;
  }

  /** A zigzag varint as text, exact in all its 64 bits. @param {number} at */
  exact(at) {
    let n = 0n, shift = 0n, c = 0;
    do {
      c = this.bytes[at++];
      n |= BigInt(c & 0x7f) << shift;
      shift += 7n;
    } while (c >= 0x80);
    n = BigInt.asUintN(64, n);
    return ((n >> 1n) ^ -(n & 1n)).toString();
  }
}

const utf8 = new TextDecoder();

/** A run of a world. Events are known by their index, from 0; their number is first + index. */
export class Run {
  /** @param {Uint8Array} data what a trace file holds, unpacked */
  constructor(data) {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const size = view.getUint32(0, true);
    const head = JSON.parse(utf8.decode(data.subarray(4, 4 + size)));
    /** @type {Object<string, Uint8Array>} */
    const col = {};
    let at = 4 + size;
    for (const c of head.columns) {
      col[c.name] = data.subarray(at, at + c.bytes);
      at += c.bytes;
    }
    /** @type {Meta} */
    this.meta = head.meta;
    this.length = head.events;
    this.first = head.first;
    /** @type {string[]} */
    this.kinds = head.kinds;
    /** @type {{key: string, text: boolean}[][]} */
    this.shapes = head.shapes ? head.shapes.map((/** @type {string[]} */ s) => s.map((k) => ({ key: k.slice(1), text: k[0] === "=" }))) : [];
    this.readStrings(col.strings, head.strings);
    this.readEvents(col);
    this.readAttachments(col, head.attachments);
    /** @type {{suspects: number[], points: [number, number][]}|undefined} */
    this.findings = undefined;
  }

  /** @param {Uint8Array} bytes @param {number} count */
  readStrings(bytes, count) {
    const c = new Column(bytes);
    this.stringBytes = bytes;
    this.stringFrom = new Uint32Array(count);
    this.stringSize = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      const size = c.next();
      this.stringFrom[i] = c.at;
      this.stringSize[i] = size;
      c.at += size;
    }
    /** @type {(string|undefined)[]} */
    this.strings = new Array(count);
  }

  /** @param {Object<string, Uint8Array>} col */
  readEvents(col) {
    const n = this.length;
    const kind = new Column(col.kind), step = new Column(col.step), at = new Column(col.at), node = new Column(col.node);
    const inc = new Column(col.incarnation), gor = new Column(col.goroutine), skew = new Column(col.skew);
    const cause = new Column(col.cause), subject = new Column(col.subject), serial = new Column(col.serial);
    const shape = new Column(col.shape), value = new Column(col.value);
    this.kind = new Uint8Array(n);
    this.step = new Float64Array(n);
    this.at = new Float64Array(n);
    this.lane = new Uint16Array(n);
    this.incarnation = new Uint16Array(n);
    this.goroutine = new Uint32Array(n);
    this.cause = new Int32Array(n);
    this.text = new Uint32Array(n); // subject, without its number
    this.serial = new Int32Array(n); // that number, or NONE
    this.shape = new Uint16Array(n);
    this.valueFrom = new Uint32Array(n);
    this.values = col.value;
    /** @type {Map<number, number>} */
    this.skews = new Map(); // event to the skew that it changed to
    /** Nodes in the order of their first event. @type {number[]} */
    this.nodes = [];
    /** @type {string[]} */
    this.names = [];
    const laneOf = new Int32Array(this.stringFrom.length).fill(NONE);
    const lastSerial = new Int32Array(this.stringFrom.length);
    const lastInc = [], lastGor = [], lastSkew = [];
    let s = 0, t = 0;
    for (let i = 0; i < n; i++) {
      this.kind[i] = kind.next();
      this.step[i] = s += step.signed();
      this.at[i] = t += at.signed();
      const name = node.next();
      let l = laneOf[name];
      if (l === NONE) {
        l = laneOf[name] = this.nodes.length;
        this.nodes.push(name);
        lastInc.push(0);
        lastGor.push(0);
        lastSkew.push(0);
      }
      this.lane[i] = l;
      this.incarnation[i] = lastInc[l] += inc.signed();
      this.goroutine[i] = lastGor[l] += gor.signed();
      const d = skew.signed();
      if (d !== 0) {
        lastSkew[l] += d;
        this.skews.set(i, lastSkew[l]);
      }
      const back = cause.next();
      const c = back === 0 ? NONE : i - (back - 1);
      this.cause[i] = c < 0 ? NONE : c;
      const sub = subject.next();
      if (sub === 0) {
        this.text[i] = this.text[c];
        this.serial[i] = this.serial[c];
      } else {
        this.text[i] = sub - 1;
        let z = serial.next();
        if (z === 0) this.serial[i] = NONE;
        else {
          z--;
          this.serial[i] = lastSerial[sub - 1] += 1 + (z % 2 === 0 ? z / 2 : -(z + 1) / 2);
        }
      }
      const sh = this.shape[i] = shape.next();
      this.valueFrom[i] = value.at;
      for (let a = this.shapes[sh].length; a > 0; a--) value.next();
    }
  }

  /** @param {Object<string, Uint8Array>} col @param {number} count */
  readAttachments(col, count) {
    const c = new Column(col.attached);
    let event = 0, from = 0;
    this.data = col.data;
    /** @type {Attachment[]} */
    this.attachments = [];
    /** @type {Map<number, Attachment[]>} */
    this.attachedTo = new Map();
    for (let i = 0; i < count; i++) {
      event += c.next();
      const a = { event: event - this.first, key: this.string(c.next()), from, size: c.next() };
      from += a.size;
      this.attachments.push(a);
      const list = this.attachedTo.get(a.event);
      if (list) list.push(a);
      else this.attachedTo.set(a.event, [a]);
    }
  }

  /** @param {number} id */
  string(id) {
    let s = this.strings[id];
    if (s === undefined) {
      const from = this.stringFrom[id];
      s = utf8.decode(this.stringBytes.subarray(from, from + this.stringSize[id]));
      // Large texts are not kept: there may be thousands.
      if (s.length < 4096) this.strings[id] = s;
    }
    return s;
  }

  /** @param {number} i */
  kindName(i) { return this.kinds[this.kind[i]]; }

  /** @param {string} name */
  kindNumber(name) { return this.kinds.indexOf(name); }

  /** @param {number} i */
  node(i) {
    const l = this.lane[i];
    return this.names[l] ?? (this.names[l] = this.string(this.nodes[l]));
  }

  /** @param {number} i */
  subject(i) {
    const s = this.string(this.text[i]);
    return this.serial[i] === NONE ? s : s + "/" + this.serial[i];
  }

  /** The attributes of an event. @param {number} i @returns {{key: string, value: string, text: boolean}[]} */
  detail(i) {
    const c = new Column(this.values);
    c.at = this.valueFrom[i];
    return this.shapes[this.shape[i]].map(({ key, text }) => {
      const from = c.at;
      const n = c.next();
      return { key, text, value: text ? this.string(n) : c.exact(from) };
    });
  }

  /** One attribute, empty if the event has none of that key. @param {number} i @param {string} key */
  attr(i, key) {
    const shape = this.shapes[this.shape[i]];
    for (let a = 0; a < shape.length; a++) if (shape[a].key === key) return this.detail(i)[a].value;
    return "";
  }

  /** The number of the text that an attribute holds, NONE if there is no such text. @param {number} i @param {string} key */
  attrText(i, key) {
    const shape = this.shapes[this.shape[i]], bytes = this.values;
    let at = this.valueFrom[i];
    for (let a = 0; a < shape.length; a++) {
      if (shape[a].key === key) {
        if (!shape[a].text) return NONE;
        let n = 0, unit = 1, c = 0;
        do {
          c = bytes[at++];
          n += (c & 0x7f) * unit;
          unit *= 128;
        } while (c >= 0x80);
        return n;
      }
      while (bytes[at++] >= 0x80);
    }
    return NONE;
  }

  /** @param {Attachment} a */
  bytes(a) { return this.data.subarray(a.from, a.from + a.size); }

  /** An attachment as text, undefined if there is none. @param {number} i @param {string} key */
  attached(i, key) {
    const a = this.attachedTo.get(i)?.find((x) => x.key === key);
    return a && utf8.decode(this.bytes(a));
  }

  /** The first failed property, NONE if all held. */
  failure() { return this.kind.indexOf(this.kindNumber("property failed")); }
}

/**
 * Unpacks a run that a page holds as base64 of gzip.
 * @param {string} base64
 */
export async function unpackRun(base64) {
  /** @type {Uint8Array} */
  let packed;
  const native = /** @type {any} */ (Uint8Array).fromBase64;
  if (native) packed = native.call(Uint8Array, base64);
  else {
    const s = atob(base64);
    packed = new Uint8Array(s.length);
    for (let i = 0; i < s.length; i++) packed[i] = s.charCodeAt(i);
  }
  const stream = new Blob([/** @type {any} */ (packed)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Run(new Uint8Array(await new Response(stream).arrayBuffer()));
}

/** A time in the units that people read. @param {number} ns */
export function formatTime(ns, digits = 4) {
  const a = Math.abs(ns);
  const unit = a < 1e3 ? [1, "ns"] : a < 1e6 ? [1e3, "µs"] : a < 1e9 ? [1e6, "ms"] : a < 60e9 ? [1e9, "s"] : a < 3600e9 ? [60e9, "min"] : [3600e9, "h"];
  return Number((ns / Number(unit[0])).toPrecision(digits)).toLocaleString("en", { maximumFractionDigits: 9, useGrouping: false }) + " " + unit[1];
}

/** @param {number} n */
export function formatCount(n) { return n.toLocaleString("en"); }
