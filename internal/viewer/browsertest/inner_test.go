package browsertest

import (
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/terrella-go/terrella/internal/trace"
	"github.com/terrella-go/terrella/internal/viewer"
)

// naive computes past and future by walking the edges, one by one.
func naive(r *trace.Run, from uint64) (past, future map[uint64]bool) {
	n := len(r.Events)
	back := make([][]uint64, n)
	last := make(map[string]uint64)
	for i := range r.Events {
		e := &r.Events[i]
		if p, ok := last[e.Node]; ok {
			back[i] = append(back[i], p)
		}
		last[e.Node] = uint64(i)
		if e.Cause != trace.None {
			cause := r.At(e.Cause)
			if e.Kind != trace.Drop && e.Kind != trace.Duplicate || cause.Node == e.Node || cause.Kind == trace.FaultBegin {
				back[i] = append(back[i], e.Cause)
			}
		}
	}
	forth := make([][]uint64, n)
	for i, list := range back {
		for _, p := range list {
			forth[p] = append(forth[p], uint64(i))
		}
	}
	walk := func(next [][]uint64) map[uint64]bool {
		seen := make(map[uint64]bool)
		for todo := []uint64{from}; len(todo) > 0; {
			e := todo[0]
			todo = todo[1:]
			for _, x := range next[e] {
				if !seen[x] {
					seen[x] = true
					todo = append(todo, x)
				}
			}
		}
		return seen
	}
	return walk(back), walk(forth)
}

func TestCausality(t *testing.T) {
	for _, r := range []*trace.Run{Synthetic(1500, 3), recorded(t, "hashiraft")} {
		p := open(t, "", r)
		choose := rand.New(rand.NewPCG(1, 2))
		for range 25 {
			n := choose.Uint64N(uint64(len(r.Events) - 1))
			past, future := naive(r, n)
			got := eval[map[string][]uint64](t, p, fmt.Sprintf(`(() => { terrella.pick(terrella.view, %d, false); const v = terrella.view, out = { past: [], future: [] };
				for (let i = 0; i < v.run.length; i++) { if (i === v.selected) continue;
					if (i <= v.cone.past[v.run.lane[i]]) out.past.push(i); if (i >= v.cone.future[v.run.lane[i]]) out.future.push(i); }
				return out; })()`, n))
			for what, set := range map[string]map[uint64]bool{"past": past, "future": future} {
				if len(got[what]) != len(set) {
					t.Errorf("event %d has %d events in its %s; want %d", n, len(got[what]), what, len(set))
				}
				for _, e := range got[what] {
					if !set[e] {
						t.Errorf("event %d is not in the %s of %d", e, what, n)
					}
				}
			}
		}
	}
}

// A request is followed from its call to its return, across nodes; the rest is hidden.
func TestFollow(t *testing.T) {
	r := recorded(t, "register")
	call := first(r, ofKind(trace.Call))
	back := first(r, func(e *trace.Event) bool { return e.Kind == trace.Return && e.Cause == call.Number })
	p := open(t, fmt.Sprintf("#e=%d", call.Number), r)
	s := p.keys(t, "r")
	if s.Filter != "request" || s.Shown < 10 || s.Shown >= len(r.Events)/2 {
		t.Errorf("following shows %d of %d events", s.Shown, len(r.Events))
	}
	_, future := naive(r, call.Number)
	past, _ := naive(r, back.Number)
	nodes := map[string]bool{}
	want := 2
	for i := range r.Events {
		if e := &r.Events[i]; future[e.Number] && past[e.Number] {
			want++
			nodes[e.Node] = true
		}
	}
	if s.Shown != want || len(nodes) < 3 {
		t.Errorf("%d events on %d nodes are shown; want %d", s.Shown, len(nodes), want)
	}
	if s = p.keys(t, "r"); s.Filter != "all" || s.Shown != len(r.Events) {
		t.Errorf("r does not end it: %+v", s)
	}
	if s = p.keys(t, "h"); s.Filter != "related" || s.Shown != 1+s.Past+s.Future {
		t.Errorf("h shows %d; want the event, %d before and %d after", s.Shown, s.Past, s.Future)
	}
	if s = p.keys(t, kb.Escape); s.Filter != "all" {
		t.Errorf("escape leaves the filter %s", s.Filter)
	}
}

func TestKeyboardAlone(t *testing.T) {
	r := recorded(t, "hashiraft")
	p := open(t, "", r)
	before := p.state(t)
	for _, k := range []struct {
		keys string
		ok   func(a, b *State) bool
	}{
		{"w", func(a, b *State) bool { return b.Span < a.Span }},
		{"s", func(a, b *State) bool { return b.Span > a.Span }},
		{"a", func(a, b *State) bool { return b.Left < a.Left }},
		{"d", func(a, b *State) bool { return b.Left > a.Left }},
		{kb.ArrowUp, func(a, b *State) bool { return b.Span < a.Span }},
		{kb.ArrowLeft, func(a, b *State) bool { return b.Left < a.Left }},
		{"0", func(a, b *State) bool { return b.Span > 100 && b.Left <= 0 }},
		{"2", func(a, b *State) bool { return b.Axis == "event" }},
		{"3", func(a, b *State) bool { return b.Axis == "time" }},
		{"1", func(a, b *State) bool { return b.Axis == "warp" }},
		{"t", func(a, b *State) bool { return b.Table }},
		{"j", func(a, b *State) bool { return b.Selected == a.Selected }}, // the failure is the last event
		{"k", func(a, b *State) bool { return b.Selected == a.Selected-1 }},
		{"t", func(a, b *State) bool { return !b.Table }},
	} {
		after := p.keys(t, k.keys)
		if !k.ok(before, after) {
			t.Errorf("%q leads from\n%+v to\n%+v", k.keys, before, after)
		}
		before = after
	}
	p.keys(t, "?")
	if !eval[bool](t, p, `document.getElementById("help").open`) {
		t.Error("? shows no help")
	}
	p.keys(t, kb.Escape)
	if eval[bool](t, p, `document.getElementById("help").open`) {
		t.Error("escape leaves the help open")
	}
	// Everything that can be pressed is reached by the tab key, and shows that it is.
	want := eval[int](t, p, `[...document.querySelectorAll("button,input,canvas[tabindex],[tabindex='0']")].filter((e) => e.getClientRects().length && !e.closest("dialog")).length`)
	eval[any](t, p, `(document.activeElement.blur(), document.body.focus(), window.seen = new Set(), null)`)
	for range want + 5 {
		must(t, p.press(kb.Tab))
		eval[any](t, p, `(window.seen.add(document.activeElement), null)`)
	}
	if got := eval[int](t, p, `[...window.seen].filter((e) => e !== document.body).length`); got < want {
		t.Errorf("the tab key reaches %d of %d", got, want)
	}
}

// The axes: none puts an event before an earlier one; events are equally far apart on theirs, and nothing overlaps on the
// warped one.
func TestAxes(t *testing.T) {
	p := open(t, "", recorded(t, "deposed"))
	for axis, rule := range map[string]string{
		"event": `pos[i] - pos[i-1] === 1`,
		"warp":  `pos[i] - pos[i-1] >= 1`,
		"time":  `Math.abs((pos[i] - pos[i-1]) * (run.at[run.length-1] - run.at[0]) / run.length - (run.at[i] - run.at[i-1])) < 2000`,
	} {
		if n := eval[int](t, p, fmt.Sprintf(`(() => { terrella.setAxis(%q); const { run } = terrella.view, { pos } = terrella.view.layout; let n = 0;
			for (let i = 1; i < run.length; i++) if (!(%s)) n++; return n; })()`, axis, rule)); n != 0 {
			t.Errorf("on the axis %s %d events stand where they should not", axis, n)
		}
	}
}

func TestDarkAndForcedColours(t *testing.T) {
	p := open(t, "", recorded(t, "register"))
	light := func() float64 {
		return eval[float64](t, p, `(() => { terrella.view.drawNow(); const c = terrella.view.canvas, probe = new OffscreenCanvas(1, 1).getContext("2d");
			probe.drawImage(c, 4, c.height - 4, 1, 1, 0, 0, 1, 1); const d = probe.getImageData(0, 0, 1, 1).data; return d[0] + d[1] + d[2]; })()`)
	}
	if v := light(); v < 600 {
		t.Errorf("the picture is dark (%g) where light is asked for", v)
	}
	must(t, p.Media(map[string]string{"prefers-color-scheme": "dark"}))
	if v := light(); v > 200 {
		t.Errorf("the picture is light (%g) where dark is preferred", v)
	}
	if s := p.state(t); s.Dark != "rgb(16, 20, 27)" {
		t.Errorf("the page is %s", s.Dark)
	}
	must(t, p.Media(map[string]string{"prefers-color-scheme": "light", "forced-colors": "active"}))
	if got := eval[string](t, p, `terrella.theme.past + " " + terrella.theme.ink`); got != "Highlight CanvasText" {
		t.Errorf("with forced colours the theme is %s", got)
	}
	must(t, p.Media(map[string]string{"prefers-reduced-motion": "reduce"}))
	if n := eval[int](t, p, `document.getAnimations().length`); n != 0 {
		t.Errorf("%d things move", n)
	}
}

// What a program puts into its events does nothing.
func TestHostilePayloads(t *testing.T) {
	hostile := []string{
		`</script><script>window.pwned = 1</script>`, `<img src=x onerror="window.pwned = 2">`, `"><svg onload=window.pwned=3>`, `javascript:window.pwned=4`,
		"\xff\xfe invalid \x00 \x1b[31m", strings.Repeat("x", 1<<20), "{{.Script}}", "]]>", "<!--", `$&${window.pwned=5}`, "\u202egnirts", "",
	}
	l := trace.NewLog(trace.KeepAll, nil)
	for _, h := range hostile {
		n := l.Append(trace.Event{Node: h, Kind: trace.LogLine, Subject: h, Cause: trace.None, Detail: []trace.Attr{trace.Text("k"+h[:min(9, len(h))], h)}})
		l.Attach(n, trace.AttachedPayload, []byte(h))
		l.Attach(n, trace.AttachedState, []byte(h))
	}
	l.Append(trace.Event{Kind: trace.PropertyFail, Subject: hostile[0], Cause: trace.None, Detail: []trace.Attr{trace.Text("message", hostile[1])}})
	r := l.Run(trace.Meta{Test: hostile[0], Seed: hostile[1], Again: hostile[2], Failure: hostile[0] + ": " + hostile[1], Story: hostile[1]})
	p := open(t, "", r)
	for i := range r.Events {
		eval[any](t, p, fmt.Sprintf(`(terrella.pick(terrella.view, %d, true), terrella.hover(terrella.view, %[1]d, 9, 9), null)`, i))
		must(t, p.Settle())
	}
	p.keys(t, "t")
	p.keys(t, "t")
	if got := eval[any](t, p, `window.pwned ?? null`); got != nil {
		t.Errorf("payload %v was run", got)
	}
	if n := eval[int](t, p, `document.querySelectorAll("img, svg, script:not([type=module])").length`); n != 0 {
		t.Errorf("%d elements came out of payloads", n)
	}
	if got := eval[string](t, p, `document.querySelector("#table").textContent`); !strings.Contains(got, hostile[0]) || !strings.Contains(got, hostile[1]) {
		t.Error("the table does not show the payloads as text")
	}
	svg := eval[string](t, p, `(terrella.view.showAll(), terrella.svg())`)
	if err := wellFormed(svg); err != nil {
		t.Errorf("the SVG is no XML: %v", err)
	}
	if strings.Contains(svg, "<img") || strings.Contains(svg, "<script") {
		t.Error("the SVG holds a payload's element")
	}
}

func wellFormed(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestExports(t *testing.T) {
	r := recorded(t, "register")
	p := open(t, "", r)
	svg := eval[string](t, p, `terrella.svg()`)
	if err := wellFormed(svg); err != nil || strings.Count(svg, "<path") < 20 || !strings.Contains(svg, "client1") {
		t.Errorf("the SVG has %d paths: %v", strings.Count(svg, "<path"), err)
	}
	if n := eval[int](t, p, `new Promise((ok) => terrella.view.canvas.toBlob((b) => ok(b.size)))`); n < 10000 {
		t.Errorf("the PNG has %d bytes", n)
	}
	for button, want := range map[string]string{"Copy as Mermaid": "sequenceDiagram\n  participant", "Copy as text": fmt.Sprintf("#%d  ", r.Failed().Number)} {
		got := eval[string](t, p, fmt.Sprintf(`new Promise((ok) => { [...document.querySelectorAll("aside button")].find((b) => b.textContent === %q).click(); setTimeout(() => ok(terrella.copied), 50); })`, button))
		if !strings.Contains(got, want) {
			t.Errorf("%s copies %q; want %q in it", button, got, want)
		}
		eval[any](t, p, `(document.getElementById("copydialog").close(), null)`)
	}
}

// A page whose run is damaged says so.
func TestDamagedPage(t *testing.T) {
	address, err := WritePage(t.TempDir(), "page.html", viewer.Named{Name: "x", Run: recorded(t, "register")})
	must(t, err)
	file := strings.TrimPrefix(address, "file://")
	text, err := os.ReadFile(file)
	must(t, err)
	const begin = `data-run="x">`
	at := strings.Index(string(text), begin) + len(begin) + 400
	must(t, os.WriteFile(file, []byte(string(text[:at])+strings.Repeat("A", 64)+string(text[at+64:])), 0o666))
	p, err := browser.Tab()
	must(t, err)
	defer p.Close()
	if err := p.Go(address); err == nil || !strings.Contains(err.Error(), "This page cannot show its run") {
		t.Errorf("got %v", err)
	}
}

// axeVersion is pinned: rules change from one to the next.
const axeVersion = "4.14.1"

// axe-core, by its npm package, finds nothing to complain of.
func TestAccessible(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command("npm", "install", "--prefix", dir, "--no-audit", "--no-fund", "--ignore-scripts", "axe-core@"+axeVersion)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm install axe-core: %v\n%s", err, out)
	}
	axe, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
	must(t, err)
	p := open(t, "", recorded(t, "deposed"))
	eval[any](t, p, string(axe)+";null")
	check := func(what string) {
		got := eval[string](t, p, `axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations.map((v) => v.id + ": " + v.help + "\n" + v.nodes.map((n) => "    " + n.html.slice(0, 160) + " " + n.failureSummary).join("\n")).join("\n"))`)
		if got != "" {
			t.Errorf("%s:\n%s", what, got)
		}
	}
	if n := eval[int](t, p, `axe.run(document).then((r) => r.passes.length)`); n < 20 {
		t.Errorf("only %d rules passed: axe has not looked at the page", n)
	}
	check("light")
	p.keys(t, "t")
	check("table")
	p.keys(t, "t")
	must(t, p.Media(map[string]string{"prefers-color-scheme": "dark"}))
	check("dark")
	p.keys(t, "?")
	check("help")
	p.keys(t, kb.Escape)
	// A planted flaw is noticed.
	eval[any](t, p, `(document.getElementById("query").removeAttribute("aria-label"), document.getElementById("query").removeAttribute("placeholder"), null)`)
	if got := eval[string](t, p, `axe.run(document).then((r) => r.violations.map((v) => v.id).join())`); !strings.Contains(got, "label") {
		t.Errorf("a search field without a name is not noticed: %q", got)
	}
}
