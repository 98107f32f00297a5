package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/terrella-go/terrella/internal/campaign"
)

// writeUsage tells what the time of a campaign's workers was used for.
func writeUsage(to io.Writer, built time.Duration, u campaign.Usage) error {
	seconds := func(d time.Duration) string { return fmt.Sprintf("%.1fs", d.Seconds()) }
	fmt.Fprintf(to, "Building took %s. The workers' time after that: worlds %s, finding out which tests have worlds %s, running failures again %s, making them smaller %s, waiting %s.\n\n",
		seconds(built), seconds(u.Worlds), seconds(u.Searching), seconds(u.Checking), seconds(u.Shrinking), seconds(u.Waiting))
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TIME\tWORLDS\tFAILED\tTEST")
	for _, t := range u.Targets {
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", seconds(t.Time), t.Worlds, t.Failed, t.Target)
	}
	fmt.Fprintln(w)
	return w.Flush()
}
