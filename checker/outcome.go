package checker

import (
	"errors"
	"fmt"
)

// An Outcome says what is known about the effect of an operation.
type Outcome uint8

// The outcomes. The zero value is [OutcomeOK].
const (
	// OutcomeOK: the operation returned and its output is known.
	OutcomeOK Outcome = iota
	// OutcomeFailed: the operation certainly did nothing and never will.
	OutcomeFailed
	// OutcomeUnknown: the operation may have taken effect, may take effect
	// later, or never. A time-out and a lost connection are of this kind.
	OutcomeUnknown
)

var outcomeNames = [...]string{OutcomeOK: "ok", OutcomeFailed: "failed", OutcomeUnknown: "unknown"}

// String returns the outcome's name in history files: ok, failed or unknown.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// MarshalText implements [encoding.TextMarshaler].
func (o Outcome) MarshalText() ([]byte, error) {
	if int(o) >= len(outcomeNames) {
		return nil, fmt.Errorf("checker: no outcome has number %d", uint8(o))
	}
	return []byte(outcomeNames[o]), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (o *Outcome) UnmarshalText(text []byte) error {
	for i, name := range outcomeNames {
		if name == string(text) {
			*o = Outcome(i)
			return nil
		}
	}
	return fmt.Errorf("unknown outcome %q: want ok, failed or unknown", text)
}

// errFailed marks the errors of operations that certainly did nothing.
var errFailed = errors.New("the operation did nothing")

type failedError struct{ err error }

func (e failedError) Error() string        { return e.err.Error() }
func (e failedError) Unwrap() error        { return e.err }
func (e failedError) Is(target error) bool { return target == errFailed }

// Failed returns an error with the text and chain of err that tells [History.Do]
// that the operation certainly did nothing and never will: a refused
// connection, a request rejected before it was queued. Any other error
// leaves the outcome unknown, which is the safe reading of a time-out.
// Failed(nil) is nil.
func Failed(err error) error {
	if err == nil {
		return nil
	}
	return failedError{err}
}

// outcomeOf is the outcome of an operation that ended with err.
func outcomeOf(err error) Outcome {
	switch {
	case err == nil:
		return OutcomeOK
	case errors.Is(err, errFailed):
		return OutcomeFailed
	}
	return OutcomeUnknown
}
