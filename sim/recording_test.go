package sim

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terrella-go/terrella/checker"
	"github.com/terrella-go/terrella/internal/trace"
)

// record runs a world twice, once with all events kept, and returns what the latter left. Recording may change nothing.
func record(t *testing.T, sameSchedule bool, fn func(*World)) *trace.Run {
	t.Helper()
	r := newRunner(t, Config{Runs: 1, Seed: 5}, fn)
	r.world(5, nil, nil)
	plain := r.world(5, nil, nil)
	r.recording = true
	full := r.world(5, nil, nil)
	if sameSchedule && plain.result.Hash != full.result.Hash || plain.result.Steps != full.result.Steps || plain.world.log.Hash() != full.world.log.Hash() {
		t.Errorf("recording changes the run: schedule %x and %x, events %x and %x",
			plain.result.Hash, full.result.Hash, plain.world.log.Hash(), full.world.log.Hash())
	}
	return r.recorded(full, "")
}

// attached returns the texts under a key.
func attached(r *trace.Run, key string) []string {
	var all []string
	for _, a := range r.Attachments {
		if a.Key == key {
			all = append(all, string(a.Data))
		}
	}
	return all
}

func TestRecordsOperations(t *testing.T) {
	r := record(t, true, func(w *World) {
		var h checker.History[checker.Op[int], checker.OpResult[int]]
		value := 0
		w.Client(func(ctx context.Context, c *Node) {
			h.Do(0, checker.Op[int]{Kind: checker.Write, Value: 3}, func() (checker.OpResult[int], error) { return checker.OpResult[int]{}, nil })
			time.Sleep(time.Second)
			h.Do(0, checker.Op[int]{Kind: checker.Read}, func() (checker.OpResult[int], error) { return checker.OpResult[int]{Value: value}, nil })
			h.Do(0, checker.Op[int]{Kind: checker.Read}, func() (checker.OpResult[int], error) {
				return checker.OpResult[int]{}, context.DeadlineExceeded
			})
		})
		w.Run(time.Minute)
		checker.Linearizable(w, checker.Register(0), &h)
	})
	var calls, returns []*trace.Event
	for i := range r.Events {
		switch e := &r.Events[i]; e.Kind {
		case trace.Call:
			calls = append(calls, e)
		case trace.Return:
			returns = append(returns, e)
		}
	}
	if len(calls) != 3 || len(returns) != 3 {
		t.Fatalf("%d calls and %d returns; want 3 each", len(calls), len(returns))
	}
	for i, e := range returns {
		if e.Cause != calls[i].Number || e.Node != "client1" || e.Subject != calls[i].Subject {
			t.Errorf("return %v of call %v", e, calls[i])
		}
	}
	if s := returns[2].String(); !strings.Contains(s, `outcome="unknown"`) {
		t.Errorf("the failed read is %s", s)
	}
	if in, out := attached(r, trace.AttachedInput), attached(r, trace.AttachedOutput); len(in) != 3 || len(out) != 2 || !strings.Contains(in[0], "3") {
		t.Errorf("inputs %q and outputs %q", in, out)
	}
	// The stale read is found, and which operations contradict each other.
	if r.Failed() == nil || !strings.Contains(r.Failure, "lost write") && !strings.Contains(r.Failure, "stale") {
		t.Errorf("the failure is %q", r.Failure)
	}
	if found := attached(r, trace.AttachedFinding); len(found) != 1 || !strings.Contains(found[0], `"suspects":[`) {
		t.Errorf("the finding is %q", found)
	}
}

func TestRecordsPayloadsAndStates(t *testing.T) {
	r := record(t, false, func(w *World) {
		w.Decode(func(b []byte) (string, bool) { return "greeting " + string(b), strings.HasPrefix(string(b), "hello") })
		w.Node("b", func(ctx context.Context, n *Node) error {
			got := map[string]int{}
			n.Expose(func() any { return got })
			l, err := n.Net().Listen("tcp", ":80")
			if err != nil {
				return err
			}
			c, err := l.Accept()
			if err != nil {
				return err
			}
			buf := make([]byte, 100)
			for {
				k, err := c.Read(buf)
				if err != nil {
					return nil
				}
				got[string(buf[:k])]++
			}
		})
		w.Client(func(ctx context.Context, n *Node) {
			time.Sleep(time.Second)
			c, err := n.Net().Dial("tcp", "b:80")
			if err != nil {
				w.Error(err)
				return
			}
			c.Write([]byte("hello b"))
			time.Sleep(time.Second)
			c.Write([]byte{0, 1, 2})
			time.Sleep(time.Second)
			c.Close()
		})
		w.Run(time.Minute)
	})
	if got := strings.Join(attached(r, trace.AttachedPayload), "|"); got != "hello b|\x00\x01\x02" {
		t.Errorf("payloads %q", got)
	}
	if got := strings.Join(attached(r, trace.AttachedDecoded), "|"); got != "greeting hello b" {
		t.Errorf("decoded %q", got)
	}
	if got := strings.Join(attached(r, trace.AttachedState), "|"); !strings.HasSuffix(got, `{"\u0000\u0001\u0002":1,"hello b":1}`) {
		t.Errorf("states %s", got)
	}
	for _, a := range r.Attachments {
		if a.Key == trace.AttachedState && r.At(a.Event).Node != "b" {
			t.Errorf("a state is attached to %v", r.At(a.Event))
		}
	}
}

// A trace is written in the form that its name asks for, and can be read back.
func TestTraceForms(t *testing.T) {
	r := record(t, true, func(w *World) {
		w.Log("a line")
		w.Fatal("it failed")
	})
	dir := t.TempDir()
	for _, form := range []string{".jsonl", ".trace", ".html"} {
		name := filepath.Join(dir, "run"+form)
		if err := writeFile(name, r); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := trace.ReadRun(f)
		f.Close()
		if form == ".html" {
			text, readErr := os.ReadFile(name)
			if err == nil || readErr != nil || !strings.HasPrefix(string(text), "<!doctype html>") {
				t.Errorf("%s is no page", name)
			}
			continue
		}
		if err != nil || len(got.Events) != len(r.Events) || got.Failed() == nil {
			t.Errorf("%s: %v", name, err)
		}
		if form == ".trace" && (got.Failure != "it failed" || got.Test != "TestTraceForms" || !strings.Contains(got.Again, "-sim.seed=0x5")) {
			t.Errorf("%s says %+v", name, got.Meta)
		}
	}
	if err := writeFile(filepath.Join(dir, "no", "run.trace"), r); err == nil {
		t.Error("a trace was written into a folder that is not there")
	}
}
