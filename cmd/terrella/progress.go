package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/terrella-go/terrella/internal/campaign"
)

// A progress tells how far a campaign has come: on a terminal in one line that is written again and again, elsewhere
// in a line now and then.
type progress struct {
	to       io.Writer
	terminal bool

	mu    sync.Mutex
	shown bool // the line on the terminal
	ended chan struct{}
	wait  sync.WaitGroup
}

func newProgress(to *os.File) *progress {
	info, err := to.Stat()
	return &progress{to: to, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0, ended: make(chan struct{})}
}

// Pauses between lines of progress.
const (
	progressTerminal = 500 * time.Millisecond
	progressElse     = 10 * time.Second
)

// begin tells of the status until end is called.
func (p *progress) begin(status func() campaign.Status) {
	pause := progressElse
	if p.terminal {
		pause = progressTerminal
	}
	p.wait.Go(func() {
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for {
			select {
			case <-p.ended:
				return
			case <-tick.C:
				p.show(summaryOf(status()))
			}
		}
	})
}

func (p *progress) end() {
	close(p.ended)
	p.wait.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

func (p *progress) show(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.terminal {
		fmt.Fprintf(p.to, "terrella: %s\n", line)
		return
	}
	p.clear()
	fmt.Fprint(p.to, noWrap+line+wrap) // a line that went on in the next could not be taken away
	p.shown = true
}

// What has a terminal cut lines that are too long, and go on with them in the next line again.
const (
	noWrap = "\x1b[?7l"
	wrap   = "\x1b[?7h"
)

// clear takes the line of progress away.
func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.to, "\r\x1b[K")
		p.shown = false
	}
}

// note prints a line that stays.
func (p *progress) note(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	fmt.Fprintf(p.to, "terrella: %s\n", strings.TrimSpace(line))
}

// summaryOf returns a status in one line.
func summaryOf(s campaign.Status) string {
	rate := 0.0
	if s.Elapsed > 0 {
		rate = float64(s.Seeds+s.Varied) / s.Elapsed.Seconds()
	}
	text := fmt.Sprintf("%v: %s, %.0f worlds/s, virtual %v, %s in %s", s.Elapsed.Round(time.Second), countOf(s.Seeds, "seed"), rate,
		s.Virtual.Round(time.Second), countOf(s.Failures, "failure"), countOf(s.Buckets, "bucket"))
	if s.Varied > 0 {
		text += fmt.Sprintf(", %s varied", countOf(s.Varied, "world"))
	}
	if s.Code+s.States > 0 {
		text += fmt.Sprintf(", coverage %d", s.Code)
	}
	if s.States > 0 {
		text += fmt.Sprintf(" and %s", countOf(s.States, "state"))
	}
	if s.Looking > 0 {
		text += fmt.Sprintf(" (%d being looked into)", s.Looking)
	}
	if s.Checks > 0 {
		text += fmt.Sprintf(", %s reached", countOf(s.Checks, "check"))
	}
	if s.Deaths > 0 {
		text += fmt.Sprintf(", %s replaced", countOf(s.Deaths, "worker"))
	}
	return text
}

func countOf[N int | uint64](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
