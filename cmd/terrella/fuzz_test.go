package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/campaign"
)

func TestParseSize(t *testing.T) {
	for text, want := range map[string]uint64{"2GiB": 2 << 30, "512MiB": 512 << 20, "3 KiB": 3 << 10, "7B": 7} {
		if got, err := parseSize(text); err != nil || got != want {
			t.Errorf("%s: %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "2", "2GB", "GiB", "-1GiB", "0MiB", "1.5GiB", "99999999999GiB", "much"} {
		if got, err := parseSize(text); err == nil {
			t.Errorf("%q is read as %d", text, got)
		}
	}
}

func TestMatcher(t *testing.T) {
	for _, test := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "TestX/one", true},
		{"^TestX$", "TestX", true},
		{"^TestX$", "TestXY", false},
		{"^TestX$", "TestX/one", true},
		{"^TestX$/^one$", "TestX", true}, // it may have a subtest of that name
		{"^TestX$/^one$", "TestX/one", true},
		{"^TestX$/^one$", "TestX/two", false},
	} {
		match, err := matcher(test.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := match(test.name); got != test.want {
			t.Errorf("%q matches %s: %t; want %t", test.pattern, test.name, got, test.want)
		}
	}
	if _, err := matcher("("); err == nil {
		t.Error("half a group is taken for a pattern")
	}
}

func TestWithModulesBelow(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"go.mod", "a/go.mod", "a/b/go.mod", "c/c.go", "testdata/go.mod", "vendor/x/go.mod", ".hidden/go.mod", "_off/go.mod"} {
		name = filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	a, b := filepath.Join(home, "a", "..."), filepath.Join(home, "a", "b", "...")
	for _, test := range []struct{ patterns, want []string }{
		{[]string{"./..."}, []string{"./...", a, b}},
		{[]string{"./a/..."}, []string{"./a/...", b}},
		{[]string{"./a", "./c/..."}, []string{"./a", "./c/..."}},
		{[]string{"example.com/x/...", "./nowhere/..."}, []string{"example.com/x/...", "./nowhere/..."}},
	} {
		got, err := withModulesBelow(home, test.patterns)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, %v; want %q", test.patterns, got, err, test.want)
		}
	}
}

func TestProgress(t *testing.T) {
	var b strings.Builder
	terminal := progress{to: &b, terminal: true}
	terminal.show("one")
	terminal.show("two")
	terminal.note("a finding\n")
	terminal.show("three")
	want := noWrap + "one" + wrap + "\r\x1b[K" + noWrap + "two" + wrap + "\r\x1b[Kterrella: a finding\n" + noWrap + "three" + wrap
	if b.String() != want {
		t.Errorf("on a terminal %q; want %q", b.String(), want)
	}
	b.Reset()
	file := progress{to: &b}
	file.show("one")
	file.note("a finding")
	if want := "terrella: one\nterrella: a finding\n"; b.String() != want {
		t.Errorf("elsewhere %q; want %q", b.String(), want)
	}
}

func TestSummaryOfAStatus(t *testing.T) {
	s := campaign.Status{Elapsed: 10 * time.Second, Seeds: 40, Varied: 10, Virtual: time.Hour, Failures: 3, Buckets: 1, Checks: 2, Deaths: 1, Code: 7, States: 1, Looking: 1}
	const want = "10s: 40 seeds, 5 worlds/s, virtual 1h0m0s, 3 failures in 1 bucket, 10 worlds varied, coverage 7 and 1 state (1 being looked into), 2 checks reached, 1 worker replaced"
	if got := summaryOf(s); got != want {
		t.Errorf("%s; want %s", got, want)
	}
}

// Where no campaign can be, that is said before anything is built.
func TestCampaignsOn(t *testing.T) {
	for system, want := range map[string]bool{"linux": true, "darwin": true, "freebsd": true, "windows": false} {
		err := campaignsOn(system)
		if (err == nil) != want || err != nil && !strings.Contains(err.Error(), "no campaigns on "+system) {
			t.Errorf("%s: %v; campaigns are there: %t", system, err, want)
		}
	}
}
