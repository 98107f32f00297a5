package campaign

import (
	"testing"
	"time"
)

// A test that has not shown a world is given little time at first, and then more; one that has worlds is given all that a world may take.
func TestUntilHello(t *testing.T) {
	c, err := New(Config{Packages: []*Package{{Tests: []string{"TestX"}}}, For: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	r := c.roots[0]
	for tries, want := range []time.Duration{3 * time.Second, 12 * time.Second, 48 * time.Second, DefaultPatience} {
		r.tries = tries
		if got := c.untilHello(r, 0); got != want {
			t.Errorf("after %d tries: %v; want %v", tries, got, want)
		}
	}
	r.tries = 0
	if got := c.untilHello(r, 1); got != DefaultPatience {
		t.Errorf("after a world: %v; want %v", got, DefaultPatience)
	}
	r.met = true
	if got := c.untilHello(r, 0); got != DefaultPatience {
		t.Errorf("of a test that had worlds: %v; want %v", got, DefaultPatience)
	}
	c.config.For, r.met = 0, false
	if got := c.untilHello(r, 0); got != DefaultPatience {
		t.Errorf("where time does not count: %v; want %v", got, DefaultPatience)
	}
}

// A test that comes to no world in time is visited again later, and at last left out.
func TestSlowTestsWait(t *testing.T) {
	var notes []string
	c, err := New(Config{Packages: []*Package{{Path: "example.com/p", Tests: []string{"TestX"}}}, For: time.Minute,
		Note: func(line string) { notes = append(notes, line) }})
	if err != nil {
		t.Fatal(err)
	}
	r := c.roots[0]
	why := "it has said nothing for 3s"
	p := new(process)
	p.killed.Store(&why)
	for range MaxDeaths {
		if r.over {
			t.Fatal("left out too early")
		}
		c.postpone(r, p)
		if left := time.Until(r.rest); left < 10*time.Second {
			t.Errorf("the next visit is in %v", left)
		}
	}
	if !r.over || len(notes) != 1 {
		t.Errorf("left out: %t, with notes %q", r.over, notes)
	}
}
