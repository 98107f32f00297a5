// The search language: terms with a space between, all of which an event has to meet.
//
//	node=b  kind=drop,crash  msg~"AppendEntries"  t>2s  step<=500  bytes>1000  !kind=send  word

import { NONE } from "./model.js";

/**
 * @typedef {{field: string, op: string, values: string[], not: boolean}} Term
 * @typedef {(run: import("./model.js").Run, i: number) => boolean} Test
 */

const termPattern = /\s*(!?)(?:([a-z_]+)\s*(!=|>=|<=|=|~|>|<))?\s*("(?:[^"\\]|\\.)*"|[^\s"]+)/gy;
const units = { ns: 1, us: 1e3, "µs": 1e3, ms: 1e6, s: 1e9, m: 60e9, min: 60e9, h: 3600e9 };

/** @param {string} text @returns {Term[]} */
export function parseQuery(text) {
  /** @type {Term[]} */
  const terms = [];
  termPattern.lastIndex = 0;
  let end = 0;
  for (let m; (m = termPattern.exec(text)); end = termPattern.lastIndex) {
    let value = m[4];
    const quoted = value[0] === '"';
    if (quoted) value = value.slice(1, -1).replace(/\\(.)/g, "$1");
    const field = m[2] ?? "msg", op = m[3] ?? "~";
    terms.push({ field, op: op === "!=" ? "=" : op, values: quoted || op === "~" ? [value] : value.split(","), not: (m[1] === "!") !== (op === "!=") });
  }
  if (text.slice(end).trim() !== "") throw new Error(`cannot read ${text.slice(end).trim()}: a term is a word, or a field, a comparison and a value, such as node=b`);
  return terms;
}

/** A number, or a time in nanoseconds. @param {string} s @param {string} field */
export function parseAmount(s, field) {
  const m = /^(-?[0-9]*\.?[0-9]+)([a-zµ]*)$/.exec(s);
  const unit = m && (m[2] === "" ? (field === "t" ? 1e9 : 1) : /** @type {any} */ (units)[m[2]]);
  if (!m || unit === undefined) throw new Error(`${s} is no ${field === "t" ? "time: write 2s, 15ms or 1.5min" : "number"}`);
  return Number(m[1]) * unit;
}

/** @param {number} a @param {string} op @param {number} b */
function compare(a, op, b) {
  return op === "=" ? a === b : op === ">" ? a > b : op === "<" ? a < b : op === ">=" ? a >= b : op === "<=" ? a <= b : false;
}

/** @type {Object<string, (run: import("./model.js").Run, i: number) => number>} */
const numbers = {
  t: (run, i) => run.at[i],
  step: (run, i) => run.step[i],
  n: (run, i) => run.first + i,
  event: (run, i) => run.first + i,
  start: (run, i) => run.incarnation[i],
  goroutine: (run, i) => run.goroutine[i],
  cause: (run, i) => run.cause[i] === NONE ? NaN : run.first + run.cause[i],
};

/** @type {Object<string, (run: import("./model.js").Run, i: number) => string>} */
const texts = {
  node: (run, i) => run.node(i),
  kind: (run, i) => run.kindName(i),
  conn: (run, i) => run.string(run.text[i]),
  subject: (run, i) => run.subject(i),
};

/** @param {Term} term @returns {Test} */
function testOf({ field, op, values }) {
  if (field in numbers) {
    if (op === "~") throw new Error(`${field} is a number: compare it by =, <, > and so on`);
    const wanted = values.map((v) => parseAmount(v, field));
    return (run, i) => wanted.some((w) => compare(numbers[field](run, i), op, w));
  }
  if (field === "op") field = "subject";
  if (field === "msg") return textTest(values[0], op);
  if (field in texts) {
    if (op !== "=" && op !== "~") throw new Error(`${field} is a text: compare it by = or ~`);
    const lower = values.map((v) => v.toLowerCase());
    const ok = (/** @type {string} */ s) => lower.some((v) => op === "=" ? s.toLowerCase() === v : s.toLowerCase().includes(v));
    if (field === "node" || field === "kind") {
      // There are few of these: each is looked at once.
      /** @type {Map<string, boolean>} */
      const seen = new Map();
      return (run, i) => {
        const s = texts[field](run, i);
        let r = seen.get(s);
        if (r === undefined) seen.set(s, r = ok(s));
        return r;
      };
    }
    return (run, i) => ok(texts[field](run, i));
  }
  return (run, i) => {
    if (!run.shapes[run.shape[i]].some((a) => a.key === field)) return false;
    const value = run.attr(i, field);
    return values.some((v) => {
      if (op === "~") return value.toLowerCase().includes(v.toLowerCase());
      return op === "=" ? value === v : compare(Number(value), op, parseAmount(v, field));
    });
  };
}

/** Whether the words are in the subject, the texts of attributes or what is attached. @param {string} value @param {string} op @returns {Test} */
function textTest(value, op) {
  if (op !== "~" && op !== "=") throw new Error("msg is a text: compare it by = or ~");
  const wanted = value.toLowerCase();
  const ok = (/** @type {string} */ s) => op === "=" ? s.toLowerCase() === wanted : s.toLowerCase().includes(wanted);
  /** @type {Map<number, boolean>} */
  let seen = new Map();
  /** @type {object|undefined} */
  let of;
  return (run, i) => {
    if (of !== run) {
      of = run;
      seen = new Map();
    }
    const id = run.text[i];
    let r = seen.get(id);
    if (r === undefined) seen.set(id, r = ok(run.string(id)));
    if (r || (run.serial[i] !== NONE && ok(run.subject(i)))) return true;
    if (run.shapes[run.shape[i]].some((a) => a.text) && run.detail(i).some((a) => a.text && ok(a.value))) return true;
    return run.attachedTo.has(i) && /** @type {any[]} */ (run.attachedTo.get(i)).some((a) => ok(run.attached(i, a.key) ?? ""));
  };
}

/** @param {string} text @returns {Test} */
export function compileQuery(text) {
  const tests = parseQuery(text).map((term) => {
    const test = testOf(term);
    return term.not ? (/** @type {import("./model.js").Run} */ run, /** @type {number} */ i) => !test(run, i) : test;
  });
  return (run, i) => tests.every((t) => t(run, i));
}

/** The events that meet a query. @param {import("./model.js").Run} run @param {string} text */
export function searchRun(run, text) {
  if (text.trim() === "") return new Int32Array(0);
  const test = compileQuery(text);
  const hits = [];
  for (let i = 0; i < run.length; i++) if (test(run, i)) hits.push(i);
  return Int32Array.from(hits);
}
