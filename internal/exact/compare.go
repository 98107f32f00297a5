package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// A process runs a program's worlds in one of the settings.
type process struct {
	setting
	hashes string // file of -sim.hashes
	output bytes.Buffer
	ended  chan error
	kill   func() error
}

func (b *binary) start(i, runs int) (*process, error) {
	p := &process{
		setting: settings[i],
		hashes:  filepath.Join(b.work, fmt.Sprintf("hashes%d", i)),
		ended:   make(chan error, 1),
	}
	cmd := b.command(p.setting, fmt.Sprintf("-sim.runs=%d", runs), "-sim.hashes="+p.hashes)
	cmd.Stdout, cmd.Stderr = &p.output, &p.output
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p.kill = cmd.Process.Kill
	go func() { p.ended <- cmd.Wait() }()
	return p, nil
}

// lines returns what the process has found out so far, a line for each world.
func (p *process) lines() ([][]byte, error) {
	data, err := os.ReadFile(p.hashes)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	lines := bytes.Split(data, []byte("\n"))
	return lines[:len(lines)-1], nil // what follows the last line's end is a line that is being written
}

// pollEvery is how often the processes' findings are looked at, and reportEvery how often progress is told.
const (
	pollEvery   = 200 * time.Millisecond
	reportEvery = 20 * time.Second
)

// compare runs the program's worlds in both settings at once and returns an error at the first
// that differs.
func (b *binary) compare(runs int) error {
	var processes [2]*process
	for i := range processes {
		p, err := b.start(i, runs)
		if err != nil {
			return err
		}
		defer p.kill()
		processes[i] = p
	}
	running := len(processes)
	told := time.Now()
	for {
		same, err := b.compareLines(processes)
		if err != nil {
			return err
		}
		if running == 0 {
			if same != runs {
				return fmt.Errorf("%d of %d worlds were run", same, runs)
			}
			return nil
		}
		select {
		case err = <-processes[0].ended:
			running--
			err = processes[0].failure(err)
		case err = <-processes[1].ended:
			running--
			err = processes[1].failure(err)
		case <-time.After(pollEvery):
		}
		if err != nil {
			return err
		}
		if time.Since(told) > reportEvery {
			fmt.Printf("exact: %s: %d of %d worlds are the same\n", b.name, same, runs)
			told = time.Now()
		}
	}
}

func (p *process) failure(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the process with %s: %w\n%s", p.name, err, p.output.Bytes())
}

// compareLines returns how many worlds are the same so far, and an error that describes the first that is not.
func (b *binary) compareLines(processes [2]*process) (int, error) {
	first, err := processes[0].lines()
	if err != nil {
		return 0, err
	}
	second, err := processes[1].lines()
	if err != nil {
		return 0, err
	}
	n := min(len(first), len(second))
	for i := range n {
		if !bytes.Equal(first[i], second[i]) {
			return i, b.explain(i, [2][]byte{first[i], second[i]})
		}
	}
	return n, nil
}

// explain runs a seed that differed again, alone, in both settings, and tells what that shows.
func (b *binary) explain(i int, lines [2][]byte) error {
	var out bytes.Buffer
	seed := string(bytes.Fields(lines[0])[1])
	fmt.Fprintf(&out, "world %d differs, of seed %s (test, seed, steps, virtual nanoseconds, schedule hash, event hash):\n", i+1, seed)
	for k, line := range lines {
		fmt.Fprintf(&out, "    %s    with %s\n", line, settings[k].name)
	}
	fmt.Fprintf(&out, "The seed alone, once more in each setting:\n")
	var events [2][][]byte
	var again [2][]byte
	for k, s := range settings {
		trace, hashes := filepath.Join(b.work, fmt.Sprintf("trace%d", k)), filepath.Join(b.work, fmt.Sprintf("alone%d", k))
		printed, err := b.command(s, "-sim.seed="+seed, "-sim.trace="+trace, "-sim.hashes="+hashes).CombinedOutput()
		if err != nil {
			fmt.Fprintf(&out, "%v\n%s\n", err, printed)
		}
		events[k], again[k] = readLines(trace), bytes.Join(readLines(hashes), nil)
		fmt.Fprintf(&out, "    %s    with %s\n", again[k], s.name)
	}
	switch i := firstDifference(events[0], events[1]); {
	case i >= 0:
		fmt.Fprintf(&out, "The first event that differs, number %d:\n    %s\n    %s\n", i, at(events[0], i), at(events[1], i))
	case !bytes.Equal(again[0], again[1]):
		fmt.Fprintf(&out, "The events are the same, the steps are not.\n")
	default:
		fmt.Fprintf(&out, "Alone it is the same: what differs comes from the worlds before it, or rarely.\n")
	}
	for _, s := range settings {
		if printed, err := b.command(s, "-sim.seed="+seed, "-sim.verify").CombinedOutput(); err != nil {
			fmt.Fprintf(&out, "With %s two runs in one process differ:\n%s", s.name, printed)
		}
	}
	return errors.New(out.String())
}

func readLines(name string) [][]byte {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil // the process's own words have been printed
	}
	return bytes.Split(bytes.TrimSpace(data), []byte("\n"))
}

// firstDifference returns the first index at which two lists differ, -1 if there is none.
func firstDifference(a, b [][]byte) int {
	for i := range max(len(a), len(b)) {
		if !bytes.Equal(at(a, i), at(b, i)) {
			return i
		}
	}
	return -1
}

func at(lines [][]byte, i int) []byte {
	if i < len(lines) {
		return lines[i]
	}
	return []byte("(none)")
}
