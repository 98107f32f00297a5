package checker

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/checkerclock"
)

func TestHistoryConcurrent(t *testing.T) {
	var (
		h  History[Op[int], OpResult[int]]
		mu sync.Mutex
		v  int
		wg sync.WaitGroup
	)
	for c := range 8 {
		wg.Go(func() {
			for i := range 200 {
				in := Op[int]{Kind: Read}
				if i%2 == 0 {
					in = Op[int]{Kind: Write, Value: 1 + c*1000 + i}
				}
				h.Do(c, in, func() (OpResult[int], error) {
					mu.Lock()
					defer mu.Unlock()
					if in.Kind == Write {
						v = in.Value
					}
					return OpResult[int]{Value: v}, nil
				})
				if i%50 == 0 {
					h.Operations() // while others record
				}
			}
		})
	}
	wg.Wait()
	if r := Linearizable(t, Register(0), &h); r.Operations != 1600 {
		t.Errorf("%d operations, want 1600", r.Operations)
	}
}

func TestOutcomes(t *testing.T) {
	var h History[string, int]
	refused := errors.New("refused")
	for _, err := range []error{nil, Failed(refused), fmt.Errorf("dial: %w", Failed(refused)), refused} {
		if _, got := h.Do(1, "x", func() (int, error) { return 7, err }); got != err {
			t.Errorf("Do returned %v, want %v", got, err)
		}
	}
	func() {
		defer func() { recover() }()
		h.Do(1, "panics", func() (int, error) { panic("boom") })
	}()
	want := []Outcome{OutcomeOK, OutcomeFailed, OutcomeFailed, OutcomeUnknown, OutcomeUnknown}
	for i, o := range h.Operations() {
		if o.Outcome != want[i] || o.Pending != (i == 4) || o.ID != i {
			t.Errorf("operation %d: %+v, want outcome %v", i, o, want[i])
		}
	}
	if !errors.Is(Failed(refused), refused) || Failed(nil) != nil {
		t.Error("Failed does not wrap")
	}
}

func TestHistoryClock(t *testing.T) {
	now := time.Duration(0)
	h := History[string, int]{Clock: func() (uint64, time.Duration) {
		now += time.Second
		return uint64(now / (2 * time.Second)), now
	}}
	h.Do(0, "a", func() (int, error) { return 0, nil })
	o := h.Operations()[0]
	if o.Call.Order != 0 || o.Return.Order != 1 || o.Return.At != 2*time.Second {
		t.Errorf("%+v", o)
	}
}

func TestHistoryInWorld(t *testing.T) {
	step := uint64(40)
	checkerclock.World = func() (uint64, time.Duration, bool) {
		step++
		return step, time.Duration(step) * time.Millisecond, true
	}
	defer func() { checkerclock.World = nil }()
	var h History[string, int]
	h.Do(0, "a", func() (int, error) { return 0, nil })
	o := h.Operations()[0]
	if o.Call != (Stamp{1, 41, 41 * time.Millisecond}) || o.Return != (Stamp{2, 42, 42 * time.Millisecond}) {
		t.Errorf("%+v", o)
	}
}
