package main

import (
	"encoding/json"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestEnv(t *testing.T) {
	overlay := "-overlay="
	if host.sealed {
		overlay = "-tags="
	}
	for _, tt := range []struct {
		name, before string
		want, absent string
	}{
		{"empty", "", "export GOFLAGS='" + overlay, ""},
		{"merged", "-v -tags=a,b", " -tags=a,b,terrella'\n", "-tags=a,b "},
		{"merged keeps others", "-count=1 -tags=a", "export GOFLAGS='-count=1 " + overlay, ""},
		{"quoted", "'-ldflags=-s -w'", `export GOFLAGS=''\''-ldflags=-s -w'\'' ` + overlay, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := call{env: []string{"GOENV=off", "GOFLAGS=" + tt.before}, args: []string{"env"}}.run(t)
			a.want(t, 0, tt.want, `#   eval "$(terrella env)"`)
			if tt.absent != "" {
				a.want(t, 0, "!"+tt.absent)
			}
		})
	}
	call{env: []string{"GOFLAGS=-overlay=other.json"}, args: []string{"env"}}.run(t).want(t, 2, "terrella: GOFLAGS holds -overlay=other.json", "!export")
}

// What env prints, plain go test understands; printed again under itself, it stays the same.
func TestEnvWorks(t *testing.T) {
	type object struct {
		Env        map[string]string
		BuildFlags []string
		Go         string
		Overlay    string
	}
	print := func(env ...string) object {
		t.Helper()
		a := call{env: env, args: []string{"env", "--json"}}.run(t)
		a.want(t, 0)
		var o object
		if err := json.Unmarshal([]byte(a.stdout), &o); err != nil {
			t.Fatalf("%v in %s", err, a.stdout)
		}
		return o
	}
	o := print("GOFLAGS=-tags=mine")
	want := []string{"-overlay=" + o.Overlay, "-tags=mine,terrella"}
	if host.sealed {
		want = want[1:]
	}
	if !slices.Equal(o.BuildFlags, want) {
		t.Errorf("build flags %q, want %q", o.BuildFlags, want)
	}
	var env []string
	for name, value := range o.Env {
		env = append(env, name+"="+value)
	}
	if again := print(env...); !maps.Equal(again.Env, o.Env) {
		t.Errorf("the variables were %q, are %q", o.Env, again.Env)
	}
	cmd := exec.Command("go", "test", "-v", "-run=Tags", ".")
	if path := o.Env["PATH"]; path != "" {
		cmd.Path = filepath.Join(filepath.SplitList(path)[0], "go")
	}
	cmd.Dir = tree(t, modules)
	cmd.Env = append(cmd.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "tags: mine patched") {
		t.Errorf("go test: %v\n%s", err, out)
	}
}
