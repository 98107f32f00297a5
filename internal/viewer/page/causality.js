// What could have influenced what. The events of one node are ordered, and an event comes after its
// cause; the rest follows. The past of an event is a beginning of each lane and its future an end of each, so both are
// kept as one event a lane.

import { NONE } from "./model.js";

/**
 * @typedef {{event: number, past: Int32Array, future: Int32Array}} Cone
 *   past[l] is the last event of lane l that is in the past of event, NONE if there is none; future[l] the
 *   first in its future, a number beyond all if there is none.
 */

/** The nodes that a failure's message names are what it was seen on. @param {import("./model.js").Run} run @param {number} i */
export function namedNodes(run, i) {
  const text = (run.subject(i) + " " + run.attr(i, "message")).slice(0, 4000);
  const words = new Set(text.split(/[^\p{L}\p{N}_.-]+/u));
  // A node called a is not meant by the article.
  if (words.has("a") && !/(^|[^\p{L}\p{N}_.-])a([^\p{L}\p{N}_.-]*$|\s*[^\p{L}\p{N}\s_.-]| (and|or|is|has|was) )/u.test(text)) words.delete("a");
  const lanes = [];
  run.nodes.forEach((id, l) => {
    const name = run.string(id);
    if (name && words.has(name)) lanes.push(l);
  });
  return lanes;
}

/**
 * Whether knowledge flows from the event's cause to the event's node. A lost packet tells its receiver
 * nothing about its sender.
 * @param {import("./model.js").Run} run @param {number} i
 */
function informs(run, i) {
  const kind = run.kindName(i);
  return kind !== "drop" && kind !== "duplicate" || run.nodes[run.lane[run.cause[i]]] === run.nodes[run.lane[i]] || run.kindName(run.cause[i]) === "fault begins";
}

/** @param {import("./model.js").Run} run @param {number} event @returns {Cone} */
export function coneOf(run, event) {
  const n = run.length, lanes = run.nodes.length;
  const past = new Int32Array(lanes).fill(NONE), future = new Int32Array(lanes).fill(n);
  past[run.lane[event]] = event;
  if (run.kindName(event) === "property failed") {
    // A check looks at the nodes; whose, its message tells. It looks at all of them if it names none.
    const suspect = lastSuspect(run, event);
    const named = suspect === NONE ? namedNodes(run, event) : [];
    const open = new Set(suspect !== NONE ? [run.lane[suspect]] : named.length ? named : past.keys());
    for (let i = event - 1; i >= 0 && open.size; i--) {
      if (open.delete(run.lane[i])) past[run.lane[i]] = Math.max(past[run.lane[i]], i);
    }
  }
  const { lane, cause } = run;
  for (let i = event; i >= 0; i--) {
    const c = cause[i];
    if (c !== NONE && i <= past[lane[i]] && c > past[lane[c]] && informs(run, i)) past[lane[c]] = c;
  }
  future[lane[event]] = event;
  for (let i = event + 1; i < n; i++) {
    const c = cause[i];
    if (c !== NONE && c >= future[lane[c]] && i < future[lane[i]] && informs(run, i)) future[lane[i]] = i;
  }
  return { event, past, future };
}

/** @param {Cone} cone @param {import("./model.js").Run} run @param {number} i */
export function inPast(cone, run, i) { return i <= cone.past[run.lane[i]]; }

/** @param {Cone} cone @param {import("./model.js").Run} run @param {number} i */
export function inFuture(cone, run, i) { return i >= cone.future[run.lane[i]]; }

const arrivals = new Set(["deliver", "restart", "start", "resume", "call", "timer", "accept"]);

/**
 * Walks back from an event to what set it off: to its cause; from an event without one, to the
 * last thing that reached its node before.
 * @param {import("./model.js").Run} run @param {number} event
 * @returns {{event: number, why: string}[]} from the event backwards
 */
export function whyPath(run, event, limit = 40) {
  const path = [{ event, why: "" }];
  for (let i = event; path.length < limit;) {
    const [next, why] = stepBack(run, i);
    if (next === NONE) break;
    path.push({ event: next, why });
    i = next;
  }
  return path;
}

/** @param {import("./model.js").Run} run @param {number} i @returns {[number, string]} */
function stepBack(run, i) {
  const kind = run.kindName(i);
  if (run.cause[i] !== NONE) return [run.cause[i], causeWord(kind, run.kindName(run.cause[i]))];
  if (kind === "property failed") {
    const suspect = lastSuspect(run, i);
    if (suspect !== NONE) return [suspect, "the last of the operations that contradict each other"];
    const named = namedNodes(run, i);
    for (let j = i - 1; j >= 0; j--) {
      if (named.length ? named.includes(run.lane[j]) : run.node(j) !== "") {
        return [j, named.length ? "the last thing seen on a node that the message names" : "the last thing that a node did before"];
      }
    }
    return [NONE, ""];
  }
  if (run.node(i) === "" || kind === "start" || kind === "call" || kind === "crash") return [NONE, ""];
  for (let j = i - 1; j >= 0; j--) {
    if (run.lane[j] !== run.lane[i]) continue;
    const k = run.kindName(j);
    if (kind === "restart" ? k === "crash" || k === "exit" : arrivals.has(k)) {
      return [j, kind === "restart" ? "it had ended" : "the last thing to reach " + run.node(i).slice(0, 40) + " before"];
    }
  }
  return [NONE, ""];
}

/** What checkers found, as it is attached to failures. @param {import("./model.js").Run} run @returns {{suspects: number[], points: [number, number][]}} */
export function findingsOf(run) {
  if (run.findings) return run.findings;
  /** @type {{suspects: number[], points: [number, number][]}} */
  const all = { suspects: [], points: [] };
  for (const a of run.attachments) {
    if (a.key !== "finding") continue;
    const f = JSON.parse(run.attached(a.event, "finding") ?? "{}");
    for (const n of f.suspects ?? []) all.suspects.push(n - run.first);
    for (const [call, at] of f.points ?? []) all.points.push([call - run.first, at - run.first]);
  }
  run.findings = all;
  return all;
}

/** The end of the last operation that a checker found wrong, NONE if there is none before i. @param {import("./model.js").Run} run @param {number} i */
function lastSuspect(run, i) {
  let last = NONE;
  for (const call of findingsOf(run).suspects) {
    const back = effectOf(run, call, "return");
    last = Math.max(last, back === NONE ? call : back);
  }
  return last < i ? last : NONE;
}

/** @param {string} kind @param {string} cause */
function causeWord(kind, cause) {
  if (kind === "deliver") return "it was sent here";
  if (kind === "drop") return cause === "fault begins" ? "this fault lost it" : "it was sent here";
  if (kind === "return") return "the call that it answers";
  return "its cause";
}

const troubles = new Set(["crash", "lost", "drop", "fault begins", "pause", "property failed"]);

/**
 * The faults in an event's past, the latest first, those of one kind on one lane counted together.
 * @param {import("./model.js").Run} run @param {Cone} cone
 */
export function troublesBefore(run, cone) {
  /** @type {Map<string, {event: number, count: number}>} */
  const found = new Map();
  const trouble = Uint8Array.from(run.kinds, (k) => Number(troubles.has(k)));
  for (let i = cone.event - 1; i >= 0; i--) {
    if (trouble[run.kind[i]] === 0 || !inPast(cone, run, i)) continue;
    const kind = run.kindName(i);
    const key = kind + "\0" + run.node(i) + "\0" + (kind === "drop" ? run.attr(i, "reason") : kind === "crash" ? run.attr(i, "how") : kind === "pause" ? "" : run.subject(i));
    const f = found.get(key);
    if (f) f.count++;
    else found.set(key, { event: i, count: 1 });
  }
  return [...found.values()];
}

/**
 * The two ends of the request that an event belongs to: an operation's call and return, or a message's
 * send and delivery.
 * @param {import("./model.js").Run} run @param {number} i
 * @returns {[number, number]}
 */
export function requestOf(run, i) {
  const kind = run.kindName(i);
  const call = kind === "call" ? i : kind === "return" ? run.cause[i] : openCall(run, i);
  if (call !== NONE) {
    const back = effectOf(run, call, "return");
    return [call, back === NONE ? run.length - 1 : back];
  }
  if (kind === "send") return [i, Math.max(i, effectOf(run, i, "deliver"))];
  return run.cause[i] === NONE ? [i, i] : [run.cause[i], i];
}

/** The last call before i on its lane that had not returned then. @param {import("./model.js").Run} run @param {number} i */
function openCall(run, i) {
  const call = run.kindNumber("call"), ret = run.kindNumber("return");
  const done = new Set();
  for (let j = i; j >= 0; j--) {
    if (run.lane[j] !== run.lane[i]) continue;
    if (run.kind[j] === ret) done.add(run.cause[j]);
    if (run.kind[j] === call && !done.has(j)) return j;
  }
  return NONE;
}

/** The first event of a kind that i is the cause of. @param {import("./model.js").Run} run @param {number} i @param {string} kind */
export function effectOf(run, i, kind) {
  const k = run.kindNumber(kind);
  for (let j = i + 1; j < run.length; j++) if (run.cause[j] === i && run.kind[j] === k) return j;
  return NONE;
}
