package main

import (
	"strings"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/campaign"
)

func TestWriteUsage(t *testing.T) {
	var b strings.Builder
	err := writeUsage(&b, 1500*time.Millisecond, campaign.Usage{
		Worlds: time.Minute, Searching: 2 * time.Second, Checking: 3 * time.Second, Shrinking: 4 * time.Second, Waiting: 50 * time.Millisecond,
		Targets: []campaign.TargetUsage{
			{Target: campaign.Target{Package: "example.com/p", Test: "TestA", Call: 1}, Worlds: 1000, Failed: 7, Time: 59 * time.Second},
			{Target: campaign.Target{Package: "example.com/p", Test: "TestA", Call: 2}, Worlds: 3, Time: time.Second},
		},
	})
	want := `Building took 1.5s. The workers' time after that: worlds 60.0s, finding out which tests have worlds 2.0s, running failures again 3.0s, making them smaller 4.0s, waiting 0.1s.

TIME   WORLDS  FAILED  TEST
59.0s  1000    7       example.com/p TestA
1.0s   3       0       example.com/p TestA (call 2)

`
	if err != nil || b.String() != want {
		t.Errorf("%v\n%s\nwant\n%s", err, b.String(), want)
	}
}
