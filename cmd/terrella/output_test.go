package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestWatcher(t *testing.T) {
	for _, tt := range []struct {
		name                     string
		json                     bool
		text                     string
		failed, unbuilt, misused bool
	}{
		{name: "nothing"},
		{name: "pass", text: "ok  \texample.com/a\t0.1s\n"},
		{name: "failure", text: "--- FAIL: TestX (0.00s)\nFAIL\nFAIL\texample.com/a\t0.1s\nFAIL\n", failed: true},
		{name: "build", text: "FAIL\texample.com/a [build failed]\n", failed: true, unbuilt: true},
		{name: "setup", text: "FAIL\t./x [setup failed]\n", failed: true, unbuilt: true},
		{name: "a test that prints such a line", text: "    x.go:1: FAIL\ta [build failed]\nok  \ta [build failed]\n"},
		{name: "no end of line", text: "FAIL\ta [build failed]"},
		{name: "unknown flag", text: "flag provided but not defined: -x\n", misused: true},
		{name: "bad value", text: "invalid value \"x\" for flag -test.count: parse error\n", misused: true},
		{name: "bad boolean", text: "invalid boolean value \"x\" for -sim.verify: parse error\n", misused: true},
		{name: "unknown sim flag", text: "sim: unknown flag -sim.x; there are -sim.seed\n", misused: true},
		{name: "bad seed", text: "sim: -sim.seed=x: \"x\" is no seed\n", misused: true},
		{name: "bad variable", text: "sim: TERRELLA_SEED=\"x\": \"x\" is no seed\n", misused: true},
		{name: "a report", text: "sim: TestX: 3 seeds\n"},
		{name: "json pass", json: true, text: `{"Action":"output","Package":"a","Output":"ok  \ta\n"}` + "\n" + `{"Action":"pass","Package":"a"}` + "\n"},
		{name: "json failure", json: true, text: `{"Action":"fail","Package":"a"}` + "\n", failed: true},
		{name: "json build", json: true, text: `{"Action":"output","Package":"a","Output":"FAIL\ta [build failed]\n"}` + "\n", failed: true, unbuilt: true},
		{name: "text among json", json: true, text: "FAIL\ta [setup failed]\n", failed: true, unbuilt: true},
		{name: "json without -json", text: `{"Action":"fail","Package":"a"}` + "\n"},
		{name: "long line", text: strings.Repeat("x", 3*longestLine) + "\nFAIL\n", failed: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, size := range []int{1, 7, 1 << 20} {
				var out bytes.Buffer
				w := watcher{to: &out, json: tt.json}
				for rest := []byte(tt.text); len(rest) > 0; {
					n := min(size, len(rest))
					if got, err := w.Write(rest[:n]); got != n || err != nil {
						t.Fatalf("Write: %d, %v", got, err)
					}
					rest = rest[n:]
				}
				if out.String() != tt.text {
					t.Errorf("in pieces of %d: passed on %q", size, out.String())
				}
				if w.failed != tt.failed || w.unbuilt != tt.unbuilt || w.misused != tt.misused {
					t.Errorf("in pieces of %d: got %t, %t, %t; want %t, %t, %t", size, w.failed, w.unbuilt, w.misused, tt.failed, tt.unbuilt, tt.misused)
				}
			}
		})
	}
}

func TestCode(t *testing.T) {
	property := []finding{{Kind: "property"}}
	both := []finding{{Kind: "property"}, {Kind: nondeterminism}}
	for _, tt := range []struct {
		name string
		r    testResult
		want int
	}{
		{"passed", testResult{}, exitClean},
		{"failed", testResult{exit: 1, output: watcher{failed: true}}, exitFailed},
		{"property", testResult{exit: 1, output: watcher{failed: true}, findings: property}, exitFailed},
		{"nondeterminism", testResult{exit: 1, output: watcher{failed: true}, findings: both}, exitNondeterministic},
		{"nondeterminism hidden by TestMain", testResult{findings: both}, exitNondeterministic},
		{"not built", testResult{exit: 1, output: watcher{failed: true, unbuilt: true}, findings: both}, exitEnvironment},
		{"no test ran", testResult{exit: 1}, exitEnvironment},
		{"go command's usage", testResult{exit: 2}, exitUsage},
		{"test's usage", testResult{exit: 1, output: watcher{failed: true, misused: true}}, exitUsage},
		{"words of a test that passed", testResult{output: watcher{misused: true}}, exitClean},
		{"interrupt", testResult{exit: 1, signal: os.Interrupt, output: watcher{failed: true}}, 130},
		{"termination", testResult{exit: -1, signal: syscall.SIGTERM}, 143},
		{"signal that changed nothing", testResult{signal: os.Interrupt}, exitClean},
		{"go command killed", testResult{exit: -1}, exitEnvironment},
	} {
		if got := tt.r.code(); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestWeight(t *testing.T) {
	order := []int{exitClean, exitFailed, exitNondeterministic, exitEnvironment, exitUsage, 130}
	for i := range order[1:] {
		if weight(order[i]) >= weight(order[i+1]) {
			t.Errorf("%d weighs %d, %d weighs %d", order[i], weight(order[i]), order[i+1], weight(order[i+1]))
		}
	}
}

func TestReadFindings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "findings")
	for _, tt := range []struct {
		text string
		want int
		bad  bool
	}{
		{"", 0, false},
		{`{"test":"TestX","package":"a","kind":"property","seed":"0x1"}` + "\n", 1, false},
		{"{}\n{}\n", 2, false},
		{"{}\nnonsense\n", 1, true},
		{"{}\n{\"test\":", 1, true},
	} {
		if err := os.WriteFile(file, []byte(tt.text), 0o666); err != nil {
			t.Fatal(err)
		}
		got, err := readFindings(file)
		if len(got) != tt.want || (err != nil) != tt.bad {
			t.Errorf("%q: got %v, %v", tt.text, got, err)
		}
	}
	if _, err := readFindings(file + ".gone"); err == nil {
		t.Error("no error for a file that is gone")
	}
}
