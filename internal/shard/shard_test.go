package shard

import (
	"strings"
	"testing"
)

// Each piece of work is one job's, and jobs of the same count share it evenly.
func TestPartition(t *testing.T) {
	const pieces = 1000
	for count := 1; count <= 64; count++ {
		var owners [pieces]int
		for index := range count {
			s := Shard{index, count}
			own := 0
			for i := range uint64(pieces) {
				if s.Has(i) {
					owners[i]++
					if nth := s.Nth(uint64(own)); nth != i {
						t.Fatalf("%v: piece %d is %d; want %d", s, own, nth, i)
					}
					own++
				}
			}
			if own != pieces/count && own != pieces/count+1 {
				t.Errorf("%v has %d of %d", s, own, pieces)
			}
		}
		for i, n := range owners {
			if n != 1 {
				t.Fatalf("of %d shards %d have piece %d", count, n, i)
			}
		}
	}
}

func TestZero(t *testing.T) {
	var s Shard
	if !s.Has(0) || !s.Has(7) || s.Nth(7) != 7 || s.String() != "1/1" {
		t.Errorf("the zero shard, %v, does not do all the work", s)
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]Shard{"1/1": {0, 1}, "3/16": {2, 16}, "16/16": {15, 16}} {
		if s, err := Parse(text); err != nil || s != want || s.String() != text {
			t.Errorf("%s: %v, %v; want %v", text, s, err, want)
		}
	}
	for text, want := range map[string]string{
		"": "want one such as", "3": "want one such as", "3/": "want one such as", "a/b": "want one such as", "3/16/2": "want one such as",
		"0/16": "the first is 1/16", "17/16": "the last is 16/16", "1/0": "0 shards", "1/-2": "-2 shards",
	} {
		if s, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v; want an error with %q", text, s, err, want)
		}
	}
}

func TestFind(t *testing.T) {
	for _, test := range []struct {
		flag string
		env  string
		want string // the shard, or what the error says
		from string
	}{
		{"", "", "1/1", ""},
		{"3/16", "TERRELLA_SHARD=4/16", "3/16", "--shard"},
		{"17/16", "", "the last is", "--shard"},
		{"", "TERRELLA_SHARD=4/16 CI_NODE_INDEX=1 CI_NODE_TOTAL=2", "4/16", "TERRELLA_SHARD"},
		{"", "TERRELLA_SHARD=/16", "TERRELLA_SHARD: ", "TERRELLA_SHARD"},
		{"", "JOB_COMPLETION_INDEX=0 JOB_COMPLETIONS=5", "1/5", "JOB_COMPLETION_INDEX and JOB_COMPLETIONS"},
		{"", "JOB_COMPLETION_INDEX=4 JOB_COMPLETIONS=5", "5/5", "JOB_COMPLETION_INDEX and JOB_COMPLETIONS"},
		{"", "JOB_COMPLETION_INDEX=5 JOB_COMPLETIONS=5", "JOB_COMPLETION_INDEX is 5, counted from 0, and JOB_COMPLETIONS is 5", "JOB_COMPLETION_INDEX and JOB_COMPLETIONS"},
		{"", "JOB_COMPLETION_INDEX=0", "set JOB_COMPLETIONS in the manifest", ""},
		{"", "JOB_COMPLETION_INDEX=x JOB_COMPLETIONS=5", "JOB_COMPLETION_INDEX is \"x\"", "JOB_COMPLETION_INDEX and JOB_COMPLETIONS"},
		{"", "CI_NODE_INDEX=1 CI_NODE_TOTAL=4", "1/4", "CI_NODE_INDEX and CI_NODE_TOTAL"},
		{"", "CI_NODE_INDEX=4 CI_NODE_TOTAL=4", "4/4", "CI_NODE_INDEX and CI_NODE_TOTAL"},
		{"", "CI_NODE_INDEX=0 CI_NODE_TOTAL=4", "CI_NODE_INDEX is 0, counted from 1", "CI_NODE_INDEX and CI_NODE_TOTAL"},
		{"", "CI_NODE_INDEX=1 CI_NODE_TOTAL=many", "CI_NODE_TOTAL is \"many\"", "CI_NODE_INDEX and CI_NODE_TOTAL"},
		{"", "CI_NODE_TOTAL=1", "1/1", ""}, // GitLab without "parallel"
		{"", "CI_NODE_TOTAL=4", "only one is set", ""},
		{"", "CI_NODE_INDEX=1", "only one is set", ""},
	} {
		env := make(map[string]string)
		for _, v := range strings.Fields(test.env) {
			name, value, _ := strings.Cut(v, "=")
			env[name] = value
		}
		s, from, err := Find(test.flag, func(name string) (string, bool) { v, ok := env[name]; return v, ok })
		got := s.String()
		if err != nil {
			got = err.Error()
		}
		if ok := got == test.want || err != nil && strings.Contains(got, test.want); !ok || from != test.from {
			t.Errorf("--shard %q, %s: %s from %q; want %s from %q", test.flag, test.env, got, from, test.want, test.from)
		}
	}
}
