package browsertest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terrella-go/terrella/internal/trace"
	"github.com/terrella-go/terrella/internal/viewer"
)

var browser *Browser

func TestMain(m *testing.M) {
	var err error
	if browser, err = Start(1500, 900); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	browser.Close()
	os.Exit(code)
}

// recorded returns a run that was recorded of an example: hashiraft, deposed or register, each with its planted bug.
func recorded(t *testing.T, name string) *trace.Run {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".trace"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := trace.ReadRun(f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// open shows runs in a tab. That the console stayed empty is checked at the end of the test.
func open(t *testing.T, hash string, runs ...*trace.Run) *Page {
	t.Helper()
	var named []viewer.Named
	for i, r := range runs {
		named = append(named, viewer.Named{Name: fmt.Sprint("run ", i+1), Run: r})
	}
	address, err := WritePage(t.TempDir(), "page.html", named...)
	if err != nil {
		t.Fatal(err)
	}
	p, err := browser.Open(address + hash)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if text := p.Problems(); text != "" {
			t.Errorf("the console is not empty:\n%s", text)
		}
		p.Close()
	})
	must(t, p.Settle())
	return p
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *Page) state(t *testing.T) *State {
	t.Helper()
	s, err := p.State()
	must(t, err)
	return s
}

func eval[T any](t *testing.T, p *Page, expression string) T {
	t.Helper()
	v, err := Eval[T](p, expression)
	must(t, err)
	return v
}

func (p *Page) keys(t *testing.T, keys string) *State {
	t.Helper()
	must(t, p.Keys(keys))
	return p.state(t)
}

// near reports how many pixels within r of a point of the picture, from its top left corner, are about of a colour
// of the theme.
func (p *Page) near(t *testing.T, x, y, r float64, colour string) int {
	t.Helper()
	return eval[int](t, p, fmt.Sprintf(`(() => {
		const c = terrella.view.canvas, box = c.getBoundingClientRect(), d = devicePixelRatio || 1, r = %[3]g, size = Math.round(2 * r * d);
		const probe = new OffscreenCanvas(size, size).getContext("2d", { willReadFrequently: true });
		probe.fillStyle = terrella.theme[%[4]q]; probe.fillRect(0, 0, 1, 1);
		const want = probe.getImageData(0, 0, 1, 1).data;
		probe.drawImage(c, (%[1]g - box.left - r) * d, (%[2]g - box.top - r) * d, size, size, 0, 0, size, size);
		const got = probe.getImageData(0, 0, size, size).data;
		let n = 0;
		for (let k = 0; k < got.length; k += 4) if (Math.abs(got[k] - want[0]) + Math.abs(got[k+1] - want[1]) + Math.abs(got[k+2] - want[2]) < 40) n++;
		return n; })()`, x, y, r, colour))
}

type point struct{ X, Y float64 }

func (p *Page) place(t *testing.T, e *trace.Event) point {
	t.Helper()
	v := eval[map[string]float64](t, p, fmt.Sprintf(`terrella.place(%d)`, e.Number))
	return point{v["x"], v["y"]}
}

// first returns the first event that a function wants.
func first(r *trace.Run, want func(*trace.Event) bool) *trace.Event {
	for i := range r.Events {
		if want(&r.Events[i]) {
			return &r.Events[i]
		}
	}
	return nil
}

func ofKind(k trace.Kind) func(*trace.Event) bool {
	return func(e *trace.Event) bool { return e.Kind == k }
}

// The failure, why it happened and the way to it are the first thing on the screen.
func TestOpensAtTheFailure(t *testing.T) {
	for _, name := range []string{"hashiraft", "deposed", "register"} {
		r := recorded(t, name)
		p := open(t, "", r)
		s := p.state(t)
		failed := r.Failed()
		if s.Selected != int(failed.Number) || s.Events != len(r.Events) {
			t.Errorf("%s: event %d of %d is picked; want the failure, %d of %d", name, s.Selected, s.Events, failed.Number, len(r.Events))
		}
		head, _, _ := strings.Cut(r.Failure, "\n")
		if got := eval[string](t, p, `document.querySelector("h1").textContent`); !strings.Contains(strings.ReplaceAll(got, "✕ Failed", ""), head) {
			t.Errorf("%s: the heading is %q; want %q in it", name, got, head)
		}
		// The same way back as the command prints.
		var want []int
		for _, e := range viewer.Path(r, failed.Number) {
			want = append(want, int(e.Number))
		}
		slices.Reverse(want)
		if len(want) < 3 || !slices.Equal(s.Path, want) {
			t.Errorf("%s: the path is %v; want %v", name, s.Path, want)
		}
		if at := p.place(t, failed); p.near(t, at.X, at.Y, 6, "bad") < 30 {
			t.Errorf("%s: nothing red is drawn at the failure", name)
		}
		if n := eval[int](t, p, `document.querySelectorAll("#why li").length`); n < 2 {
			t.Errorf("%s: the panel shows %d steps of the path", name, n)
		}
		if got := eval[string](t, p, `document.querySelector("#trouble").textContent`); !strings.Contains(got, "crash") && !strings.Contains(got, "fault begins") {
			t.Errorf("%s: no trouble is told: %s", name, got)
		}
	}
}

// What the operations of a checker's explanation are, is marked, and where the others took effect.
func TestOperations(t *testing.T) {
	r := recorded(t, "deposed")
	p := open(t, "", r)
	if s := p.state(t); s.Suspects != 2 {
		t.Errorf("%d operations are marked; want 2", s.Suspects)
	}
	if n := eval[int](t, p, `terrella.view.points.size`); n == 0 {
		t.Error("no linearization point is drawn")
	}
	if n := eval[int](t, p, `terrella.view.layout.spans.op.filter((s) => s.open).length`); n == 0 {
		t.Error("no operation of unknown outcome has an open end")
	}
}

// Each kind of message is drawn in its own way; counts are those of the run.
func TestMessages(t *testing.T) {
	r := recorded(t, "hashiraft")
	p := open(t, "", r)
	eval[any](t, p, `(terrella.view.showAll(), null)`)
	must(t, p.Settle())
	s := p.state(t)
	drops, delivered := 0, 0
	for i := range r.Events {
		switch r.Events[i].Kind {
		case trace.Drop:
			drops++
		case trace.Deliver:
			delivered++
		}
	}
	if !s.Drawn.Detailed || s.Drawn.Lost != drops || s.Drawn.Messages != delivered {
		t.Errorf("drawn: %+v; want %d lost and %d delivered", s.Drawn, drops, delivered)
	}
	// A lost one: the reason is on the picture and in the panel.
	lost := first(r, func(e *trace.Event) bool { return e.Kind == trace.Drop && r.At(e.Cause).Kind == trace.FaultBegin })
	eval[any](t, p, fmt.Sprintf(`(terrella.pick(terrella.view, %d, false), terrella.view.focus(%[1]d, 40), null)`, lost.Number))
	must(t, p.Settle())
	if got := eval[string](t, p, `terrella.svg()`); !strings.Contains(got, ">cut off<") {
		t.Error("the reason of a loss is not on the picture")
	}
	if got := eval[string](t, p, `document.querySelector("aside").textContent`); !strings.Contains(got, "cut off") || !strings.Contains(got, "this fault lost it") {
		t.Errorf("the panel does not tell why it was lost: %s", got)
	}
	cross := eval[[]float64](t, p, fmt.Sprintf(`(() => { const v = terrella.view, P = terrella.painter(), m = v.layout.endOf[%d], box = v.canvas.getBoundingClientRect();
		const s = P.stub(%[1]d, m); return [s[2] + box.left, s[3] + box.top]; })()`, lost.Number))
	if n := p.near(t, cross[0], cross[1], 5, "loss"); n < 8 {
		t.Errorf("%d pixels of the cross are drawn", n)
	}
}

func TestSearch(t *testing.T) {
	r := recorded(t, "hashiraft")
	p := open(t, "", r)
	for query, f := range map[string]viewer.Filter{
		`node=b kind=drop`:                      {Nodes: []string{"b"}, Kinds: []string{"drop"}},
		`kind=crash,restart`:                    {Kinds: []string{"crash", "restart"}},
		`t>=2s t<3s kind=send`:                  {Kinds: []string{"send"}, From: 2e9, To: 3e9},
		`conn~"->a:7000"`:                       {Conn: "->a:7000"},
		`kind="fault begins" msg~"partition a"`: {Kinds: []string{"fault begins"}, Conn: "partition a"},
	} {
		must(t, p.Keys("/"))
		eval[any](t, p, `(document.getElementById("query").value = "", null)`)
		must(t, p.Keys(query+"\r"))
		s := p.state(t)
		want := viewer.Select(r, f)
		if s.Hits != len(want) || s.Hits == 0 || s.QueryError != "" {
			t.Errorf("%s: %d hits (%s); want %d", query, s.Hits, s.QueryError, len(want))
			continue
		}
		numbers := map[int]bool{}
		for _, e := range want {
			numbers[int(e.Number)] = true
		}
		seen := map[int]bool{}
		for range want {
			seen[p.state(t).Selected] = true
			if len(want) > 16 {
				break
			}
			s = p.keys(t, "n")
		}
		for n := range seen {
			if !numbers[n] {
				t.Errorf("%s: event %d is picked, which is no hit", query, n)
			}
		}
		if len(want) <= 16 && len(seen) != len(want) {
			t.Errorf("%s: n has gone to %d of %d hits", query, len(seen), len(want))
		}
		back := p.keys(t, "N")
		if !numbers[back.Selected] {
			t.Errorf("%s: N goes to %d", query, back.Selected)
		}
	}
	for query, want := range map[string]string{`t>soon`: "no time", `step~3`: "is a number", `node>b`: "is a text", `"open`: "cannot read"} {
		s := eval[string](t, p, fmt.Sprintf(`(terrella.search(%q, false), document.getElementById("hits").textContent)`, query))
		if !strings.Contains(s, want) {
			t.Errorf("%s: the page says %q; want %q", query, s, want)
		}
	}
}

func TestStepping(t *testing.T) {
	r := recorded(t, "hashiraft")
	crash := first(r, ofKind(trace.Crash))
	p := open(t, fmt.Sprintf("#e=%d", crash.Number), r)
	at := int(crash.Number)
	next := func(from, by int, want func(*trace.Event) bool) int {
		for n := from + by; n >= 0 && n < len(r.Events); n += by {
			if want(&r.Events[n]) {
				return n
			}
		}
		return from
	}
	each := func(*trace.Event) bool { return true }
	lane := func(e *trace.Event) bool { return e.Node == r.Events[at].Node }
	trouble := func(e *trace.Event) bool {
		return slices.Contains([]trace.Kind{trace.Crash, trace.Restart, trace.Pause, trace.Resume, trace.Lost, trace.Drop, trace.FaultBegin, trace.FaultEnd}, e.Kind)
	}
	for _, step := range []struct {
		key  string
		by   int
		want func(*trace.Event) bool
	}{{"j", 1, each}, {"j", 1, each}, {"k", -1, each}, {"J", 1, lane}, {"J", 1, lane}, {"K", -1, lane}, {"f", 1, trouble}, {"f", 1, trouble}, {"F", -1, trouble}, {"v", 1, ofKind(trace.PropertyFail)}} {
		at = next(at, step.by, step.want)
		if s := p.keys(t, step.key); s.Selected != at {
			t.Errorf("%s goes to %d; want %d", step.key, s.Selected, at)
			at = s.Selected
		}
	}
	// From a delivery to its send, and back.
	deliver := first(r, ofKind(trace.Deliver))
	eval[any](t, p, fmt.Sprintf(`(terrella.pick(terrella.view, %d, true), null)`, deliver.Number))
	if s := p.keys(t, "c"); s.Selected != int(deliver.Cause) {
		t.Errorf("c goes to %d; want %d", s.Selected, deliver.Cause)
	}
	if s := p.keys(t, "e"); s.Selected != int(deliver.Number) {
		t.Errorf("e goes to %d; want %d", s.Selected, deliver.Number)
	}
}

func TestPicking(t *testing.T) {
	r := recorded(t, "register")
	p := open(t, "", r)
	for _, k := range []trace.Kind{trace.Crash, trace.Deliver, trace.Call} {
		e := first(r, ofKind(k))
		eval[any](t, p, fmt.Sprintf(`(terrella.view.focus(%d, 12), null)`, e.Number))
		must(t, p.Settle())
		at := p.place(t, e)
		must(t, p.Click(at.X, at.Y))
		if s := p.state(t); s.Selected != int(e.Number) {
			t.Errorf("a click on event %d, a %v, picks %d", e.Number, k, s.Selected)
		}
		if n := p.near(t, at.X, at.Y, 11, "select"); n < 20 {
			t.Errorf("%d pixels of the ring round what is picked are drawn", n)
		}
	}
}

func TestDeepLinks(t *testing.T) {
	r := recorded(t, "hashiraft")
	p := open(t, "#e=300&q=kind%3Dcrash&axis=event&sel=past", r)
	s := p.state(t)
	if s.Selected != 300 || s.Hits == 0 || s.Axis != "event" || s.Filter != "past" || s.Shown >= len(r.Events) {
		t.Errorf("the address shows %+v", s)
	}
	// The address of what is seen shows it again.
	p.keys(t, "0")
	s = p.keys(t, "dddd")
	address := eval[string](t, p, `location.hash`)
	again := open(t, address, r).state(t)
	if again.Selected != s.Selected || again.Filter != s.Filter || again.Query != s.Query || again.Shown != s.Shown || again.Axis != s.Axis {
		t.Errorf("%s shows\n%+v; want\n%+v", address, again, s)
	}
	for _, bad := range []string{"#e=99999999", "#e=x", "#sel=nonsense", "#x=9-1", "#run=2", "#q=%22", "#%"} {
		if s := open(t, bad, r).state(t); !s.Ready || s.Events != len(r.Events) {
			t.Errorf("%s: the page is %+v", bad, s)
		}
	}
}

func TestSideBySide(t *testing.T) {
	a := recorded(t, "register")
	b := recorded(t, "register")
	same := open(t, "", a, b).state(t)
	if same.Divergence != -1 || same.Only[0] != 0 || same.Only[1] != 0 || same.Runs != 2 {
		t.Errorf("the same run twice: %+v", same)
	}
	// One event is lost and one is new.
	const at = 100
	b.Events = slices.Delete(b.Events, at, at+1)
	b.Attachments = nil
	for i := at; i < len(b.Events); i++ {
		b.Events[i].Number--
		switch c := b.Events[i].Cause; {
		case c == at:
			b.Events[i].Cause = trace.None
		case c > at && c != trace.None:
			b.Events[i].Cause--
		}
	}
	b.Events = append(b.Events, trace.Event{Number: uint64(len(b.Events)), Step: 1 << 20, At: 1 << 40, Node: "a", Incarnation: 1, Kind: trace.LogLine, Subject: "something new", Cause: trace.None})
	p := open(t, "", a, b)
	s := p.state(t)
	if s.Divergence != at || s.Only[0] != 1 || s.Only[1] != 1 {
		t.Errorf("first difference at %d, %v in one only; want %d and one each", s.Divergence, s.Only, at)
	}
	if got := eval[string](t, p, `document.getElementById("compared").textContent`); !strings.Contains(got, "#100") {
		t.Errorf("the page says %q", got)
	}
	// What is picked in one is picked in the other.
	eval[any](t, p, `(terrella.pick(terrella.views[0], 150, true), null)`)
	if got := eval[int](t, p, `terrella.views[1].selected`); got != 149 {
		t.Errorf("event 150 of the first goes with %d of the second; want 149", got)
	}
	if p.keys(t, "b"); eval[bool](t, p, `terrella.both`) || eval[int](t, p, `document.querySelectorAll(".pane:not([hidden])").length`) != 1 {
		t.Error("b does not leave one run alone")
	}
	p.keys(t, "o")
	if got := eval[int](t, p, `terrella.views.indexOf(terrella.view)`); got != 1 {
		t.Error("o does not go to the other run")
	}
}
