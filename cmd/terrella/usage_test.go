package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUsage(t *testing.T) {
	for _, tt := range []struct {
		args []string
		code int
		want []string
	}{
		{nil, 2, []string{"Available Commands:", "doctor", "env", "test", "version"}},
		{[]string{"help"}, 0, []string{"Exit codes:", "Available Commands:"}},
		{[]string{"--help"}, 0, []string{"Available Commands:"}},
		{[]string{"frobnicate"}, 2, []string{`terrella: unknown command "frobnicate"`, "Run terrella help"}},
		{[]string{"tets"}, 2, []string{`terrella: unknown command "tets"`, "Did you mean this?\n\ttest\n"}},
		{[]string{"--frobnicate"}, 2, []string{"terrella: unknown flag: --frobnicate"}},
		{[]string{"env", "--frobnicate"}, 2, []string{"terrella: unknown flag: --frobnicate"}},
		{[]string{"env", "--josn"}, 2, []string{"terrella: unknown flag: --josn\n\nDid you mean this?\n\t--json\n"}},
		{[]string{"replay", "--trac", "x"}, 2, []string{"Did you mean this?\n\t--trace\n", "!--race"}},
		{[]string{"doctor", "--frobnicate"}, 2, []string{"terrella: unknown flag: --frobnicate"}},
		{[]string{"doctor", "more"}, 2, []string{"terrella: unknown command"}},
		{[]string{"version", "more"}, 2, []string{"terrella: unknown command"}},
	} {
		call{args: tt.args}.run(t).want(t, tt.code, tt.want...)
	}
}

// Each verb says in its help what it does, what its exit codes mean if they are not those of all, and has an example of its own.
func TestHelp(t *testing.T) {
	for _, verb := range newRoot().Commands() {
		name := verb.Name()
		if verb.Short == "" || verb.Long == "" || !strings.Contains(verb.Example, "terrella "+name) {
			t.Errorf("%s: the help lacks something: %q, %q, %q", name, verb.Short, verb.Long, verb.Example)
		}
		call{args: []string{"help", name}}.run(t).want(t, 0, "Examples:\n  ", "terrella "+name, "Usage:")
		call{args: []string{name, "--help"}}.run(t).want(t, 0, "Examples:\n  ")
	}
}

func TestVersion(t *testing.T) {
	call{args: []string{"version"}}.run(t).want(t, 0, "terrella  ", "go        go1.", "pcg-xsl-rr-128")
	call{env: []string{"PATH="}, args: []string{"version"}}.run(t).want(t, 0, "go        none on the path")
}

// A machine that lacks something is told so, by every verb that needs it, with exit code 3.
func TestEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		env  []string
		want string
	}{
		{"no go command", []string{"PATH=" + t.TempDir()}, "no go command on the path"},
		// A folder below a file can't be made, not even by those who may write everywhere.
		{"cache not writable", []string{"XDG_CACHE_HOME=" + filepath.Join(file, "cache"), "HOME=" + file, "LocalAppData=" + filepath.Join(file, "cache")},
			"cannot write the patched runtime"},
		{"no cache", []string{"XDG_CACHE_HOME=", "HOME=", "LocalAppData="}, "no place for the patched runtime"},
		{"GOFLAGS of nonsense", []string{"GOFLAGS='-v"}, "GOFLAGS"},
	} {
		for _, verb := range []string{"test", "doctor", "env"} {
			t.Run(tt.name+"/"+verb, func(t *testing.T) {
				call{env: tt.env, args: []string{verb}}.run(t).want(t, 3, tt.want, "!export", "!goroutine")
			})
		}
	}
	call{env: []string{"TMPDIR=" + file, "TMP=" + file, "TEMP=" + file}, args: []string{"test"}}.run(t).want(t, 3, "set TMPDIR")
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "ab", 2}, {"abc", "abc", 0}, {"josn", "json", 1}, {"shrnik", "shrink", 1}, {"trace", "trce", 1}, {"step", "stop", 1}, {"kitten", "sitting", 3}} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("from %q to %q it is %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
