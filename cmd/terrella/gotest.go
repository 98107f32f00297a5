package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"time"
)

// A testResult is how a go test ended.
type testResult struct {
	exit     int       // code of the go command
	signal   os.Signal // that the command was sent meanwhile
	output   watcher
	findings []finding
}

// runGoTest runs a go test, hands through what it prints, and collects what it found.
func runGoTest(cmd *exec.Cmd, json bool) (*testResult, error) {
	file, err := os.CreateTemp("", "terrella-findings-")
	if err != nil {
		return nil, environment(fmt.Errorf("no place for what the tests find: %w; set TMPDIR to a folder that is writable", err))
	}
	defer os.Remove(file.Name())
	file.Close()
	cmd.Env = append(cmd.Env, findingsEnv+"="+file.Name())
	r := &testResult{output: watcher{to: os.Stdout, json: json}}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, &r.output, os.Stderr
	cmd.WaitDelay = lingering
	if r.signal, err = runForwarding(cmd); err != nil {
		return nil, environment(err)
	}
	r.exit = cmd.ProcessState.ExitCode()
	r.findings, err = readFindings(file.Name())
	if err != nil {
		fmt.Fprintf(os.Stderr, "terrella: %v\n", err)
	}
	return r, nil
}

// lingering is how long output is waited for that processes left behind by go test may still print.
const lingering = 5 * time.Second

// runForwarding runs a command in a process group of its own and hands on to all of the group the
// signals that come in: what they reach otherwise depends on who sends them, and a test that goes
// on for minutes after its go command was ended does nobody good. It returns the last signal.
func runForwarding(cmd *exec.Cmd) (os.Signal, error) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, forwarded...)
	defer signal.Stop(signals)
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start the go command: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var last os.Signal
	for {
		select {
		case last = <-signals:
			forward(cmd.Process, last)
		case err := <-ended:
			var exit *exec.ExitError
			if errors.As(err, &exit) || errors.Is(err, exec.ErrWaitDelay) {
				err = nil
			}
			return last, err
		}
	}
}

// code returns the command's exit code for this result.
func (r *testResult) code() int {
	switch {
	case r.signal != nil && r.exit != 0:
		return exitSignal + signalNumber(r.signal)
	case r.exit == 2:
		return exitUsage
	case r.output.unbuilt, r.exit != 0 && !r.output.failed:
		return exitEnvironment // the go command did not come to run all tests
	case r.exit != 0 && r.output.misused:
		return exitUsage
	case r.nondeterministic():
		return exitNondeterministic
	case r.exit != 0:
		return exitFailed
	}
	return exitClean
}

func (r *testResult) nondeterministic() bool {
	for _, f := range r.findings {
		if f.Kind == nondeterminism {
			return true
		}
	}
	return false
}

// report says what go test did not.
func (r *testResult) report() {
	if name := r.output.strange; name != "" {
		fmt.Fprintf(os.Stderr, "terrella: tests that do not import package sim don't know -sim.%s: write -sim.%s=VALUE, which they are not given\n", name, name)
	}
	for _, f := range r.findings {
		if f.Kind == nondeterminism {
			fmt.Fprintf(os.Stderr, "terrella: %v\n", f)
		}
	}
}

// weight orders exit codes: of several runs, the heaviest counts. What kept tests from being
// run weighs more than what they found.
func weight(code int) int {
	switch {
	case code > exitSignal:
		return 5
	case code == exitUsage:
		return 4
	case code == exitEnvironment:
		return 3
	case code == exitNondeterministic:
		return 2
	}
	return code
}
