package sim

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/prng"
)

// Fuzz makes f a fuzz test whose worlds are chosen by the fuzzer: its bytes are the seed and, one each, what becomes
// of the faults and operations that the seed draws.
//
//	func FuzzRegister(f *testing.F) { sim.Fuzz(f, world) }
//
// `go test` runs the corpus, and `go test -fuzz=FuzzRegister -fuzztime=1000x` mutates it, led by the coverage of the
// program. The first 8 bytes are the seed. Of those that follow, byte i concerns the world's fault number i:
// 0 leaves it as drawn, 1 leaves it out, and others move it in time, n/128 of its time later or, from 128 on, earlier.
// So the fuzzer can change a world little by little, where another seed would be another world altogether.
//
// A world that fails is reported as by [Test], with a failure file; the fuzzer keeps its input under testdata/fuzz as well.
func Fuzz(f *testing.F, fn func(*World)) {
	f.Helper()
	Config{}.Fuzz(f, fn)
}

// Fuzz is like the function [Fuzz], with a configuration. Runs does not count.
func (c Config) Fuzz(f *testing.F, fn func(*World)) {
	f.Helper()
	if fn == nil {
		f.Fatal("sim: Fuzz was called with a nil function")
	}
	c, err := c.validate()
	if err != nil {
		f.Fatalf("sim: %v", err)
	}
	if !kernel.Patched {
		f.Fatal("sim: this test binary was built without the patched runtime; run it with `go test` or `terrella test`")
	}
	for i := range uint64(fuzzSeeds) {
		f.Add(binary.BigEndian.AppendUint64(nil, prng.Seed(c.Seed).Name("fuzz").Num(i).Uint64()))
	}
	replayed := false
	f.Fuzz(func(t *testing.T, data []byte) {
		t.Helper()
		defer resetGenerators()()
		if options.replay != nil {
			if !replayed {
				replayed = true
				newRunner(t, c, fn).replayOnly(options.replay)
			}
			return
		}
		var seed [8]byte
		changes := data[copy(seed[:], data):]
		r := newRunner(t, c, fn)
		given := plan.Case{Seed: binary.BigEndian.Uint64(seed[:])}
		r.seeds = []uint64{given.Seed}
		if len(changes) > 0 {
			given = r.changed(given, changes)
		}
		if o := r.runCase(given, nil, nil); o.failure != nil {
			r.reportFailure(0, o)
		}
	})
}

// fuzzSeeds is how many seeds a fuzzer begins with.
const fuzzSeeds = 8

// changed returns a case with the faults that the seed draws, changed by a byte each.
func (r *runner) changed(c plan.Case, changes []byte) plan.Case {
	o := r.runCase(c, nil, nil)
	c.Given, c.Faults = true, nil
	for i, f := range o.world.weather.planned {
		if i < len(changes) {
			switch b := changes[i]; {
			case b == 1:
				continue
			case b > 1 && b < 128:
				f.When.At += f.When.At / 128 * time.Duration(b)
			case b >= 128:
				f.When.At -= f.When.At / 128 * time.Duration(b-128)
			}
		}
		c.Faults = append(c.Faults, f)
	}
	return c
}
