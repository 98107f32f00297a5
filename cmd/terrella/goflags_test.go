package main

import (
	"slices"
	"testing"

	"github.com/terrella-go/terrella/internal/overlay"
)

func TestParseGoFlags(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want goFlags
		out  string // what String makes of it; empty: the same as in
	}{
		{"", nil, ""},
		{"  \t ", nil, "\x00"},
		{"-race", goFlags{"-race"}, ""},
		{"-race  -tags=a,b\n-v", goFlags{"-race", "-tags=a,b", "-v"}, "-race -tags=a,b -v"},
		{`'-ldflags=-s -w' -v`, goFlags{"-ldflags=-s -w", "-v"}, ""},
		{`"-tags=a b"`, goFlags{"-tags=a b"}, `'-tags=a b'`},
		{`"-overlay=/it's here"`, goFlags{"-overlay=/it's here"}, ""},
		{`-gcflags='x'`, goFlags{"-gcflags='x'"}, `"-gcflags='x'"`}, // quotes count at the beginning only
	} {
		got, err := parseGoFlags(tt.in)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %q, %v; want %q", tt.in, got, err, tt.want)
		}
		out := tt.out
		switch out {
		case "":
			out = tt.in
		case "\x00":
			out = ""
		}
		if got.String() != out {
			t.Errorf("%q: written %q, want %q", tt.in, got, out)
		}
		again, err := parseGoFlags(got.String())
		if err != nil || !slices.Equal(again, got) {
			t.Errorf("%q: read back as %q, %v", got, again, err)
		}
	}
	for _, in := range []string{`'-v`, `-v "-x`} {
		if got, err := parseGoFlags(in); err == nil {
			t.Errorf("%q: got %q, want an error", in, got)
		}
	}
}

func TestGoFlags(t *testing.T) {
	f := goFlags{"-tags=a", "--tags=b", "-json=false", "-json", "-race=0"}
	if v, ok := f.value("tags"); v != "b" || !ok {
		t.Errorf("tags: got %q, %t", v, ok)
	}
	if _, ok := f.value("overlay"); ok {
		t.Error("overlay found")
	}
	for name, want := range map[string]bool{"json": true, "race": false, "cover": false} {
		if f.on(name) != want {
			t.Errorf("%s on: %t", name, !want)
		}
	}
	if got, want := f.without("tags", "race"), (goFlags{"-json=false", "-json"}); !slices.Equal(got, want) {
		t.Errorf("without: got %q, want %q", got, want)
	}
}

func TestWithTag(t *testing.T) {
	for in, want := range map[string]string{
		"":                "terrella",
		"a":               "a,terrella",
		"a,b":             "a,b,terrella",
		"a b":             "a,b,terrella",
		"'a' 'b'":         "a,b,terrella",
		"terrella,a":      "a,terrella",
		"a,,terrella,b  ": "a,b,terrella",
	} {
		if got := withTag(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestCheckOverlay(t *testing.T) {
	o := &overlay.Overlay{Dir: "/cache/terrella/runtime/new", File: "/cache/terrella/runtime/new/overlay.json"}
	for file, ok := range map[string]bool{
		"":        true,
		o.File:    true,
		"/x.json": false,
		"/cache/terrella/runtime/old/overlay.json": true, // of a version before
	} {
		if err := checkOverlay(o, "GOFLAGS", file); (err == nil) != ok {
			t.Errorf("%q: got %v, want accepted: %t", file, err, ok)
		}
	}
}
