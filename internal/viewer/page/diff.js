// Two runs side by side: where they part, and what only one of them has.

import { NONE } from "./model.js";

/** What makes events of two runs the same, but for when they happened. @param {import("./model.js").Run} run @param {number} i */
function signature(run, i) {
  return run.node(i) + "\0" + run.incarnation[i] + "\0" + run.kindName(i) + "\0" + run.subject(i) + "\0" + run.detail(i).map((a) => a.key + "=" + a.value).join("\0");
}

/**
 * Compares two runs. The k-th event of a node with some contents goes with the k-th such event in the other run.
 * @param {import("./model.js").Run} a @param {import("./model.js").Run} b
 * @returns {{first: number, onlyA: Int32Array, onlyB: Int32Array, partner: Int32Array, back: Int32Array}}
 *   first is the place of the first event that differs in anything, time and step included, NONE if none does
 */
export function compareRuns(a, b) {
  let first = 0;
  const both = Math.min(a.length, b.length);
  while (first < both && a.at[first] === b.at[first] && a.step[first] === b.step[first] && signature(a, first) === signature(b, first)) first++;
  const partner = new Int32Array(a.length).fill(NONE), back = new Int32Array(b.length).fill(NONE);
  for (let i = 0; i < first; i++) partner[i] = back[i] = i;
  /** @type {Map<string, number[]>} */
  const waiting = new Map();
  for (let j = b.length - 1; j >= first; j--) {
    const s = signature(b, j), list = waiting.get(s);
    if (list) list.push(j);
    else waiting.set(s, [j]);
  }
  for (let i = first; i < a.length; i++) {
    const j = waiting.get(signature(a, i))?.pop();
    if (j !== undefined) {
      partner[i] = j;
      back[j] = i;
    }
  }
  const alone = (/** @type {Int32Array} */ p) => {
    const list = [];
    for (let i = 0; i < p.length; i++) if (p[i] === NONE) list.push(i);
    return Int32Array.from(list);
  };
  return { first: first === a.length && first === b.length ? NONE : first, onlyA: alone(partner), onlyB: alone(back), partner, back };
}
