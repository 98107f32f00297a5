// Package trace defines the one record in which everything that happens in a
// world is written down. The event hash, traces, failure files, the stories told
// about failures and the pictures drawn of them are all made from it.
package trace

import "time"

// None is the [Event.Cause] of an event that no recorded event caused.
const None = ^uint64(0)

// An Event is one happening in a world.
type Event struct {
	// Number is the event's position in the run, counted from 0.
	Number uint64
	// Step is the scheduling decision during which it happened.
	Step uint64
	// At is the virtual time since the start of the world.
	At time.Duration
	// Skew is what the node's own clock showed beyond At.
	Skew time.Duration
	// Node names the machine it happened on; it is empty for the world itself.
	Node string
	// Incarnation counts the starts of that node, from 0.
	Incarnation int
	// Goroutine numbers the goroutine in the world's order of creation.
	Goroutine uint64
	// Kind says what happened.
	Kind Kind
	// Subject is the stable name of what it happened to: a connection, packet,
	// file, operation or fault.
	Subject string
	// Cause is the number of the event that made it happen: the send of a
	// delivery, the fault of a drop. It is None where there is no such event.
	Cause uint64
	// Detail holds a few attributes, the reason of a drop among them.
	Detail []Attr
}

// An Attr is an attribute of an event: a text or, where Text is empty, a number.
type Attr struct {
	Key    string
	Text   string
	Number int64
}

// Text returns an attribute that holds a text.
func Text(key, text string) Attr { return Attr{Key: key, Text: text} }

// Number returns an attribute that holds a number.
func Number(key string, n int64) Attr { return Attr{Key: key, Number: n} }

// A Kind says what happened. The list is closed: readers of traces may rely
// on knowing all kinds of their schema version.
type Kind uint8

// The kinds of events.
const (
	KindNone     Kind = iota
	Start             // a node's boot function was called
	Exit              // a node's boot function returned
	Crash             // a node stopped without a further instruction
	Restart           // a node came back
	Pause             // a node stopped running, to go on later
	Resume            // a paused node goes on
	Listen            // a socket began to accept
	Dial              // a connection was asked for
	Accept            // a connection was accepted
	Send              // a packet left its sender
	Deliver           // a packet reached its receiver
	Drop              // a packet was lost; Detail says why
	Duplicate         // a packet was delivered once more than it was sent
	Close             // a connection or socket was closed
	Open              // a file was opened
	Read              // a file was read
	Write             // a file was written
	Sync              // a file's or directory's contents were made durable
	Rename            // a file was renamed
	Remove            // a file was removed
	Lost              // a crash took contents that were not durable
	Timer             // a timer fired
	Call              // a client's operation began
	Return            // a client's operation ended
	LogLine           // the program or the test logged a line
	FaultBegin        // a fault began
	FaultEnd          // a fault ended
	PropertyHeld      // a property was checked and held
	PropertyFail      // a property was checked and did not hold
	Reached           // a point in the program was reached
	kinds
)

var kindNames = [kinds]string{
	KindNone: "none", Start: "start", Exit: "exit", Crash: "crash", Restart: "restart",
	Pause: "pause", Resume: "resume", Listen: "listen", Dial: "dial", Accept: "accept",
	Send: "send", Deliver: "deliver", Drop: "drop", Duplicate: "duplicate", Close: "close",
	Open: "open", Read: "read", Write: "write", Sync: "sync", Rename: "rename",
	Remove: "remove", Lost: "lost", Timer: "timer", Call: "call", Return: "return",
	LogLine: "log", FaultBegin: "fault begins", FaultEnd: "fault ends",
	PropertyHeld: "property held", PropertyFail: "property failed", Reached: "reached",
}

// String returns the kind's name in traces.
func (k Kind) String() string {
	if k < kinds {
		return kindNames[k]
	}
	return "unknown"
}

// ParseKind returns the kind of a name.
func ParseKind(name string) (Kind, bool) {
	for k, n := range kindNames {
		if n == name {
			return Kind(k), true
		}
	}
	return KindNone, false
}

// Kinds returns all kinds, in the order of their numbers.
func Kinds() []Kind {
	all := make([]Kind, kinds)
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}
