package main

import (
	"strings"
	"testing"
)

// The tests of testdata/counter: one asks for all that the program promises, one for nothing.
func TestMutate(t *testing.T) {
	const all = "sync,dirsync,rename,partition,clock,point:no sync"
	for _, tt := range []struct {
		name string
		args []string
		code int
		want []string
	}{
		{"a test that notices all", []string{"--run", "^TestChecked$", "--weaken", all}, 0,
			[]string{"sync           –     TestChecked: ", "dirsync        –     TestChecked: ", "rename         –     TestChecked: ",
				"partition      –     TestChecked: the time is told (seed 0x", "clock          –     TestChecked: the time is told (seed 0x",
				"point:no sync  –     TestChecked: ", "counter.go:27", "!NOT NOTICED", "!whisper"}},
		{"a test with a hole", []string{"--run", "^TestUnchecked$", "--runs=20"}, 1,
			[]string{"\nsync ", "NOT NOTICED\n", "point:no sync  ", "NOT NOTICED (cmd/terrella/testdata/counter/counter.go:27)",
				"NOT NOTICED: no test comes to it (cmd/terrella/testdata/counter/counter.go:92)",
				"-run '^TestUnchecked$' -sim.mutate='point:no sync'", "!TestUnchecked: "}},
		{"a test that does not use it", []string{"--run", "^TestIdle$", "--weaken=sync,clock,partition", "--runs=2"}, 0,
			[]string{"sync       0     not used by the tests", "partition  0     not used by the tests"}},
		{"a point that is not there", []string{"--run", "^TestIdle$", "--weaken=point:nosuch", "--runs=2"}, 1, []string{"point:nosuch  0     NOT NOTICED: no test comes to it"}},
		{"a test that fails as it is", []string{"--run", "^TestBroken$"}, 1, []string{"fails without being weakened: ", "TestBroken failed"}},
		{"no test with worlds", []string{"--run", "^TestPlain$"}, 2, []string{"no test was found that runs worlds"}},
		{"no promise", []string{"--weaken=nosuch"}, 2, []string{`"nosuch" is no promise; there are sync, dirsync`}},
		{"no runs", []string{"--runs=0"}, 2, []string{"want at least 1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			call{args: append([]string{"mutate", "./testdata/counter"}, tt.args...)}.run(t).want(t, tt.code, tt.want...)
		})
	}
	call{dir: tree(t, modules), args: []string{"mutate", "./sub/...", "./broken"}}.run(t).want(t, 2, "no test was found that runs worlds")
}

// A failure of a weakened world is seen again with the same weakening, and not kept among those of real worlds.
func TestMutateFlag(t *testing.T) {
	run := func(mutate string) answer {
		args := strings.Fields("test ./testdata/counter -run=TestChecked -sim.runs=100 -sim.shrinktime=0")
		return call{args: append(args, "-sim.mutate="+mutate)}.run(t)
	}
	run("point:no sync").want(t, 1, "-sim.seed=0x", " -sim.mutate='point:no sync'", "!-sim.replay")
	run("none").want(t, 0, "ok")
	run("nosuch").want(t, 2, `"nosuch" is no weakening; there are sync, dirsync, rename, partition, clock, point:NAME and none`)
}
