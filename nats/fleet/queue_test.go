package fleet

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/campaign"
	"github.com/terrella-go/terrella/internal/campaign/protocol"
	"github.com/terrella-go/terrella/internal/plan"
)

var target = campaign.Target{Package: "example/a", Test: "TestA", Call: 1}

// begin starts a server and a campaign of some worlds.
func begin(t *testing.T, runs uint64, lease time.Duration) (f *Fleet, another func() *Fleet) {
	t.Helper()
	s, err := StartServer(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	another = func() *Fleet {
		f, err := Open(t.Context(), Config{URL: s.URL(), Name: "test", Runs: runs, Lease: lease})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(f.Close)
		return f
	}
	return another(), another
}

func answersOf(c *campaign.Chunk, n uint64) []protocol.Answer {
	answers := make([]protocol.Answer, n)
	for i := range answers {
		number := c.First + uint64(i)*c.Stride
		answers[i] = protocol.Answer{Number: number, Seed: plan.Number(number)}
	}
	return answers
}

// leased leases a chunk, and waits while others have what there is.
func leased(t *testing.T, f *Fleet) *campaign.Chunk {
	t.Helper()
	for {
		c, err := f.Lease(t.Context(), target, 4)
		if err != nil {
			t.Fatal(err)
		}
		if c != nil {
			return c
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// A worker that is silent for too long loses its chunk, and what it says then does not count.
func TestLostLease(t *testing.T) {
	slow, another := begin(t, 1, 500*time.Millisecond)
	c := leased(t, slow)
	slow.mu.Lock()
	slow.held[c.ID].stop() // it hangs: no more signs of life
	slow.mu.Unlock()
	quick := another()
	again := leased(t, quick)
	if again.First != c.First || again.Count != c.Count {
		t.Fatalf("leased %+v and then %+v", c, again)
	}
	if counted, err := quick.Settle(t.Context(), again, answersOf(again, again.Count), false); err != nil || !counted {
		t.Errorf("the second lease: counted is %v, %v", counted, err)
	}
	if counted, err := slow.Settle(t.Context(), c, answersOf(c, c.Count), false); err != nil || counted {
		t.Errorf("the lost lease: counted is %v, %v", counted, err)
	}
	if _, err := quick.Lease(t.Context(), target, 4); !errors.Is(err, campaign.ErrDrained) {
		t.Errorf("after the last world: %v, want that the queue is drained", err)
	}
}

// A chunk that goes on being run for longer than its lease stays with its worker.
func TestLeaseIsKept(t *testing.T) {
	slow, another := begin(t, 1, 400*time.Millisecond)
	c := leased(t, slow)
	other := another()
	for range 20 { // 2 s, five times the lease
		time.Sleep(100 * time.Millisecond)
		if got, err := other.Lease(t.Context(), target, 4); got != nil || err != nil {
			t.Fatalf("leased %+v, %v while another had it", got, err)
		}
	}
	if counted, err := slow.Settle(t.Context(), c, answersOf(c, 1), false); err != nil || !counted {
		t.Errorf("counted is %v, %v", counted, err)
	}
}

// Whoever is gone in the middle of things leaves nothing undone: after a record the rest of its chunk comes, after a state what was to be filled in.
func TestHalfDone(t *testing.T) {
	f, another := begin(t, 40, time.Minute)
	s := state{Target: target, Next: 40, Filling: []campaign.Chunk{{Target: target, Stride: 1, Count: 20}, {Target: target, First: 20, Stride: 1, Count: 20}}}
	data, err := json.Marshal(&s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.results.Create(t.Context(), "target."+keyOf(target), data); err != nil {
		t.Fatal(err)
	}
	// One of the two was put in; and one was done in part, and not taken out.
	for i := range s.Filling {
		if err := f.publish(t.Context(), &s.Filling[i]); err != nil {
			t.Fatal(err)
		}
	}
	if data, err = json.Marshal(&record{Owner: "gone", Stride: 1, Answers: 5}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.results.Create(t.Context(), "done."+idOf(&s.Filling[0]), data); err != nil {
		t.Fatal(err)
	}
	g := another()
	for {
		c, err := g.Lease(t.Context(), target, 4)
		if errors.Is(err, campaign.ErrDrained) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if c == nil { // the server is not done with the last one
			time.Sleep(10 * time.Millisecond)
			continue
		}
		if counted, err := g.Settle(t.Context(), c, answersOf(c, c.Count), false); err != nil || !counted {
			t.Fatalf("%+v: counted is %v, %v", c, counted, err)
		}
	}
	totals, err := g.Totals(t.Context())
	if err != nil || len(totals) != 1 || totals[0] != (Total{Target: target, Worlds: 40}) {
		t.Errorf("%+v, %v", totals, err)
	}
}

// Totals finds worlds that were counted twice.
func TestTwice(t *testing.T) {
	f, _ := begin(t, 40, time.Minute)
	for _, r := range []record{{First: 0, Stride: 1, Answers: 5}, {First: 3, Stride: 1, Answers: 4}} {
		data, err := json.Marshal(&r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.results.Create(t.Context(), "done."+idOf(&campaign.Chunk{Target: target, First: r.First}), data); err != nil {
			t.Fatal(err)
		}
	}
	totals, err := f.Totals(t.Context())
	if err != nil || len(totals) != 1 || totals[0].Twice != 2 || totals[0].Worlds != 9 {
		t.Errorf("%+v, %v; want 9 worlds, of which 2 twice", totals, err)
	}
}

func TestJoin(t *testing.T) {
	f, another := begin(t, 40, time.Minute)
	if g := another(); g.Campaign() != f.Campaign() || f.Campaign().Runs != 40 {
		t.Errorf("%+v and %+v are the same campaign", f.Campaign(), g.Campaign())
	}
	seed := f.Campaign().Seed + 1
	for _, c := range []Config{{Name: "test", Seed: &seed}, {Name: "test", Runs: 41}} {
		c.URL = f.config.URL
		if _, err := Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), "the campaign test has seed") {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := Open(t.Context(), Config{URL: f.config.URL, Name: "a.b"}); err == nil || !strings.Contains(err.Error(), "no name") {
		t.Errorf("a name with a dot: %v", err)
	}
	if _, err := Open(t.Context(), Config{URL: "nats://127.0.0.1:1", Name: "test", Patience: 300 * time.Millisecond}); err == nil || !strings.Contains(err.Error(), "has not answered for") {
		t.Errorf("no server: %v", err)
	}
}

func TestShare(t *testing.T) {
	f, another := begin(t, 1, time.Minute)
	for name, data := range map[string]string{"bucket/failure-1.json": "one", "../outside": "bad"} {
		if err := f.Share(t.Context(), name, []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	if _, err := another().Fetch(t.Context(), filepath.Join(dir, "in")); err == nil || !strings.Contains(err.Error(), "outside") {
		t.Errorf("a name that leaves the folder: %v", err)
	}
	if err := f.corpus.Delete(t.Context(), "../outside"); err != nil {
		t.Fatal(err)
	}
	names, err := another().Fetch(t.Context(), dir)
	if err != nil || len(names) != 1 {
		t.Fatalf("%v, %v", names, err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, names[0])); string(data) != "one" {
		t.Errorf("%q, %v", data, err)
	}
}

// Each connection is given the worlds of the others, once.
func TestCorpus(t *testing.T) {
	f, another := begin(t, 1, time.Minute)
	g := another()
	seen := campaign.Seen{Target: target, Plan: plan.Plan{Seed: 7}, Steps: 3, New: []uint64{1, 4}}
	for range 2 { // the same twice is one
		if err := f.Give(t.Context(), seen); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Share(t.Context(), "bucket/failure-1.json", []byte("one")); err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		from *Fleet
		n    int
	}{{f, 0}, {g, 1}, {g, 0}, {another(), 1}} {
		taken, err := want.from.Take(t.Context())
		if err != nil || len(taken) != want.n || want.n == 1 && !reflect.DeepEqual(taken[0], seen) {
			t.Errorf("%d: %+v, %v; want %d", i, taken, err, want.n)
		}
	}
	if names, err := g.Fetch(t.Context(), t.TempDir()); err != nil || len(names) != 1 {
		t.Errorf("files: %v, %v", names, err)
	}
}
