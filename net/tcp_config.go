package simnet

import (
	"errors"
	"fmt"
	"time"
)

// TCP holds the constants of a host's TCP. The zero value behaves as Linux with
// its defaults (Documentation/networking/ip-sysctl.rst) and Go's keep-alive.
type TCP struct {
	// SynRetries is how often an unanswered SYN is sent again, after 1 s, 2 s, 4 s
	// and so on; 0 means 6, so that a dial fails after 127 s, -1 none.
	SynRetries int
	// SynAckRetries is the same for the answer; 0 means 5 (63 s), -1 none.
	SynAckRetries int
	// GiveUpAfter is how long data may stay unacknowledged before the connection
	// ends with ETIMEDOUT, at the next retransmission; 0 means 924.6 s, what the
	// usual 15 retries come to.
	GiveUpAfter time.Duration
	// RTOMin and RTOMax bound the time after which data is sent again;
	// 0 means 200 ms and 120 s.
	RTOMin, RTOMax time.Duration
	// RTOInitial is that time before anything was measured; 0 means 1 s.
	RTOInitial time.Duration
	// SendBuffer and ReceiveBuffer bound the bytes that a connection holds at either
	// end; 0 means 128 KiB. Sockets have SetWriteBuffer and SetReadBuffer besides.
	SendBuffer, ReceiveBuffer int
	// Backlog is how many connections may wait to be accepted; 0 means 4096.
	Backlog int
	// TimeWait is how long a pair of addresses stays taken after a connection
	// that this end closed first; 0 means 60 s.
	TimeWait time.Duration
	// KeepAlive is the silence after which a connection whose other end can't be
	// reached is probed, and the time between probes; 0 means 15 s, -1 never.
	KeepAlive time.Duration
	// KeepAliveProbes is how many of them go unanswered before the connection ends with
	// ETIMEDOUT; 0 means 9.
	KeepAliveProbes int
}

func (t TCP) withDefaults() (TCP, error) {
	var errs []error
	count := func(name string, x *int, usual, least int) {
		if *x < least {
			errs = append(errs, fmt.Errorf("%s is %d, below %d", name, *x, least))
		}
		if *x == 0 {
			*x = usual
		}
		*x = max(*x, 0)
	}
	spell := func(name string, x *time.Duration, usual, least time.Duration) {
		if *x < least {
			errs = append(errs, fmt.Errorf("%s is %v, below %v", name, *x, least))
		}
		if *x == 0 {
			*x = usual
		}
	}
	count("SynRetries", &t.SynRetries, 6, -1)
	count("SynAckRetries", &t.SynAckRetries, 5, -1)
	count("SendBuffer", &t.SendBuffer, 128<<10, 0)
	count("ReceiveBuffer", &t.ReceiveBuffer, 128<<10, 0)
	count("Backlog", &t.Backlog, 4096, 0)
	count("KeepAliveProbes", &t.KeepAliveProbes, 9, 0)
	spell("GiveUpAfter", &t.GiveUpAfter, 924600*time.Millisecond, 0)
	spell("RTOMin", &t.RTOMin, 200*time.Millisecond, 0)
	spell("RTOMax", &t.RTOMax, 120*time.Second, 0)
	spell("RTOInitial", &t.RTOInitial, time.Second, 0)
	spell("TimeWait", &t.TimeWait, time.Minute, 0)
	spell("KeepAlive", &t.KeepAlive, 15*time.Second, -1)
	if t.RTOMax < t.RTOMin {
		errs = append(errs, fmt.Errorf("RTOMax is %v, below RTOMin, which is %v", t.RTOMax, t.RTOMin))
	}
	return t, errors.Join(errs...)
}
