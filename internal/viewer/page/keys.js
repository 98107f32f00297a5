// What the keys do.

/** @typedef {import("./app.js").App} App */

/** @type {[string[], string, (app: App, e: KeyboardEvent) => void][]} */
export const keyTable = [
  [["a", "ArrowLeft"], "pan left", (app, e) => app.view.pan(e.shiftKey ? -400 : -120)],
  [["d", "ArrowRight"], "pan right", (app, e) => app.view.pan(e.shiftKey ? 400 : 120)],
  [["w", "ArrowUp", "+"], "zoom in", (app) => app.view.zoom(1.35)],
  [["s", "ArrowDown", "-"], "zoom out", (app) => app.view.zoom(1 / 1.35)],
  [["0", "Home"], "the whole run", (app) => app.view.showAll()],
  [["j"], "next event", (app) => app.step(1)],
  [["k"], "event before", (app) => app.step(-1)],
  [["J"], "next on this lane", (app) => app.step(1, (run, i, from) => run.lane[i] === run.lane[from])],
  [["K"], "before on this lane", (app) => app.step(-1, (run, i, from) => run.lane[i] === run.lane[from])],
  [["n"], "next hit", (app) => app.hit(1)],
  [["N"], "hit before", (app) => app.hit(-1)],
  [["f"], "next fault", (app) => app.step(1, (run, i) => faultKinds.has(run.kindName(i)))],
  [["F"], "fault before", (app) => app.step(-1, (run, i) => faultKinds.has(run.kindName(i)))],
  [["v"], "next violation", (app) => app.step(1, (run, i) => run.kindName(i) === "property failed", true)],
  [["c"], "cause", (app) => app.toCause()],
  [["e"], "effect", (app) => app.toEffect()],
  [["r"], "follow the request", (app) => app.follow()],
  [["h"], "hide what is unrelated", (app) => app.setFilter(app.filter === "related" ? "all" : "related")],
  [["p"], "only the past", (app) => app.setFilter(app.filter === "past" ? "all" : "past")],
  [["x"], "only the hits", (app) => app.setFilter(app.filter === "hits" ? "all" : "hits")],
  [["1", "2", "3"], "axis: warped, event, time", (app, e) => app.setAxis(/** @type {any} */ (["warp", "event", "time"])[Number(e.key) - 1])],
  [["t"], "table", (app) => app.toggleTable()],
  [["b"], "both runs, or one", (app) => app.toggleBoth()],
  [["o"], "other run", (app) => app.otherRun()],
  [["PageDown"], "scroll down", (app) => app.view.scroll(200)],
  [["PageUp"], "scroll up", (app) => app.view.scroll(-200)],
  [["/"], "search", (app) => app.focusSearch()],
  [["?"], "these keys", (app) => app.help()],
  [["Escape"], "show all, pick nothing", (app) => app.escape()],
];

const faultKinds = new Set(["crash", "restart", "pause", "resume", "lost", "drop", "fault begins", "fault ends"]);

/** @param {App} app @param {KeyboardEvent} e */
export function onKey(app, e) {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const target = /** @type {HTMLElement} */ (e.target);
  if (document.querySelector("dialog[open]")) return;
  if (target.tagName === "INPUT" || target.tagName === "SELECT" || target.tagName === "TEXTAREA") {
    if (e.key === "Escape") target.blur();
    return;
  }
  // Arrows scroll what is scrolled by arrows.
  if (e.key.startsWith("Arrow") && target.closest("pre, dd, #table:not(.quiet), aside")) return;
  const row = keyTable.find(([keys]) => keys.includes(e.key)) ?? (e.key.length === 1 && e.shiftKey ? keyTable.find(([keys]) => ["a", "d", "w", "s"].includes(e.key.toLowerCase()) && keys.includes(e.key.toLowerCase())) : undefined);
  if (!row) return;
  e.preventDefault();
  row[2](app, e);
}
