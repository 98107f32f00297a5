package plan

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestFaultsReadAsTheyAreWritten(t *testing.T) {
	for _, text := range []string{
		"crash b at 3.2s for 800ms",
		"crash a b c at 0s",
		"partition a | b c at 5s for 2s",
		"drift c +200ppm at 0s",
		"drift c -3ppm at 0s",
		"fsync-error a at 4s",
		"fsync-error a times=1 chance=1/10 path=wal/* at 3rd sync of a after 4s for 1s",
		"loss a -> b 12.5% at 1s for 4s",
		"loss * 20% run=3 at 1s",
		"delay a b 200ms at 1s for 1s",
		"slow-link a 10x at 1s for 1s",
		"bandwidth a 64KB/s at 1s for 1s",
		"lose-over a -> b 1200B at 1s for 1s",
		"jump a -3s at 1s",
		"upgrade a b v2 at 10s",
		"crash @leader at 5s for 1s",
		"fire before-ack at 2nd visit of b",
		`crash "at" at 1s`,
		`fire "before ack" at 11th visit of b`,
		"inject 2: kill a at 1s for 1s",
		"dns-fail 50% at 1s for 1s",
		"reset-conns a b at 1s",
		"disk-model a fs=xfs drive=protected-cache sync=5ms io=200µs",
		"inject 1: disk-model * sync=5ms",
	} {
		f, err := Parse(text)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := f.String(); got != text {
			t.Errorf("%q prints as %q", text, got)
		}
	}
}

// anyFault generates faults of all kinds.
var anyFault = rapid.Custom(func(t *rapid.T) Fault {
	k := rapid.SampledFrom(kinds).Draw(t, "kind")
	params := map[string]string{"times": "3", "chance": "1/3", "path": "a b", "period": "3ms", "run": "2.5",
		"fs": "xfs", "drive": "protected-cache", "sync": "5ms", "io": "200us"}
	name := rapid.OneOf(rapid.StringMatching(`[a-z][a-z0-9]{0,4}`), rapid.SampledFrom([]string{"at", "for", "1", "+2", "@leader", "*", "a b", `q"q`, "x=y", "|", "->"}))
	names := func(least, most int) []string {
		return rapid.SliceOfNDistinct(name, least, most, rapid.ID[string]).Draw(t, "names")
	}
	f := Fault{Kind: k.Name, Inject: rapid.IntRange(0, 2).Draw(t, "inject")}
	switch k.Victims {
	case Nodes:
		f.Groups = [][]string{names(1, 3)}
	case Pair:
		f.Groups = [][]string{names(2, 2)}
	case Groups:
		all := names(3, 3)
		f.Groups = [][]string{all[:1], all[1:]}
	case Ways:
		f.Groups = [][]string{names(1, 2)}
		if rapid.Bool().Draw(t, "one way") {
			f.Groups = append(f.Groups, names(1, 2))
		}
	case Name:
		f.Groups = [][]string{names(1, 1)}
	}
	for _, p := range k.Params {
		if rapid.Bool().Draw(t, p) {
			f.Params = append(f.Params, Param{p, params[p]})
		}
	}
	if k.Setting {
		f.Groups = [][]string{{"a", "*"}}
		if len(f.Params) == 0 {
			f.Params = []Param{{"fs", "xfs"}}
		}
		return f
	}
	switch k.Amount {
	case None:
	case VersionN:
		f.Params = append(f.Params, Param{"to", name.Draw(t, "version")})
	case Rate:
		f.Amount = rapid.Int64Range(-999_999, 1_000_000).Draw(t, "amount")
	default:
		f.Amount = rapid.Int64Range(1, 10_000).Draw(t, "amount")
	}
	if k.Layer != Point {
		f.When.At = time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "at"))
	}
	if k.Layer == Point || rapid.Bool().Draw(t, "nth") {
		f.When.Nth, f.When.Event = rapid.IntRange(1, 200).Draw(t, "n"), Visit
		if k.Layer != Point {
			f.When.Event = rapid.SampledFrom(Events).Draw(t, "event")
		}
		if rapid.Bool().Draw(t, "of") {
			f.When.Of = name.Draw(t, "node")
		}
	}
	if !k.Instant {
		f.For = time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "for"))
	}
	return f
})

func TestAllFaultsReadAsTheyAreWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFault.Draw(t, "fault")
		if err := f.Validate(); err != nil {
			t.Fatalf("%+v: %v", f, err)
		}
		back, err := Parse(f.String())
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(back, f) {
			t.Fatalf("%q is read as\n%+v and not\n%+v", f, back, f)
		}
	})
}

func TestFaultsThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "it is empty",
		"explode a":                    `no kind of fault is called "explode"; there are crash, kill,`,
		"crash":                        "crash wants the names of its victims",
		"crash a a at 1s":              "crash names a twice",
		"crash a at noon":              `"noon" is no time`,
		"crash a at 1s for ever":       `"ever" is no time`,
		"crash a at 1s for 2s more":    `"more" is left over`,
		"crash a at -1s":               `"-1s" is no time`,
		"partition a b at 1s":          "partition wants groups of names, as in a | b c",
		"partition a | at 1s":          "group 2 of partition is empty",
		"loss a b at 1s":               `"b" is no amount for loss; want one such as 20%`,
		"loss a 200% at 1s":            "loss by 200% is out of range",
		"drift a 5 at 1s":              "want one such as +200ppm",
		"slow at 1s":                   "slow wants an amount such as 10x",
		"slow a 0x at 1s":              "out of range",
		"swap-disks a at 1s":           "swap-disks wants two names",
		"reset-conns a b for 2s":       `reset-conns is over at once; take out "for 2s"`,
		"crash a by=2 at 1s":           `crash has no parameter "by"`,
		"bit-rot a chance=3/2":         "chance=3/2 makes no sense; want chance=1/10",
		"crash a at 3rd":               "the 3rd what?",
		"crash a at 3th sync":          `"3th" is no time`,
		"crash a at 3rd snyc of a":     `there are no events of kind "snyc"; there are start, exit,`,
		"crash a at 3rd visit of a":    `there are no events of kind "visit"`,
		"fire p":                       "fire wants a visit",
		"fire p at 5s":                 "fire wants a visit",
		"fire p at 3rd sync":           "fire wants a visit",
		"fire p at 1st visit after 5s": `take out "after 5s"`,
		`crash "a at 1s`:               "a quotation mark is not closed",
		"disk-model a":                 "disk-model says nothing; want one or more of fs=, drive=, sync=, io=",
		"disk-model a fs=ntfs":         "fs=ntfs makes no sense; want one of ext4-ordered, xfs, ext4-writeback, strict",
		"disk-model a io=5":            "io=5 makes no sense; want io=100us",
		"disk-model a fs=xfs at 1s":    `disk-model holds from the start and for good; take out "at" and "for"`,
		"disk-model @zone fs=xfs":      "disk-model wants the names of nodes",
		"inject x: crash a":            "is no number of a call of Inject",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
}

func sample() *File {
	c := Case{Seed: 0x5eed, Luck: 2, FIFO: true, Given: true, Chosen: true,
		Faults: []Fault{{Kind: "crash", Groups: [][]string{{"b"}}, When: When{At: time.Second}, For: time.Second}},
		Ops: []Op{{Node: "client1", N: 3, At: time.Second, Draws: []Draw{
			{Label: "op", Value: []byte(`{"kind":"read"}`), Fixed: true}, {Label: "op", Index: 1, Text: "<func>"}}}}}
	return &File{Test: "TestX", Property: "Stays small: <10 % of all", Message: "n is 11", Plan: PlanOf(c),
		Found: Found{Step: 7, Time: Duration(time.Second), Schedule: 1, Events: 2}}
}

func TestFilesReadAsTheyAreWritten(t *testing.T) {
	f := sample()
	name := filepath.Join(t.TempDir(), "deep", "down", f.FileName())
	if want := "stays-small-10-of-all-5eed.json"; filepath.Base(name) != want {
		t.Errorf("it is called %s; want %s", filepath.Base(name), want)
	}
	if err := f.WriteFile(name); err != nil {
		t.Fatal(err)
	}
	back, err := ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := f.Plan.Case()
	got, _ := back.Plan.Case()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the plan is read as\n%+v and not\n%+v", got, want)
	}
	a, _ := f.Encode()
	b, _ := back.Encode()
	if string(a) != string(b) {
		t.Errorf("written again it is\n%s\nand not\n%s", b, a)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(name), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A file of any length but the whole is refused, and so is one with another schema, field or value.
func TestFilesThatAreNone(t *testing.T) {
	whole, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) - 1 {
		if _, err := Decode(whole[:n]); err == nil {
			t.Fatalf("the first %d bytes of %d are read as a file:\n%s", n, len(whole), whole[:n])
		}
	}
	for _, test := range []struct{ from, to, want string }{
		{`"schema": 1`, `"schema": 99`, "has schema 99, and this version of Terrella reads schema 1"},
		{`"schema": 1,`, ``, `it has no "schema"`},
		{`"test": "TestX"`, `"test": ""`, `does not say which "test" failed`},
		{`"crash b at 1s for 1s"`, `"crush b at 1s"`, `no kind of fault is called "crush"`},
		{`"0x5eed"`, `"seven"`, `"seven" is no number`},
		{`"fifo"`, `"lifo"`, `plan.schedule is "lifo"`},
		{`"luck"`, `"lukc"`, `unknown field "lukc"`},
		{`"n": 3`, `"n": "three"`, "line "},
		{`"at": "1s"`, `"at": "soon"`, "soon"},
	} {
		text := strings.Replace(string(whole), test.from, test.to, 1)
		if text == string(whole) {
			t.Errorf("nothing replaced for %q", test.want)
		}
		if _, err := Decode([]byte(text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v; want %q", err, test.want)
		}
	}
	if _, err := Decode(append(whole, "{}"...)); err == nil {
		t.Error("two files in one are read as one")
	}
	if _, err := ReadFile(filepath.Join(t.TempDir(), "none.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// What could not be written leaves the file that was there.
func TestFilesAreReplacedAsAWhole(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.json")
	if err := sample().WriteFile(name); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(name)
	bad := sample()
	bad.Plan.Operations = &[]Operation{{Client: "c", Draws: []DrawnText{{Value: []byte("{no json")}}}}
	if err := bad.WriteFile(name); err == nil {
		t.Error("a value that is no JSON is written")
	}
	if after, _ := os.ReadFile(name); string(after) != string(before) {
		t.Error("the file was harmed")
	}
}
