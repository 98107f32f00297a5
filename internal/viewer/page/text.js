// How an event is said in words, and how payloads are shown.

import { NONE, formatTime } from "./model.js";
import { diskKinds } from "./layout.js";

/** A text that may be of any length, cut. @param {string} s @param {number} most */
export function short(s, most) { return s.length > most ? s.slice(0, most - 1) + "…" : s; }

/** A line about an event. @param {import("./model.js").Run} run @param {number} i */
export function describe(run, i) {
  const kind = run.kindName(i), subject = run.subject(i), most = 300;
  const detail = run.detail(i).filter((a) => a.key !== "message").map((a) => a.key === "reason" || a.key === "how" || a.key === "packet" ? short(a.value, 200) : `${short(a.key, 40)} ${short(a.value, 200)}`).join(", ");
  let text = kind;
  if (subject !== run.node(i)) text += " " + short(subject, most);
  if (kind === "call") text += " " + short(run.attached(i, "input") ?? "", most);
  if (kind === "return") text += " " + short(run.attached(i, "output") ?? "", most);
  if (detail) text += " (" + detail + ")";
  return short(text, most);
}

/** Who it happened on. @param {import("./model.js").Run} run @param {number} i */
export function who(run, i) {
  const node = short(run.node(i), 40);
  return node === "" ? "world" : run.incarnation[i] ? `${node}, start ${run.incarnation[i] + 1}` : node;
}

/** The style class of a kind. @param {string} kind */
export function kindClass(kind) {
  if (diskKinds.has(kind) && kind !== "lost") return "k k-disk";
  if (kind.startsWith("property failed")) return "k k-property";
  if (kind.startsWith("fault")) return "k k-fault";
  if (kind === "call" || kind === "return") return "k k-op";
  if (kind === "restart") return "k k-start";
  return "k k-" + kind.replace(/ .*/, "");
}

/** Bytes as text if they are some, JSON indented; else as a dump. @param {Uint8Array} bytes */
export function showBytes(bytes, most = 4096) {
  const head = bytes.subarray(0, most), cut = bytes.length > most ? `\n… ${bytes.length - most} bytes more` : "";
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.length > most ? head.subarray(0, most - 3) : head);
    if (!/[\u0000-\u0008\u000e-\u001f]/.test(text)) {
      if (/^\s*[{[]/.test(text) && !cut) {
        try { return { form: "JSON", text: JSON.stringify(JSON.parse(text), null, 2) }; } catch { /* it only looks like JSON */ }
      }
      return { form: "text", text: text + cut };
    }
  } catch { /* no text */ }
  let out = "";
  for (let at = 0; at < head.length; at += 16) {
    const part = [...head.subarray(at, at + 16)];
    out += at.toString(16).padStart(6, "0") + "  " + part.map((b) => b.toString(16).padStart(2, "0")).join(" ").padEnd(48) + " " + part.map((b) => b >= 32 && b < 127 ? String.fromCharCode(b) : "·").join("") + "\n";
  }
  return { form: "bytes", text: out.trimEnd() + cut };
}

/** The events as text, a line each. @param {import("./model.js").Run} run @param {number[]} list */
export function asText(run, list) {
  return list.map((i) => `#${run.first + i}  ${formatTime(run.at[i], 9)}  ${who(run, i)}  ${describe(run, i)}${run.cause[i] === NONE ? "" : `  because of #${run.first + run.cause[i]}`}`).join("\n") + "\n";
}

/** The events as a Mermaid sequence diagram. @param {import("./model.js").Run} run @param {number[]} list */
export function asMermaid(run, list) {
  const safe = (/** @type {string} */ s) => s.replace(/[;#<>%{}\\"\n\r]/g, (c) => "#" + c.charCodeAt(0) + ";").slice(0, 200);
  const id = (/** @type {number} */ i) => "n" + run.lane[i];
  const lines = ["sequenceDiagram"];
  const named = new Set();
  const known = new Set(list);
  for (const i of list) {
    for (const j of [i, run.cause[i]]) {
      if (j === NONE || named.has(run.lane[j]) || (j !== i && !known.has(j))) continue;
      named.add(run.lane[j]);
      lines.push(`  participant ${id(j)} as ${safe(short(run.node(j), 60) || "world")}`);
    }
  }
  for (const i of list) {
    const kind = run.kindName(i), from = run.cause[i];
    if (kind === "send" && list.some((j) => run.cause[j] === i)) continue;
    if (from !== NONE && known.has(from) && run.lane[from] !== run.lane[i]) lines.push(`  ${id(from)}${kind === "drop" ? "-x" : "->>"}${id(i)}: ${safe(describe(run, i))}`);
    else lines.push(`  Note over ${id(i)}: ${safe(describe(run, i))}`);
  }
  return lines.join("\n") + "\n";
}
