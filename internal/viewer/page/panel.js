// The panel beside the picture, and the table that says the same in rows. Everything that comes from a run is
// set as text.

import { NONE, formatCount, formatTime } from "./model.js";
import { inFuture, inPast, troublesBefore, whyPath } from "./causality.js";
import { asMermaid, asText, describe, kindClass, short, showBytes, who } from "./text.js";

/**
 * Makes an element. @param {string} tag @param {Object<string, any>} props @param {...(Node|string)} children
 * @returns {HTMLElement}
 */
export function el(tag, props = {}, ...children) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(props)) {
    if (k.startsWith("on")) e.addEventListener(k.slice(2), v);
    else if (k === "class") e.className = v;
    else if (v !== undefined && v !== false) e.setAttribute(k, v === true ? "" : v);
  }
  e.append(...children);
  return e;
}

/** @param {import("./app.js").App} app @param {import("./view.js").View} view @param {number} i @param {string} why */
function eventItem(app, view, i, why, count = 1) {
  const { run } = view;
  const kind = run.kindName(i);
  const rest = describe(run, i).slice(kind.length);
  const line = el("span", {}, el("span", { class: kindClass(kind) }, kind), rest.length > 130 ? rest.slice(0, 129) + "…" : rest, count > 1 ? ` × ${count}` : "");
  const b = el("button", { type: "button", onclick: () => app.pick(view, i, true) },
    el("span", { class: "at" }, "#" + (run.first + i)), line,
    el("span", { class: "why" }, [who(run, i), formatTime(run.at[i], 6), why].filter(Boolean).join(" · ")));
  if (view.selected === i) b.setAttribute("aria-current", "true");
  return el("li", {}, b);
}

/** Fills the panel for what is picked. @param {import("./app.js").App} app @param {HTMLElement} aside */
export function fillPanel(app, aside) {
  const view = app.view, i = view.selected;
  aside.replaceChildren();
  if (i === NONE) {
    aside.append(el("section", {}, el("h2", {}, "Nothing is picked"), el("p", {}, "Click an event, or step with j and k. Press ? for all keys.")));
    return;
  }
  aside.append(eventSection(app, view, i), whySection(app, view, i), troubleSection(app, view), ...stateSections(view, i), pathExports(app, view, i));
}

/** @param {import("./app.js").App} app @param {import("./view.js").View} view @param {number} i */
function eventSection(app, view, i) {
  const { run } = view;
  const kind = run.kindName(i);
  const list = el("dl");
  const row = (/** @type {string} */ k, /** @type {string|Node} */ v) => list.append(el("dt", {}, k), el("dd", { tabindex: v instanceof Node || v.length < 400 ? undefined : "0" }, v));
  const subject = run.subject(i);
  const message = kind === "property failed" ? run.attr(i, "message") || subject : "";
  if (subject && subject !== message) row("what", cut(subject));
  for (const a of run.detail(i)) if (a.value !== message) row(short(a.key, 60), cut(a.value));
  row("where", who(run, i) + (run.goroutine[i] ? `, goroutine ${run.goroutine[i]}` : ""));
  row("when", `${formatTime(run.at[i], 12)}, step ${formatCount(run.step[i])}`);
  const m = view.layout.endOf[i];
  if (m !== NONE) {
    const { msgFrom, msgTo } = view.layout;
    if (msgFrom[m] !== NONE && msgTo[m] !== msgFrom[m]) row("on its way", formatTime(run.at[msgTo[m]] - run.at[msgFrom[m]]) + (view.layout.msgSlow[m] ? ", five times the usual or more" : ""));
  }
  const go = el("div", { class: "lines" });
  const link = (/** @type {string} */ text, /** @type {number} */ to) => { if (to !== NONE) go.append(el("button", { type: "button", onclick: () => app.pick(view, to, true) }, text)); };
  link("Cause (c)", run.cause[i]);
  link("Effect (e)", app.effect(view, i));
  go.append(el("button", { type: "button", onclick: () => app.follow() }, "Follow request (r)"));
  const relation = app.reference(view, i);
  return el("section", {}, el("h2", {}, `Event #${run.first + i} of ${formatCount(run.length)}`), el("h3", {}, el("span", { class: kindClass(kind) }, kind), " on " + who(run, i)), message ? el("pre", { tabindex: "0", class: "message" }, cut(message)) : "", list, relation ? el("p", {}, relation) : "", go);
}

/** @param {string} s */
function cut(s, most = 5000) { return s.length > most ? s.slice(0, most) + `… ${formatCount(s.length - most)} characters more` : s; }

/** @param {import("./app.js").App} app @param {import("./view.js").View} view @param {number} i */
function whySection(app, view, i) {
  const path = whyPath(view.run, i).slice(1);
  const list = el("ol", {}, ...path.slice(0, app.wholePath ? path.length : 7).map((p) => eventItem(app, view, p.event, p.why)));
  const s = el("section", { id: "why" }, el("h2", {}, path.length ? "Why here: back to the cause" : "Why here: nothing in the record comes before it"), list);
  if (path.length > 7 && !app.wholePath) s.append(el("button", { type: "button", onclick: () => { app.wholePath = true; app.update(); } }, `${path.length - 7} steps more`));
  if (view.run.meta.story && view.run.kindName(i) === "property failed") s.prepend(el("p", {}, cut(view.run.meta.story)));
  return s;
}

/** @param {import("./app.js").App} app @param {import("./view.js").View} view */
function troubleSection(app, view) {
  const cone = view.cone;
  const found = cone ? troublesBefore(view.run, cone) : [];
  return el("section", { id: "trouble" }, el("h2", {}, found.length ? "Trouble in its past, latest first" : "No trouble in its past"),
    el("ol", {}, ...found.slice(0, 14).map((f) => eventItem(app, view, f.event, "", f.count))), found.length > 14 ? `and ${found.length - 14} kinds more` : "");
}

/** @param {import("./view.js").View} view @param {number} i */
function stateSections(view, i) {
  const { run } = view;
  const sections = [];
  for (const a of run.attachedTo.get(i) ?? []) {
    if (a.key === "state") continue;
    const shown = showBytes(run.bytes(a));
    sections.push(el("section", {}, el("h2", {}, `${short(a.key, 60)}, ${formatCount(a.size)} bytes, as ${shown.form}`), el("pre", { tabindex: "0" }, shown.text)));
  }
  // Payloads are attached to the send.
  const cause = run.cause[i];
  if (run.kindName(i) === "deliver" && cause !== NONE) {
    for (const a of run.attachedTo.get(cause) ?? []) {
      const shown = showBytes(run.bytes(a));
      sections.push(el("section", {}, el("h2", {}, `${short(a.key, 60)}, as sent, ${formatCount(a.size)} bytes, as ${shown.form}`), el("pre", { tabindex: "0" }, shown.text)));
    }
  }
  if (run.node(i) === "") return sections;
  const state = el("section", { id: "state" }, el("h2", {}, `State of ${short(run.node(i), 40)}`));
  const before = nearestState(run, i - 1, -1, run.lane[i]), after = nearestState(run, i, 1, run.lane[i]);
  if (before) state.append(el("div", {}, `before, at #${run.first + before.event}`), el("pre", { tabindex: "0" }, showBytes(run.bytes(before)).text));
  if (after) state.append(el("div", {}, `after, at #${run.first + after.event}`), el("pre", { tabindex: "0" }, showBytes(run.bytes(after)).text));
  const lines = [];
  const log = run.kindNumber("log");
  for (let j = i; j >= 0 && lines.length < 12; j--) if (run.kind[j] === log && run.lane[j] === run.lane[i]) lines.unshift(`${formatTime(run.at[j], 6)}  ${short(run.subject(j), 1000)}`);
  if (lines.length) state.append(el("div", {}, "logged until then"), el("pre", { tabindex: "0" }, cut(lines.join("\n"))));
  if (!before && !after && !lines.length) state.append(el("p", {}, "It has logged nothing so far, and the test has not registered its state."));
  sections.push(state);
  return sections;
}

/** @param {import("./model.js").Run} run @param {number} i @param {number} step @param {number} lane */
function nearestState(run, i, step, lane) {
  const list = run.attachments.filter((a) => a.key === "state" && run.lane[a.event] === lane);
  if (step < 0) return list.filter((a) => a.event <= i).pop();
  return list.find((a) => a.event >= i);
}

/** @param {import("./app.js").App} app @param {import("./view.js").View} view @param {number} i */
function pathExports(app, view, i) {
  const events = () => whyPath(view.run, i).map((p) => p.event).reverse();
  return el("section", {}, el("h2", {}, "Take the path along"), el("div", { class: "lines" },
    el("button", { type: "button", onclick: () => app.copy(asText(view.run, events())) }, "Copy as text"),
    el("button", { type: "button", onclick: () => app.copy(asMermaid(view.run, events())) }, "Copy as Mermaid")));
}

const pageRows = 100;

/** Fills the table with the events round the one that is picked. @param {import("./app.js").App} app @param {HTMLElement} place */
export function fillTable(app, place) {
  const view = app.view, { run, layout } = view;
  const shown = layout.shown;
  const middle = view.selected === NONE ? 0 : view.selected;
  /** @type {number[]} */
  const rows = [];
  let from = Math.floor(middle / pageRows) * pageRows;
  if (!shown) for (let i = from; i < run.length && i < from + pageRows; i++) rows.push(i);
  else {
    const all = [];
    for (let i = 0; i < run.length; i++) if (shown[i]) all.push(i);
    const at = Math.max(0, all.findIndex((i) => i >= middle));
    from = Math.floor(at / pageRows) * pageRows;
    rows.push(...all.slice(from, from + pageRows));
  }
  const body = el("tbody");
  for (const i of rows) {
    const c = view.cone;
    const relation = i === view.selected ? "picked" : !c ? "" : inPast(c, run, i) ? "past" : inFuture(c, run, i) ? "future" : "concurrent";
    const pick = el("button", { type: "button", "aria-label": `Pick event ${run.first + i}`, onclick: () => app.pick(view, i, true) }, "#" + (run.first + i));
    body.append(el("tr", { "aria-current": i === view.selected ? "true" : undefined, "data-event": String(i) },
      el("td", { class: "n" }, pick), el("td", { class: "n" }, formatTime(run.at[i], 9)), el("td", {}, who(run, i)), el("td", {}, describe(run, i)),
      el("td", { class: "n" }, run.cause[i] === NONE ? "" : "#" + (run.first + run.cause[i])), el("td", {}, relation)));
  }
  const head = el("tr", {}, ...["Event", "Time", "Node", "What", "Cause", "To what is picked"].map((t) => el("th", { scope: "col" }, t)));
  const table = el("table", {}, el("caption", {}, rows.length ? `Events ${formatCount(run.first + rows[0])} to ${formatCount(run.first + rows[rows.length - 1])} of ${formatCount(run.length)}; stepping with j and k turns the pages` : "No event is shown"), el("thead", {}, head), body);
  place.replaceChildren(table);
  table.querySelector("[aria-current]")?.scrollIntoView({ block: "center" });
}
