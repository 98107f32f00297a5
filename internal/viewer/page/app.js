// The page: its parts, what is picked and searched, and the address that says so.

import { NONE, formatCount, formatTime, unpackRun } from "./model.js";
import { coneOf, effectOf, findingsOf, inFuture, inPast, requestOf, whyPath } from "./causality.js";
import { compareRuns } from "./diff.js";
import { Painter } from "./draw.js";
import { readTheme } from "./surface.js";
import { keyTable, onKey } from "./keys.js";
import { el, fillPanel, fillTable } from "./panel.js";
import { searchRun } from "./query.js";
import { SVGContext } from "./svg.js";
import { describe, short, who } from "./text.js";
import { View } from "./view.js";

/** @typedef {"all"|"related"|"past"|"request"|"hits"} Filter */

/** @param {string} id */
function byId(id) { return /** @type {HTMLElement} */ (document.getElementById(id)); }

export class App {
  /** @param {{name: string, run: import("./model.js").Run}[]} runs */
  constructor(runs) {
    this.runs = runs;
    /** @type {Filter} */
    this.filter = "all";
    /** @type {import("./layout.js").Axis} */
    this.axis = "warp";
    this.query = "";
    this.queryError = "";
    this.wholePath = false;
    this.table = false;
    /** @type {[import("./causality.js").Cone, import("./causality.js").Cone]|null} */
    this.request = null;
    this.theme = readTheme();
    this.views = runs.map((r) => this.makeView(r));
    this.view = this.views[0];
    if (runs.length === 2) this.compare();
    this.both = document.body.dataset.both === "1";
    this.showPanes();
    this.controls();
    for (const v of this.views) this.first(v);
    this.view = this.views[0];
    this.fromAddress();
    window.addEventListener("hashchange", () => this.fromAddress());
    window.addEventListener("keydown", (e) => onKey(this, e));
    for (const q of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) matchMedia(q).addEventListener("change", () => this.newTheme());
  }

  /** @param {{name: string, run: import("./model.js").Run}} r */
  makeView(r) {
    const canvas = /** @type {HTMLCanvasElement} */ (el("canvas", { tabindex: "0", role: "application", "aria-label": `Space-time picture of ${r.name}: step with j and k, press question mark for the keys; the table says the same in rows` }));
    const mini = /** @type {HTMLCanvasElement} */ (el("canvas", { "aria-hidden": "true" }));
    const pane = el("div", { class: "pane" });
    const title = el("div", { class: "title" }, r.name);
    if (this.runs.length < 2) title.hidden = true;
    pane.append(title, el("div", { class: "hold" }, canvas), el("div", { class: "mini" }, mini));
    byId("panes").append(pane);
    /** @type {View} */
    const view = new View(r.run, canvas, mini, {
      theme: () => this.theme,
      pick: (i) => this.pick(view, i, false),
      hover: (i, x, y) => this.hover(view, i, x, y),
      moved: () => this.later(),
    });
    pane.addEventListener("pointerdown", () => { if (this.view !== view) { this.view = view; this.update(); } }, true);
    const found = findingsOf(r.run);
    view.suspects = new Set(found.suspects);
    view.points = new Map(found.points);
    view.pane = pane;
    return view;
  }

  /** Shows the failure, why it happened, and what led to it. @param {View} view */
  first(view) {
    const { run } = view;
    const i = run.failure();
    if (i === NONE) {
      if (run.length) view.showAll();
      return;
    }
    this.view = view;
    this.pick(view, i, false);
    // As much of the way to the failure as can be read; of operations that contradict each other, all.
    let from = i - 50;
    for (const p of whyPath(run, i)) if (i - p.event <= 150) from = Math.min(from, p.event);
    if (view.suspects.size) from = Math.min(...view.suspects) - 6;
    from = Math.max(0, from - 3);
    const { pos } = view.layout;
    view.showRange(pos[from], pos[i] + (pos[i] - pos[from]) * 0.04);
  }

  /** Shows the pane of the run at hand, or both. */
  showPanes() {
    for (const v of this.views) {
      v.pane.hidden = !this.both && v !== this.view;
      v.beside = this.both && this.views.length > 1;
      v.miniStale = true;
      v.resize();
    }
    this.header();
  }

  toggleBoth() {
    if (this.views.length < 2) return;
    this.both = !this.both;
    this.showPanes();
    this.update();
  }

  compare() {
    const [a, b] = this.views;
    const c = this.comparison = compareRuns(a.run, b.run);
    a.only = c.onlyA;
    b.only = c.onlyB;
    a.divergence = b.divergence = c.first;
  }

  header() {
    const { run } = this.view, m = run.meta;
    const failed = run.failure();
    const head = byId("head");
    head.className = failed === NONE && !m.failure ? "held" : "failed";
    const h1 = el("h1");
    if (m.failure) {
      const [name, ...what] = short(m.failure.split("\n")[0], 600).split(": ");
      h1.append(el("span", { class: "mark" }, "✕ Failed"), name, el("span", { class: "what" }, what.length ? ": " + what.join(": ") : ""));
    } else if (failed !== NONE) {
      const text = short(run.attr(failed, "message"), 600);
      h1.append(el("span", { class: "mark" }, "✕ Failed"), short(run.subject(failed), 300), el("span", { class: "what" }, text && text !== run.subject(failed) ? ": " + text : ""));
    } else h1.append(el("span", { class: "mark" }, "✓"), `${m.test || "The run"} `, el("span", { class: "what" }, "No property failed in these events."));
    const last = run.length - 1;
    const facts = [m.test, m.seed && "seed " + m.seed, formatCount(run.length) + " events", run.length ? formatTime(run.at[last]) + " of virtual time" : "", failed !== NONE ? `failed at step ${formatCount(run.step[failed])}, ${formatTime(run.at[failed], 10)}` : ""].filter(Boolean);
    const line = el("div", { class: "facts" }, facts.join("   ·   "));
    head.replaceChildren(h1, line);
    if (m.again) head.append(el("button", { type: "button", class: "noprint", onclick: () => this.copy(m.again ?? ""), title: m.again }, "Copy the command that repeats it"));
    document.title = (failed !== NONE || m.failure ? "✕ " : "") + (m.test || "Terrella");
  }

  controls() {
    const form = byId("search"), input = /** @type {HTMLInputElement} */ (byId("query"));
    form.addEventListener("submit", (e) => {
      e.preventDefault();
      if (input.value === this.query) this.hit(1);
      else this.search(input.value, true);
      input.blur();
    });
    input.addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.search(input.value, false), 250);
    });
    byId("before").addEventListener("click", () => this.hit(-1));
    byId("next").addEventListener("click", () => this.hit(1));
    for (const b of document.querySelectorAll("[data-axis]")) b.addEventListener("click", () => this.setAxis(/** @type {any} */ (b).dataset.axis));
    for (const b of document.querySelectorAll("[data-filter]")) b.addEventListener("click", () => this.setFilter(/** @type {any} */ (b).dataset.filter));
    byId("tabled").addEventListener("click", () => this.toggleTable());
    byId("both").addEventListener("click", () => this.toggleBoth());
    byId("svg").addEventListener("click", () => this.save("svg"));
    byId("png").addEventListener("click", () => this.save("png"));
    byId("theme").addEventListener("click", () => {
      const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      document.documentElement.dataset.theme = dark ? "light" : "dark";
      this.newTheme();
    });
    byId("ask").addEventListener("click", () => this.help());
    byId("keys").append(...keyTable.map(([keys, what]) => el("div", {}, el("span", {}, ...keys.map((k) => el("kbd", {}, k.replace("Arrow", "")))), el("span", {}, what))));
  }

  newTheme() {
    this.theme = readTheme();
    for (const v of this.views) {
      v.miniStale = true;
      v.draw();
    }
  }

  /** @param {View} view @param {number} i @param {boolean} reveal */
  pick(view, i, reveal) {
    if (i < 0 || i >= view.run.length) return;
    this.view = view;
    this.wholePath = false;
    this.setPicked(view, i);
    if (this.comparison && this.views.length === 2) {
      const other = view === this.views[0] ? this.views[1] : this.views[0];
      const j = (view === this.views[0] ? this.comparison.partner : this.comparison.back)[i];
      if (j !== NONE) {
        this.setPicked(other, j);
        other.reveal(j);
      }
    }
    if (this.filter !== "all" && view.layout.shown && !view.layout.shown[i]) this.setFilter("all");
    if (reveal) view.reveal(i);
    this.update();
    byId("live").textContent = `Event ${view.run.first + i}, ${who(view.run, i)}: ${describe(view.run, i)}`;
  }

  /** @param {View} view @param {number} i */
  setPicked(view, i) {
    view.selected = i;
    view.cone = coneOf(view.run, i);
    view.path = [whyPath(view.run, i).map((p) => p.event)];
    view.draw();
  }

  /** Fills everything round the picture anew. */
  update() {
    fillPanel(this, byId("panel"));
    this.tableStale = true;
    for (const b of document.querySelectorAll("[data-axis]")) b.setAttribute("aria-pressed", String(/** @type {any} */ (b).dataset.axis === this.axis));
    for (const b of document.querySelectorAll("[data-filter]")) b.setAttribute("aria-pressed", String(/** @type {any} */ (b).dataset.filter === this.filter));
    byId("tabled").setAttribute("aria-pressed", String(this.table));
    const hits = byId("hits");
    hits.className = this.queryError ? "wrong" : "";
    const n = this.view.hits.length;
    const at = this.view.hits.indexOf(this.view.selected);
    hits.textContent = this.queryError || (this.query ? (at >= 0 ? `${formatCount(at + 1)} of ${formatCount(n)}` : `${formatCount(n)} found`) : "");
    if (this.comparison) {
      byId("compared").hidden = !this.both;
      const both = byId("both");
      both.hidden = false;
      both.setAttribute("aria-pressed", String(this.both));
      const c = this.comparison;
      byId("compared").textContent = c.first === NONE ? "The runs are the same." : `They differ from event #${c.first} on; ${formatCount(c.onlyA.length)} events only in the first, ${formatCount(c.onlyB.length)} only in the second.`;
    }
    this.later();
  }

  /** Writes the address and the table when the hand rests. */
  later() {
    if (this.waiting) return;
    this.waiting = setTimeout(() => {
      this.waiting = 0;
      history.replaceState(null, "", "#" + this.address());
      if (this.tableStale) {
        this.tableStale = false;
        fillTable(this, byId("table"));
      }
    }, 60);
  }

  address() {
    const v = this.view, p = new URLSearchParams();
    if (v.selected !== NONE) p.set("e", String(v.run.first + v.selected));
    if (this.filter !== "all") p.set("sel", this.filter);
    if (this.query) p.set("q", this.query);
    if (this.axis !== "warp") p.set("axis", this.axis);
    if (this.views.length > 1 && v !== this.views[0]) p.set("run", "2");
    if (this.table) p.set("table", "1");
    if (this.views.length > 1 && this.both !== (document.body.dataset.both === "1")) p.set("both", this.both ? "1" : "0");
    if (v.run.length) {
      const last = v.run.length - 1;
      p.set("x", [v.left, v.left + v.span].map((x) => v.run.first + Math.min(last, v.layout.eventAt(x))).join("-"));
    }
    return p.toString();
  }

  fromAddress() {
    const p = new URLSearchParams(location.hash.slice(1));
    if (location.hash.slice(1) === this.address()) return;
    if (this.views.length > 1) {
      this.view = this.views[p.get("run") === "2" ? 1 : 0];
      if (p.has("both")) this.both = p.get("both") === "1";
      this.showPanes();
    }
    const v = this.view, { run } = v;
    const axis = p.get("axis");
    if (axis === "event" || axis === "time" || axis === "warp") this.axis = axis;
    if (this.axis !== v.layout.axis) for (const x of this.views) x.setAxis(this.axis, null);
    if (p.has("q")) {
      /** @type {HTMLInputElement} */ (byId("query")).value = p.get("q") ?? "";
      this.search(p.get("q") ?? "", false);
    }
    const e = p.get("e");
    const i = e !== null && /^\d+$/.test(e) ? Number(e) - run.first : NONE;
    if (i >= 0 && i < run.length) {
      this.pick(v, i, false);
      if (!p.has("x")) v.focus(i, 120);
    }
    const sel = p.get("sel");
    if (sel === "request") this.follow();
    else if (sel === "related" || sel === "past" || sel === "hits") this.setFilter(sel);
    const x = /^(\d+)-(\d+)$/.exec(p.get("x") ?? "");
    if (x && run.length) {
      const at = (/** @type {string} */ s) => v.layout.pos[Math.max(0, Math.min(run.length - 1, Number(s) - run.first))];
      v.showRange(at(x[1]), Math.max(at(x[2]), at(x[1]) + 1));
    }
    if ((p.get("table") === "1") !== this.table) this.toggleTable();
    this.update();
  }

  /** @param {string} text @param {boolean} go */
  search(text, go) {
    this.query = text.trim();
    this.queryError = "";
    for (const v of this.views) {
      try {
        v.hits = searchRun(v.run, this.query);
      } catch (err) {
        v.hits = new Int32Array(0);
        this.queryError = err instanceof Error ? err.message : String(err);
      }
      v.miniStale = true;
      v.draw();
    }
    if (this.filter === "hits") this.setFilter(this.queryError || !this.query ? "all" : "hits");
    if (go) this.hit(1);
    this.update();
  }

  /** Goes to the next hit, round the end. @param {number} by */
  hit(by) {
    const { hits, selected } = this.view;
    if (!hits.length) return;
    let at = hits.findIndex((h) => h > selected);
    if (by < 0) {
      at = hits.findIndex((h) => h >= selected);
      at = (at < 0 ? hits.length : at) - 1;
      if (at < 0) at = hits.length - 1;
    } else if (at < 0) at = 0;
    this.pick(this.view, hits[at], true);
  }

  /**
   * Steps to the next event that is shown and wanted.
   * @param {number} by @param {(run: import("./model.js").Run, i: number, from: number) => boolean} [wanted] @param {boolean} [round]
   */
  step(by, wanted, round = false) {
    const v = this.view, { run } = v, n = run.length, shown = v.layout.shown;
    const from = v.selected === NONE ? (by > 0 ? v.layout.eventAt(v.left) - 1 : v.layout.eventAt(v.left + v.span)) : v.selected;
    for (let k = 1, i = from + by; k <= n; k++, i += by) {
      if (i < 0 || i >= n) {
        if (!round) return;
        i = i < 0 ? n - 1 : 0;
      }
      if ((!shown || shown[i]) && (!wanted || wanted(run, i, from))) {
        this.pick(v, i, true);
        return;
      }
    }
  }

  /** @param {View} view @param {number} i */
  effect(view, i) {
    const m = view.layout.endOf[i];
    if (m !== NONE && view.layout.msgFrom[m] === i) return view.layout.msgTo[m];
    for (const kind of ["return", "fault ends"]) if (view.run.kindName(i) === (kind === "return" ? "call" : "fault begins")) return effectOf(view.run, i, kind);
    return NONE;
  }

  toCause() {
    if (this.view.selected === NONE) return;
    const path = whyPath(this.view.run, this.view.selected, 2);
    if (path.length > 1) this.pick(this.view, path[1].event, true);
  }

  toEffect() {
    const v = this.view;
    if (v.selected !== NONE) this.pick(v, this.effect(v, v.selected), true);
  }

  /** How an event stands to the failure. @param {View} view @param {number} i */
  reference(view, i) {
    const failed = view.run.failure();
    if (failed === NONE || failed === i) return "";
    if (this.failureCone?.run !== view.run) this.failureCone = { run: view.run, cone: coneOf(view.run, failed) };
    return inPast(this.failureCone.cone, view.run, i) ? "In the past of the failure." : i < failed ? "Concurrent with the failure: it cannot have caused it." : "After the failure.";
  }

  follow() {
    const v = this.view;
    if (v.selected === NONE) return;
    if (this.filter === "request") {
      this.setFilter("all");
      return;
    }
    const [from, to] = requestOf(v.run, v.selected);
    this.request = [coneOf(v.run, from), coneOf(v.run, to)];
    this.setFilter("request");
  }

  /** @param {Filter} filter */
  setFilter(filter) {
    const v = this.view, { run } = v;
    const cone = v.cone, hits = v.hits, request = this.request;
    if ((filter === "related" || filter === "past") && !cone) filter = "all";
    if (filter === "hits" && !hits.length) filter = "all";
    if (filter === "request" && !request) {
      this.follow();
      return;
    }
    this.filter = filter;
    /** @type {((i: number) => boolean)|null} */
    let shown = null;
    if (filter === "related" && cone) shown = (i) => inPast(cone, run, i) || inFuture(cone, run, i);
    else if (filter === "past" && cone) shown = (i) => inPast(cone, run, i);
    else if (filter === "request" && request) shown = (i) => inFuture(request[0], run, i) && inPast(request[1], run, i);
    else if (filter === "hits") {
      const set = new Set(hits);
      shown = (i) => set.has(i);
    }
    for (const x of this.views) x.setAxis(this.axis, x === v ? shown : null);
    if (v.selected !== NONE) v.reveal(v.selected);
    this.update();
  }

  /** @param {import("./layout.js").Axis} axis */
  setAxis(axis) {
    this.axis = axis;
    this.setFilter(this.filter);
  }

  toggleTable() {
    this.table = !this.table;
    byId("table").classList.toggle("quiet", !this.table);
    byId("panes").hidden = this.table;
    this.tableStale = true;
    this.update();
  }

  otherRun() {
    if (this.views.length < 2) return;
    this.view = this.views[this.view === this.views[0] ? 1 : 0];
    this.showPanes();
    this.update();
  }

  focusSearch() { /** @type {HTMLInputElement} */ (byId("query")).select(); byId("query").focus(); }

  help() { /** @type {HTMLDialogElement} */ (byId("help")).showModal(); }

  escape() {
    if (this.filter !== "all") {
      this.setFilter("all");
      return;
    }
    for (const v of this.views) {
      v.selected = NONE;
      v.cone = null;
      v.path = [];
      v.draw();
    }
    this.update();
  }

  /** @param {View} view @param {number} i @param {number} x @param {number} y */
  hover(view, i, x, y) {
    const tip = byId("tip");
    tip.hidden = i === NONE;
    if (i === NONE) return;
    tip.textContent = `#${view.run.first + i} · ${formatTime(view.run.at[i], 6)} · ${who(view.run, i)} · ${describe(view.run, i)}`;
    const stage = byId("stage").getBoundingClientRect(), box = view.canvas.getBoundingClientRect();
    const left = box.left - stage.left + x, top = box.top - stage.top + y;
    tip.style.left = Math.max(4, Math.min(left + 14, stage.width - tip.offsetWidth - 6)) + "px";
    tip.style.top = (top + 22 + tip.offsetHeight > stage.height ? top - tip.offsetHeight - 12 : top + 18) + "px";
  }

  /** @param {string} text */
  async copy(text) {
    this.copied = text;
    try {
      await navigator.clipboard.writeText(text);
      byId("live").textContent = byId("said").textContent = "Copied.";
    } catch {
      // Without leave to use the clipboard the text is shown, to be copied by hand.
      byId("copytext").textContent = text;
      /** @type {HTMLDialogElement} */ (byId("copydialog")).showModal();
    }
    setTimeout(() => { byId("said").textContent = ""; }, 2500);
  }

  svg() {
    const v = this.view, ctx = new SVGContext(v.width, v.height);
    new Painter(v, /** @type {any} */ (ctx), this.theme, v.width, v.height).paint();
    return ctx.toString();
  }

  /** Saves the part in view. @param {"svg"|"png"} form */
  save(form) {
    const give = (/** @type {Blob} */ blob) => {
      const a = /** @type {HTMLAnchorElement} */ (el("a", { href: URL.createObjectURL(blob), download: `${(this.view.run.meta.test || "run").replace(/[^\w.-]+/g, "_")}.${form}` }));
      a.click();
      setTimeout(() => URL.revokeObjectURL(a.href), 10000);
    };
    if (form === "svg") give(new Blob([this.svg()], { type: "image/svg+xml" }));
    else this.view.canvas.toBlob((b) => { if (b) give(b); });
  }

  /** What the page shows, for tests and for those who script it. */
  state() {
    const v = this.view, { run } = v;
    return {
      ready: true, runs: this.views.length, events: run.length, selected: v.selected === NONE ? NONE : run.first + v.selected, filter: this.filter, axis: this.axis, query: this.query,
      queryError: this.queryError, hits: v.hits.length, shown: v.layout.shown ? v.layout.shown.reduce((a, b) => a + b, 0) : run.length, table: this.table,
      rows: v.layout.rows.map((r) => r.name), drawn: v.drawn, left: v.left, span: v.span, scale: v.scale,
      past: v.cone ? run.lane.reduce((a, _, i) => a + Number(i !== v.selected && inPast(/** @type {any} */ (v.cone), run, i)), 0) : 0,
      future: v.cone ? run.lane.reduce((a, _, i) => a + Number(i !== v.selected && inFuture(/** @type {any} */ (v.cone), run, i)), 0) : 0,
      path: (v.path[0] ?? []).map((i) => run.first + i), divergence: v.divergence, only: this.views.map((x) => x.only.length), suspects: v.suspects.size,
      both: this.both, dark: getComputedStyle(document.body).backgroundColor, address: this.address(),
    };
  }

  /** What tells where things are drawn. */
  painter() {
    const v = this.view;
    return new Painter(v, /** @type {any} */ (null), this.theme, v.width, v.height);
  }

  /** Where an event is drawn on the page, in pixels. @param {number} number */
  place(number) {
    const v = this.view, i = number - v.run.first, box = v.canvas.getBoundingClientRect(), p = this.painter();
    return { x: box.left + p.x(i), y: box.top + p.y(i) };
  }
}

async function main() {
  const began = performance.now();
  const runs = [];
  for (const script of document.querySelectorAll("script[data-run]")) {
    runs.push({ name: script.getAttribute("data-run") ?? "", run: await unpackRun((script.textContent ?? "").trim()) });
    script.remove();
  }
  byId("empty").hidden = true;
  const app = new App(runs);
  Object.assign(window, { terrella: app });
  for (const v of app.views) v.drawNow();
  Object.assign(window, { terrellaReady: performance.now() - began, terrellaDrawn: performance.now() });
}

main().catch((err) => {
  byId("empty").textContent = "This page cannot show its run: " + (err instanceof Error ? err.message : err);
  console.error(err);
});
