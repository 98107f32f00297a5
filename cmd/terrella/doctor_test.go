package main

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/terrella-go/terrella/internal/selfcheck"
)

func TestDoctor(t *testing.T) {
	a := call{args: []string{"doctor"}}.run(t)
	a.want(t, 0, "48 seeds agree, each run twice in 3 processes", "!FAIL")
	line := regexp.MustCompile(`^(ok    |      )[a-z -]{20}[^ ]`)
	names := []string{"go command", "supported release", "patched runtime", "self-check", "self-check built", "self-check", "planted flaws", "time taken"}
	lines := strings.Split(strings.TrimSuffix(a.stdout, "\n"), "\n")
	if len(lines) != len(names) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(names), a.stdout)
	}
	for i, l := range lines {
		if !line.MatchString(l) || !strings.HasPrefix(l[6:], names[i]+" ") {
			t.Errorf("line %q is not about %q, or not aligned", l, names[i])
		}
	}
}

// GOFLAGS that hold the patched runtime already, by terrella env, do no harm.
func TestDoctorInItsOwnEnvironment(t *testing.T) {
	env := call{args: []string{"env"}}.run(t)
	_, flags, ok := strings.Cut(env.stdout, "export GOFLAGS='")
	flags, _, closed := strings.Cut(flags, "'")
	if !ok || !closed {
		t.Fatalf("no GOFLAGS in %q", env.stdout)
	}
	call{env: []string{"GOFLAGS=" + flags}, args: []string{"doctor"}}.run(t).want(t, 0, "planted flaws", "!FAIL")
}

func TestDoctorElsewhere(t *testing.T) {
	call{tree(t, map[string]string{"go.mod": goMod("example.com/m")}), nil, []string{"doctor"}}.run(t).
		want(t, 3, "ok    patched runtime", "FAIL  self-check built", "no module here requires "+modulePath)
}

// Reports that disagree, or that missed what was planted, end the command with exit code 4.
func TestDoctorJudges(t *testing.T) {
	report := func(process uint64) *selfcheck.Report {
		return &selfcheck.Report{Worlds: []selfcheck.World{{Seed: 1, Schedule: 2}}, CaughtWithin: true, ProcessHash: process}
	}
	for _, tt := range []struct {
		name string
		harm func(*selfcheck.Report)
		want string // empty: agreement
	}{
		{"agreement", func(*selfcheck.Report) {}, ""},
		{"hashes", func(r *selfcheck.Report) { r.Worlds[0].Schedule++ }, "seed 1 differs"},
		{"two runs", func(r *selfcheck.Report) { r.Divergence = "two runs of seed 1 differ\nfirst run" }, "two runs of seed 1 differ\n                          first run"},
		{"blind", func(r *selfcheck.Report) { r.CaughtWithin = false }, "blind"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			reports := []*selfcheck.Report{report(1), report(2)}
			tt.harm(reports[1])
			var out bytes.Buffer
			err := (&doctor{&out}).judge(reports)
			var e *exitError
			switch {
			case tt.want == "":
				if err != nil || strings.Contains(out.String(), "FAIL") {
					t.Errorf("got %v and %q", err, out.String())
				}
			case !errors.As(err, &e) || e.code != exitNondeterministic || !strings.Contains(out.String(), "FAIL  self-check") || !strings.Contains(out.String(), tt.want):
				t.Errorf("got %v and %q, want exit code 4 and %q", err, out.String(), tt.want)
			}
		})
	}
}
