package campaign

import (
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/campaign/protocol"
)

// A test that has not shown a world is given little time at first, and then more; one that has worlds is given all that a world may take.
func TestUntilHello(t *testing.T) {
	c, err := New(Config{Packages: []*Package{{Tests: []string{"TestX"}}}, For: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	j := c.schedule.jobs[0]
	for tries, want := range []time.Duration{3 * time.Second, 12 * time.Second, 48 * time.Second, DefaultPatience} {
		j.tries = tries
		if got := c.untilHello(j); got != want {
			t.Errorf("after %d tries: %v; want %v", tries, got, want)
		}
	}
	j.tries = 0
	known, _ := c.meet(j, &protocol.Hello{Test: "TestX", Call: 1})
	if got := c.untilHello(known.job); got != DefaultPatience {
		t.Errorf("of a test that had worlds: %v; want %v", got, DefaultPatience)
	}
	c.config.For = 0
	if got := c.untilHello(j); got != DefaultPatience {
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
	j := c.schedule.jobs[0]
	why := "it has said nothing for 3s"
	p := new(process)
	p.killed.Store(&why)
	for range MaxDeaths {
		if j.over {
			t.Fatal("left out too early")
		}
		c.postpone(j, p)
		if left := time.Until(j.rest); left < 10*time.Second {
			t.Errorf("the next visit is in %v", left)
		}
	}
	if !j.over || len(notes) != 1 {
		t.Errorf("left out: %t, with notes %q", j.over, notes)
	}
}
