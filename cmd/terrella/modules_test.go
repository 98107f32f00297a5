package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPlanRuns(t *testing.T) {
	home := tree(t, map[string]string{
		"go.mod":         goMod("example.com/top"),
		"a/a.go":         "package a\n",
		"sub/go.mod":     goMod("example.com/sub"),
		"sub/b/b.go":     "package b\n",
		"sub/in/go.mod":  goMod("example.com/in"),
		"other/go.mod":   goMod("example.com/other"),
		"go.mod.d/x.txt": "",
	})
	for _, tt := range []struct {
		packages string
		members  string
		want     string // runs: folder, colon, packages; separated by semicolons
	}{
		{"", "", ".:"},
		{"./...", "", ".:./..."},
		{"./a std example.com/sub/b", "", ".:./a std example.com/sub/b"},
		{"./sub", "", "sub:."},
		{"./sub/", "", "sub:."},
		{"./sub/...", "", "sub:./..."},
		{"./sub/b", "", "sub:./b"},
		{"./sub/b...", "", "sub:./b..."},
		{"./sub/b/b.go", "", "sub:./b/b.go"},
		{"sub/b/b.go", "", "sub:./b/b.go"},
		{"sub/b", "", ".:sub/b"}, // an import path
		{"HOME/sub/b", "", "sub:./b"},
		{"./sub/in ./a ./other ./sub/in/x ./a/...", "", "sub/in:. ./x;.:./a ./a/...;other:."},
		{"./nosuch/deeper", "", ".:./nosuch/deeper"},
		{"./sub/b ./other", "sub", ".:./sub/b;other:."}, // sub is in the workspace
	} {
		asked := 0
		members := func() ([]string, error) {
			asked++
			if tt.members == "" {
				return nil, nil
			}
			return []string{filepath.Join(home, tt.members)}, nil
		}
		runs, err := planRuns(home, strings.Fields(strings.ReplaceAll(tt.packages, "HOME", home)), members)
		if err != nil {
			t.Errorf("%s: %v", tt.packages, err)
			continue
		}
		var got []string
		for _, r := range runs {
			rel, err := filepath.Rel(home, r.dir)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, filepath.ToSlash(rel)+":"+strings.Join(r.packages, " "))
		}
		if !slices.Equal(got, strings.Split(tt.want, ";")) {
			t.Errorf("%s: got %q, want %q", tt.packages, got, tt.want)
		}
		if foreign := tt.want[0] != '.' || strings.Contains(tt.want, ";"); asked > 1 || (asked == 1) != foreign {
			t.Errorf("%s: asked for the workspace's modules %d times", tt.packages, asked)
		}
	}
}

// A folder that is in no module can name packages that are in one.
func TestPlanRunsOutside(t *testing.T) {
	home := tree(t, map[string]string{"m/go.mod": goMod("example.com/m")})
	runs, err := planRuns(home, []string{"./m/..."}, func() ([]string, error) { return nil, nil })
	if err != nil || len(runs) != 1 || runs[0].dir != filepath.Join(home, "m") || runs[0].packages[0] != "./..." {
		t.Errorf("got %v, %v", runs, err)
	}
}
