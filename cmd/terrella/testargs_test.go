package main

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestParseTestArgs(t *testing.T) {
	for _, tt := range []struct {
		args     string // separated by spaces
		before   string
		packages string
		after    string
		values   map[string]string
		sim      string
	}{
		{args: ""},
		{args: "./...", packages: "./..."},
		{args: "-v ./a ./b -run X", before: "-v", packages: "./a ./b", after: "-run X", values: map[string]string{"v": "true", "run": "X"}},
		{args: "-run X ./a", before: "-run X", packages: "./a", values: map[string]string{"run": "X"}},
		{args: "--count=3 ./a", before: "--count=3", packages: "./a", values: map[string]string{"count": "3"}},
		{args: "-test.run X ./a", before: "-test.run X", packages: "./a", values: map[string]string{"run": "X"}},
		{args: "./a -sim.runs=200 -v", packages: "./a", after: "-v", sim: "-sim.runs=200", values: map[string]string{"v": "true"}},
		{args: "-v --sim.verify -run X ./a -sim.runs=2", before: "-v -run X", packages: "./a", sim: "-sim.verify -sim.runs=2", values: map[string]string{"run": "X"}},
		{args: "./a -other -sim.verify -v", packages: "./a", after: "-other -v", sim: "-sim.verify"},
		{args: "./a -args -sim.verify", packages: "./a", after: "-args -sim.verify"},
		{args: "./a -sim.runs 200 -v", packages: "./a", after: "-sim.runs 200 -v", values: map[string]string{"v": "true"}},
		{args: "./a -sim.verify x y -tags z", packages: "./a", after: "-sim.verify x y -tags z"},
		{args: "-sim.verify ./a", after: "-sim.verify ./a"}, // as with go test: a flag unknown to it ends the packages
		{args: "-other=2 ./a", after: "-other=2 ./a"},
		{args: "-sim.runs=2 ./a", packages: "./a", sim: "-sim.runs=2"},
		{args: "./a -v ./b", packages: "./a", after: "-v ./b"},
		{args: "-tags x ./a", packages: "./a", values: map[string]string{"tags": "x"}},
		{args: "./a -v -tags=x -race", packages: "./a", after: "-v -race", values: map[string]string{"tags": "x"}},
		{args: "-tags=x -tags=y", values: map[string]string{"tags": "y"}},
		{args: "-o bin ./a -c", packages: "./a", after: "-c", values: map[string]string{"o": "bin", "c": "true"}},
		{args: "./a -args -tags x -overlay=y -h", packages: "./a", after: "-args -tags x -overlay=y -h"},
		{args: "./a -- -tags x", packages: "./a", after: "-- -tags x"},
		{args: "- ./a", packages: "- ./a"},
	} {
		a, err := parseTestArgs(strings.Fields(tt.args))
		if err != nil {
			t.Errorf("%s: %v", tt.args, err)
			continue
		}
		got := []string{strings.Join(a.before, " "), strings.Join(a.packages, " "), strings.Join(a.after, " ")}
		if want := []string{tt.before, tt.packages, tt.after}; !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", tt.args, got, want)
		}
		if got := strings.Join(a.sim, " "); got != tt.sim {
			t.Errorf("%s: flags for package sim are %q, want %q", tt.args, got, tt.sim)
		}
		for name, want := range tt.values {
			if a.values[name] != want {
				t.Errorf("%s: -%s is %q, want %q", tt.args, name, a.values[name], want)
			}
		}
		if _, ok := a.values["tags"]; ok && tt.values["tags"] == "" {
			t.Errorf("%s: tags %q", tt.args, a.values["tags"])
		}
		if a.help {
			t.Errorf("%s: taken for a call for help", tt.args)
		}
	}
}

func TestParseTestArgsRefuses(t *testing.T) {
	for _, args := range []string{"-overlay=x", "-overlay x", "./a -v --overlay=x", "-tags", "./a -run", "-C"} {
		if a, err := parseTestArgs(strings.Fields(args)); err == nil {
			t.Errorf("%s: got %+v, want an error", args, a)
		}
	}
}

func TestParseTestArgsChdir(t *testing.T) {
	for _, args := range []string{"-C d ./a", "-C=d ./a", "--C=d ./a"} {
		a, err := parseTestArgs(strings.Fields(args))
		if err != nil || a.chdir != "d" || !slices.Equal(a.packages, []string{"./a"}) || a.before != nil {
			t.Errorf("%s: got %+v, %v", args, a, err)
		}
	}
	// Elsewhere the go command refuses it.
	if a, err := parseTestArgs([]string{"-v", "-C", "d"}); err != nil || a.chdir != "" || !slices.Equal(a.before, []string{"-v", "-C", "d"}) {
		t.Errorf("got %+v, %v", a, err)
	}
}

// Files stay where they are named from, wherever go test runs.
func TestPathFlags(t *testing.T) {
	for _, tt := range []struct{ args, same, other string }{
		{"-v ./a", "", ""},
		{"-c ./a", "", "-o=/home -outputdir=/home"},
		{"-c=false ./a", "", "-outputdir=/home"},
		{"-c -o x ./a", "-o=x", "-o=/home/x -outputdir=/home"},
		{"-o /abs ./a", "-o=/abs", "-o=/abs -outputdir=/home"},
		{"./a -coverprofile=c", "", "-outputdir=/home"},
		{"./a -trace=t -outputdir=out", "-outputdir=out", "-outputdir=/home/out"},
		{"-modfile=m -pgo=auto", "-modfile=m -pgo=auto", "-modfile=/home/m -pgo=auto"},
		{"-pgo=p", "-pgo=p", "-pgo=/home/p"},
	} {
		a, err := parseTestArgs(strings.Fields(tt.args))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(a.goFlags("/home", "/home"), " "); got != tt.same {
			t.Errorf("%s, in the same folder: got %q, want %q", tt.args, got, tt.same)
		}
		if got := strings.Join(a.goFlags("/home", "/other"), " "); got != tt.other {
			t.Errorf("%s, in another folder: got %q, want %q", tt.args, got, tt.other)
		}
	}
}

// The go command's own help tells which flags it knows. One that is missing from the table would be taken
// for a flag of the test.
func TestFlagTable(t *testing.T) {
	flag := regexp.MustCompile(`(?m)^\t-([a-zA-Z]+)( .+)?$`)
	found := 0
	for _, topic := range []string{"build", "test", "testflag"} {
		out, err := exec.Command("go", "help", topic).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range flag.FindAllStringSubmatch(string(out), -1) {
			name, valued := m[1], m[2] != ""
			if name == "args" {
				continue
			}
			found++
			if got, ok := goTestFlags[name]; !ok || got != valued {
				t.Errorf("go help %s has -%s, which takes a value: %t; the table has it: %t, takes a value: %t", topic, name, valued, ok, got)
			}
		}
	}
	if found < 50 {
		t.Errorf("found %d flags only; has the format of go help changed?", found)
	}
}
