package sim

import (
	"encoding/json"
	"flag"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// shrinkValue has rapid shrink a value: the generator's value for a seed fails, and so may
// smaller ones. It calls fails, outside any world, for each value that rapid wants to know about.
//
// Rapid's first value for its flag -rapid.seed is the one that Generator.Example gives for that seed, so its own engine can take up from here.
// But Example itself draws a random number where that flag is not set: a world that runs while it is goes another way. So the flag is set only
// until rapid has read it, and alone is locked, which worlds that run at that time hold for reading.
func shrinkValue[V any](gen *rapid.Generator[V], seed uint64, label string, alone sync.Locker, fails func(json.RawMessage) bool) {
	if seed == 0 {
		return // rapid takes it for none
	}
	checks := "1"
	if testing.Short() {
		checks = "5" // of which rapid makes a fifth
	}
	alone.Lock()
	restore := setFlags(map[string]string{
		"rapid.checks": checks, "rapid.nofailfile": "true", "rapid.shrinktime": "1h",
		"rapid.log": "false", "rapid.v": "false", "rapid.debug": "false",
	})
	defer restore()
	unseed := setFlags(map[string]string{"rapid.seed": strconv.FormatUint(seed, 10)})
	begun := sync.OnceFunc(func() {
		unseed()
		alone.Unlock()
	})
	defer begun() // if rapid has not come as far
	known := make(map[string]bool)
	ended := make(chan struct{})
	go func() { // rapid ends it by FailNow
		defer close(ended)
		rapid.Check(&silentTB{}, func(t *rapid.T) {
			begun()
			v := gen.Draw(t, label)
			text, ok := survives(v)
			if !ok {
				return
			}
			failed, asked := known[string(text)]
			if !asked {
				failed = fails(text)
				known[string(text)] = failed
			}
			if failed {
				t.Fatalf("the world fails")
			}
		})
	}()
	<-ended
}

// setFlags sets flags that have other values and returns what sets them back.
func setFlags(values map[string]string) (restore func()) {
	old := make(map[string]string)
	for name, v := range values {
		if f := flag.Lookup(name); f != nil && f.Value.String() != v {
			old[name] = f.Value.String()
			f.Value.Set(v)
		}
	}
	return func() {
		for name, v := range old {
			flag.Lookup(name).Value.Set(v)
		}
	}
}

// silentTB is a test that rapid may fail.
type silentTB struct{ failed bool }

func (*silentTB) Helper()                 {}
func (*silentTB) Name() string            { return "shrink" }
func (*silentTB) Logf(string, ...any)     {}
func (*silentTB) Log(...any)              {}
func (t *silentTB) Skipf(string, ...any)  { t.SkipNow() }
func (t *silentTB) Skip(...any)           { t.SkipNow() }
func (*silentTB) SkipNow()                { runtime.Goexit() }
func (t *silentTB) Errorf(string, ...any) { t.failed = true }
func (t *silentTB) Error(...any)          { t.failed = true }
func (t *silentTB) Fatalf(string, ...any) { t.FailNow() }
func (t *silentTB) Fatal(...any)          { t.FailNow() }
func (t *silentTB) FailNow()              { t.failed = true; runtime.Goexit() }
func (t *silentTB) Fail()                 { t.failed = true }
func (t *silentTB) Failed() bool          { return t.failed }
