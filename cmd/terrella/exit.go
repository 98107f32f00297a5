package main

import "fmt"

// The exit codes.
const (
	exitClean            = 0
	exitFailed           = 1 // a test or a property failed
	exitUsage            = 2
	exitEnvironment      = 3
	exitNondeterministic = 4
	exitSignal           = 128 // and the signal's number
)

// An exitError ends the command with a code, and with a message if err is not nil.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usage returns the error of a command that was used wrongly.
func usage(format string, args ...any) *exitError {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// environment returns the error of a command that lacks something of the machine.
func environment(err error) *exitError { return &exitError{exitEnvironment, err} }
