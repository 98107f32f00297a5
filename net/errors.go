package simnet

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
)

// errTimeout is what a dial or look-up that ran out of time reports, with the
// three faces that package net gives it.
var errTimeout error = timeoutError{}

type timeoutError struct{}

func (timeoutError) Error() string        { return "i/o timeout" }
func (timeoutError) Timeout() bool        { return true }
func (timeoutError) Temporary() bool      { return true }
func (timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// errCanceled is what a dial or look-up reports whose context was canceled.
var errCanceled error = canceledError{}

type canceledError struct{}

func (canceledError) Error() string        { return "operation was canceled" }
func (canceledError) Is(target error) bool { return target == context.Canceled }

// contextError translates a context's error as package net does.
func contextError(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return errCanceled
	case errors.Is(err, context.DeadlineExceeded):
		return errTimeout
	}
	return err
}

// sysError returns the error of a failed system call.
func sysError(call string, errno syscall.Errno) error { return os.NewSyscallError(call, errno) }

// opError wraps err as package net does. Nil addresses of a concrete type
// must not reach it: they would not compare equal to nil.
func opError(op, network string, source, addr net.Addr, err error) *net.OpError {
	return &net.OpError{Op: op, Net: network, Source: source, Addr: addr, Err: err}
}
