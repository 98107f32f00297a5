package findings

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/terrella-go/terrella/internal/plan"
)

// failure returns a failure file as package sim writes it, changed by edit.
func failure(seed uint64, edit func(*plan.File)) *plan.File {
	faults := []string{"crash b at 3.2s for 800ms", "partition a | b c at 5s for 2s"}
	f := &plan.File{
		Test: "TestRegister", Package: "example.com/register", Property: "linearizable", Message: "no order explains it",
		Found:  plan.Found{Step: 2000 + seed, Time: 5e9, Schedule: plan.Number(seed * 3), Events: plan.Number(seed * 5)},
		Site:   plan.Site{Func: "example.com/register.TestRegister.func1", File: "register/register_test.go", Line: 61},
		Plan:   plan.Plan{Seed: plan.Number(seed), Faults: &faults, Operations: &[]plan.Operation{{Client: "client1"}}},
		Shrunk: &plan.Shrunk{Finished: true},
	}
	if edit != nil {
		edit(f)
	}
	return f
}

func TestFromFile(t *testing.T) {
	f := FromFile(failure(7, nil), "testdata/sim/TestRegister/linearizable-7.json")
	want := &Finding{
		Kind: Property, Package: "example.com/register", Test: "TestRegister", Property: "linearizable", Message: "no order explains it",
		Site:   plan.Site{Func: "example.com/register.TestRegister.func1", File: "register/register_test.go", Line: 61},
		Shrunk: true, FaultKinds: []string{"crash", "partition"}, Seed: 7, Schedule: 21, Events: 35,
		File: "testdata/sim/TestRegister/linearizable-7.json", Faults: 2, Operations: 1, Steps: 2007, At: 5e9,
	}
	if !reflect.DeepEqual(f, want) {
		t.Errorf("got  %+v\nwant %+v", f, want)
	}
	const key = "example.com/register | TestRegister | property | linearizable | example.com/register.TestRegister | crash+partition"
	if k := f.Key(); k.Text != key || k.ID != "c1f44a59" {
		t.Errorf("key %q, %s", k.Text, k.ID)
	}
	if line := f.Replay(); line != "terrella replay testdata/sim/TestRegister/linearizable-7.json" {
		t.Errorf("replay line: %s", line)
	}
}

func TestKinds(t *testing.T) {
	for _, test := range []struct {
		want Kind
		edit func(*plan.File)
	}{
		{Property, nil},
		{Crash, func(f *plan.File) { f.Property, f.Message = "", "panic in goroutine 7 of node a: index out of range" }},
		{Property, func(f *plan.File) { f.Property, f.Message = "no panics", "panic in goroutine 7 of node a" }},
		{Unfinished, func(f *plan.File) { f.Property, f.Site = "step limit", plan.Site{} }},
		{Property, func(f *plan.File) { f.Property = "step limit" }}, // the program's own
		{Property, func(f *plan.File) { f.Property, f.Site = "deadlock", plan.Site{} }},
	} {
		if f := FromFile(failure(1, test.edit), ""); f.Kind != test.want {
			t.Errorf("%q, %q, %q: kind %q; want %q", f.Property, f.Message, f.Site.Func, f.Kind, test.want)
		}
	}
}

// What unrelated edits and other seeds change must not split a bucket; what tells bugs apart must.
func TestKeys(t *testing.T) {
	base := FromFile(failure(1, nil), "").Key()
	faults := func(lines ...string) func(*plan.File) {
		return func(f *plan.File) { f.Plan.Faults = &lines }
	}
	for _, test := range []struct {
		what string
		same bool
		edit func(*plan.File)
	}{
		{"another line", true, func(f *plan.File) { f.Site.Line = 99 }},
		{"another function literal before", true, func(f *plan.File) { f.Site.Func = "example.com/register.TestRegister.func2.3" }},
		{"the file renamed", true, func(f *plan.File) { f.Site.File = "register/storm_test.go" }},
		{"another message", true, func(f *plan.File) { f.Message = "no order explains that" }},
		{"other victims and times", true, faults("partition c | a b at 1s for 1s", "crash a at 1s for 1s", "crash b at 9s for 1s")},
		{"another property", false, func(f *plan.File) { f.Property = "a write succeeds" }},
		{"another function", false, func(f *plan.File) { f.Site.Func = "example.com/register.Serve" }},
		{"another test", false, func(f *plan.File) { f.Test = "TestRegister/large" }},
		{"another package", false, func(f *plan.File) { f.Package = "example.com/queue" }},
		{"other kinds of faults", false, faults("crash b at 3.2s for 800ms")},
		{"a fault point", false, faults("crash b at 3.2s for 800ms", "partition a | b c at 5s for 2s", "fire before-ack at 2nd visit of b")},
		{"no shrinking", false, func(f *plan.File) { f.Shrunk = nil }},
	} {
		if k := FromFile(failure(2, test.edit), "").Key(); (k == base) != test.same {
			t.Errorf("%s: same bucket is %t; want %t: %s", test.what, k == base, test.same, k.Text)
		}
	}
	fire := func(point string) Key { return FromFile(failure(1, faults("fire "+point+" at 1st visit")), "").Key() }
	if fire("before-ack") == fire("after-ack") {
		t.Error("two fault points are one kind")
	}
	sneaky := FromFile(failure(1, func(f *plan.File) { f.Test, f.Property = "TestRegister | property | linearizable", "" }), "").Key()
	if sneaky.Text == base.Text {
		t.Error("a name with a bar in it has the key of another bucket")
	}
}

// many returns n findings in several buckets, a tenth of them twice.
func many(n int) []*Finding {
	var out []*Finding
	for i := range n {
		f := FromFile(failure(uint64(i%(n-n/10)), func(f *plan.File) {
			f.Property = fmt.Sprint("property ", uint64(f.Plan.Seed)%7)
			f.Found.Step = uint64(f.Plan.Seed) * 7919 % 1009
			if i%2 == 0 {
				lines := []string{"crash b at 3.2s for 800ms"}
				f.Plan.Faults = &lines
			}
		}), fmt.Sprintf("out/%05d.json", i))
		out = append(out, f)
	}
	return out
}

func TestSetIgnoresOrder(t *testing.T) {
	all := many(400)
	var want []*Bucket
	r := rand.New(rand.NewSource(1))
	for round := range 20 {
		var s Set
		counted := 0
		for _, f := range all {
			ok, err := s.Add(f)
			if err != nil {
				t.Fatal(err)
			}
			if ok {
				counted++
			}
		}
		if counted != s.Count() {
			t.Fatalf("%d were counted, and the count is %d", counted, s.Count())
		}
		if round == 0 {
			want = s.Buckets()
			if len(want) != 14 {
				t.Errorf("%d buckets; want 14", len(want))
			}
		}
		if got := s.Buckets(); !reflect.DeepEqual(got, want) {
			t.Fatalf("round %d: the buckets depend on the order", round)
		}
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	for _, b := range want {
		if len(b.Smallest) != Kept || !slices.IsSortedFunc(b.Smallest, compare) {
			t.Errorf("%s keeps %d", b.Key.Text, len(b.Smallest))
		}
		members := slices.DeleteFunc(slices.Clone(all), func(f *Finding) bool { return f.Key() != b.Key })
		if first := slices.MinFunc(members, compare); b.Smallest[0] != first {
			t.Errorf("%s: smallest is %v; want %v", b.Key.Text, b.Smallest[0], first)
		}
	}
}

// A failure that comes twice is one failure; its smaller form is kept.
func TestSetCountsOnce(t *testing.T) {
	found, shrunk := FromFile(failure(1, nil), "a.json"), FromFile(failure(1, nil), "b.json")
	shrunk.Operations, shrunk.Kept = 0, true
	for _, order := range [][]*Finding{{found, shrunk}, {shrunk, found}} {
		var s Set
		for _, f := range order {
			if _, err := s.Add(f); err != nil {
				t.Fatal(err)
			}
		}
		if b := s.Buckets()[0]; b.Count != 1 || b.Fresh != 1 || len(b.Smallest) != 1 || b.Smallest[0] != shrunk {
			t.Errorf("count %d, smallest %v", b.Count, b.Smallest)
		}
	}
}

// What was only counted belongs to its bucket, whichever comes first, and is a bucket nowhere else.
func TestSetCounted(t *testing.T) {
	f := &Finding{Kind: Property, Package: "p", Test: "TestA", Seed: 7}
	for _, first := range []bool{true, false} {
		var s Set
		if first {
			s.AddCounted(f.Key().Text, 30)
		}
		if _, err := s.Add(f); err != nil {
			t.Fatal(err)
		}
		if !first {
			s.AddCounted(f.Key().Text, 30)
		}
		s.AddCounted(f.Key().Text, 4)
		s.AddCounted("another key", 5)
		if b := s.Buckets()[0]; s.Len() != 1 || s.Count() != 35 || b.Fresh != 35 || len(b.Smallest) != 1 {
			t.Errorf("%d buckets, %d findings, the first bucket %+v; want one with 35", s.Len(), s.Count(), b)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	for _, f := range []*Finding{{Kind: Property}, {Test: "TestX"}, {Test: "TestX", Kind: "odd"}} {
		if ok, err := new(Set).Add(f); ok || err == nil {
			t.Errorf("%+v was added", f)
		}
	}
}

func TestWorst(t *testing.T) {
	var s Set
	if w := s.Worst(); w != "" {
		t.Errorf("worst of nothing is %q", w)
	}
	for _, step := range []struct{ add, want Kind }{{Unreached, Unreached}, {Property, Property}, {Nondeterminism, Nondeterminism}, {Crash, Nondeterminism}} {
		if _, err := s.Add(&Finding{Kind: step.add, Test: "TestX"}); err != nil {
			t.Fatal(err)
		}
		if w := s.Worst(); w != step.want {
			t.Errorf("after %s: %q; want %q", step.add, w, step.want)
		}
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "x.json")
	if err := failure(1, nil).WriteFile(name); err != nil {
		t.Fatal(err)
	}
	for _, artifact := range []string{"x.trace", "run.trace", "run.html"} {
		if err := os.WriteFile(filepath.Join(dir, artifact), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	f, err := Read(name)
	if err != nil {
		t.Fatal(err)
	}
	if f.File != name || f.Trace != filepath.Join(dir, "x.trace") || f.Picture != filepath.Join(dir, "run.html") {
		t.Errorf("file %q, trace %q, picture %q", f.File, f.Trace, f.Picture)
	}
	if err := os.WriteFile(name, []byte(`{"schema": 1, "test"`), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(name); err == nil || !strings.Contains(err.Error(), "x.json") {
		t.Errorf("of half a file: %v", err)
	}
}

func TestReplayLines(t *testing.T) {
	for _, test := range []struct {
		f    Finding
		want string
	}{
		{Finding{File: "a b/x.json"}, "terrella replay 'a b/x.json'"},
		{Finding{Package: "example.com/p", Test: "TestX/a+b", Kind: Property, Seed: 0x5eed}, `go test example.com/p -run '^TestX$/^a\+b$' -sim.seed=0x5eed`},
		{Finding{Package: "example.com/p", Test: "TestX", Kind: Nondeterminism, Seed: 1}, `go test example.com/p -run '^TestX$' -sim.seed=0x1 -sim.verify`},
		{Finding{Package: "example.com/p", Test: "TestX", Kind: Property, Seed: 1, Race: true}, `go test -race example.com/p -run '^TestX$' -sim.seed=0x1`},
		{Finding{Package: "example.com/p", Test: "TestX", Kind: Unreached}, `go test example.com/p -run '^TestX$' -sim.reach`},
	} {
		if got := test.f.Replay(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

// Ten thousand failures from files' contents to buckets.
func BenchmarkBuckets10000(b *testing.B) {
	var data [][]byte
	for i := range 10_000 {
		d, err := failure(uint64(i), func(f *plan.File) { f.Property = fmt.Sprint("property ", i%50) }).Encode()
		if err != nil {
			b.Fatal(err)
		}
		data = append(data, d)
	}
	b.ReportAllocs()
	for b.Loop() {
		var s Set
		for _, d := range data {
			f, err := plan.Decode(d)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := s.Add(FromFile(f, "x.json")); err != nil {
				b.Fatal(err)
			}
		}
		if s.Len() != 50 || s.Count() != 10_000 {
			b.Fatal(s.Len(), s.Count())
		}
	}
}
