package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var sampleTrace = filepath.Join("testdata", "run.jsonl")

// lines returns what was printed, without what only marks its end.
func (a answer) lines() []string { return strings.Split(strings.TrimSuffix(a.stdout, "\n"), "\n") }

func TestTrace(t *testing.T) {
	for _, tt := range []struct {
		args  []string
		lines int
		want  []string
	}{
		{nil, 12, []string{"#4 step 4 1.5ms b drop udp a:9->b:9/1", `reason="cut off"`, "because of #2"}},
		{[]string{"--node", "b"}, 4, []string{"#10 ", "!a send"}},
		{[]string{"--node", "world"}, 3, []string{"fault begins", "property failed", "!send"}},
		{[]string{"--kind", "drop,crash"}, 2, []string{"cut off", "power failure"}},
		{[]string{"--from", "1ms", "--to", "2s"}, 2, []string{"#3 ", "#4 "}},
		{[]string{"--conn", "b:9/2"}, 2, []string{"#7 ", "#8 "}},
		{[]string{"--op", "operation 0"}, 4, []string{"#6 ", "#9 "}},
		{[]string{"--op", "operation 1"}, 1, []string{"!#"}},
		{[]string{"--text", "CUT OFF"}, 1, []string{"#4 "}},
		{[]string{"--path"}, 2, []string{"#10 step 9", "#11 step 10", "!#8"}},
		{[]string{"--path", "--event", "4"}, 2, []string{"#2 ", "#4 "}},
		{[]string{"--grid", "--width", "80"}, 13, []string{"world", "→ b datagram", "✕ a cut off", "✕✕ crash", "▶ start 1"}},
		{[]string{"--as", "jsonl", "--kind", "send"}, 2, []string{`"kind":"send"`}},
		{[]string{"--as", "mermaid"}, 15, []string{"sequenceDiagram", "participant n0 as a", "n0->>n1: ← a datagram", "-xn1: ✕ a cut off"}},
	} {
		got := call{args: append([]string{"trace", sampleTrace}, tt.args...)}.run(t)
		got.want(t, 0, tt.want...)
		if n := len(got.lines()); n != tt.lines {
			t.Errorf("%v: %d lines, want %d:\n%s", tt.args, n, tt.lines, got.stdout)
		}
	}
}

// The forms that hold a whole run give it back.
func TestTraceForms(t *testing.T) {
	first := call{args: []string{"trace", sampleTrace, "--as", "columns"}}.run(t)
	file := filepath.Join(t.TempDir(), "run.trace")
	if err := os.WriteFile(file, []byte(first.stdout), 0o666); err != nil {
		t.Fatal(err)
	}
	back := call{args: []string{"trace", file, "--as", "jsonl"}}.run(t)
	want, err := os.ReadFile(sampleTrace)
	if err != nil {
		t.Fatal(err)
	}
	if back.stdout != strings.ReplaceAll(string(want), "->", `-\u003e`) {
		t.Errorf("through columns and back:\n%s", back.stdout)
	}
}

func TestTraceForChrome(t *testing.T) {
	got := call{args: []string{"trace", sampleTrace, "--as", "chrome"}}.run(t)
	var file struct {
		TraceEvents []struct {
			Name, Ph, ID string
			Ts           float64
			Dur          float64
			Pid          int
		}
	}
	if err := json.Unmarshal([]byte(got.stdout), &file); err != nil {
		t.Fatalf("%v\n%s", err, got.stdout)
	}
	flows, operations := map[string]int{}, 0
	for _, e := range file.TraceEvents {
		if e.Ph == "s" || e.Ph == "f" {
			flows[e.ID]++
		}
		if e.Name == "call operation 0" {
			operations++
			if e.Ph != "X" || e.Ts != 2e6 || e.Dur != 1500 {
				t.Errorf("the operation is %+v", e)
			}
		}
	}
	if operations != 1 || len(flows) != 4 {
		t.Errorf("%d operations and flows %v; want 1 and 4", operations, flows)
	}
	for id, n := range flows {
		if n != 2 {
			t.Errorf("flow %s has %d ends", id, n)
		}
	}
}

func TestTraceForPorcupine(t *testing.T) {
	call{args: []string{"trace", sampleTrace, "--as", "porcupine"}}.run(t).want(t, 0, "<title>Porcupine", "operation 0 -")
	call{args: []string{"trace", sampleTrace, "--as", "porcupine", "--kind", "send"}}.run(t).want(t, 2, "no operation among these events")
}

func TestView(t *testing.T) {
	page := filepath.Join(t.TempDir(), "run.html")
	call{args: []string{"view", sampleTrace, "-o", page, "--event", "4", "--query", "node=b"}}.run(t).want(t, 0, "file://", "run.html#e=4&q=node%3Db")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<!doctype html>", "Content-Security-Policy", `data-run="run.jsonl"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	call{args: []string{"view", sampleTrace, sampleTrace, "-o", page}}.run(t).want(t, 0, "run.html")
}

func TestViewServes(t *testing.T) {
	cmd := call{args: []string{"view", sampleTrace, "--serve"}}.cmd()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"": 200, "other": 404} {
		resp, err := http.Get(strings.TrimSpace(line) + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != want || (want == 200) != strings.Contains(string(body), "<!doctype html>") {
			t.Errorf("/%s: status %d, %v", path, resp.StatusCode, err)
		}
	}
}

func TestTraceRefuses(t *testing.T) {
	text := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(text, []byte("not a trace\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"trace", "view"} {
		call{args: []string{verb}}.run(t).want(t, 2, "terrella: ")
		call{args: []string{verb, "nowhere.trace"}}.run(t).want(t, 2, "nowhere.trace", "-sim.trace=FILE makes one")
		call{args: []string{verb, text}}.run(t).want(t, 2, "notes.txt is no trace: line 1")
	}
	call{args: []string{"trace", sampleTrace, "--kind", "dance"}}.run(t).want(t, 2, `no events of kind "dance"`, `"deliver"`)
	call{args: []string{"trace", sampleTrace, "--as", "poem"}}.run(t).want(t, 2, `no form "poem"`)
	call{args: []string{"trace", sampleTrace, "--path", "--event", "99"}}.run(t).want(t, 2, "no event 99")
	call{args: []string{"view", sampleTrace, "--event", "99"}}.run(t).want(t, 2, "no event 99")
	call{args: []string{"view", sampleTrace, "-o", filepath.Join(text, "x.html")}}.run(t).want(t, 3, "--output")
}

// A failing test leaves its run, and a page that opens at the failure.
func TestArtifacts(t *testing.T) {
	if strings.HasPrefix(host.release, "go1.25") { // which keeps no artifacts: there the report tells how to get a page
		call{dir: filepath.Join("testdata", "worlds"), args: []string{"test", "-run", "TestProperty", "-sim.dir=", "."}}.run(t).want(t, 1, "add -sim.trace=run.html")
		return
	}
	out := t.TempDir()
	got := call{dir: filepath.Join("testdata", "worlds"), args: []string{"test", "-count=1", "-run", "TestProperty", "-sim.dir=", "-artifacts", "-outputdir=" + out, "."}}.run(t)
	got.want(t, 1, "to see it as a picture, open\n", "run.html#e=")
	pages, err := filepath.Glob(filepath.Join(out, "_artifacts", "*", "run.html"))
	if err != nil || len(pages) != 1 {
		t.Fatalf("pages %v, %v", pages, err)
	}
	call{args: []string{"trace", filepath.Join(filepath.Dir(pages[0]), "run.trace"), "--kind", "property failed"}}.run(t).want(t, 0, "this property does not hold")
	call{env: withoutCI, args: []string{"triage", out}}.run(t).want(t, 1, "1 failure in 1 bucket", "/failure.json")
	call{dir: filepath.Join("testdata", "worlds"), args: []string{"test", "-count=1", "-run", "TestProperty", "-sim.dir=", "."}}.run(t).want(t, 1, "add -sim.trace=run.html")
}
