package plan

import (
	"fmt"
	"slices"
	"strings"
)

// Events are the kinds of events at which faults may begin, as records of worlds name them.
var Events = []string{
	"start", "exit", "crash", "restart", "pause", "resume",
	"listen", "dial", "accept", "send", "deliver", "drop", "duplicate", "close",
	"open", "read", "write", "sync", "rename", "remove", "lost",
	"call", "return", "log", "reached",
}

// Visit is the event at which a fault point fires: that the program comes to it. It is none for other faults.
const Visit = "visit"

// validateMoment returns what is wrong with when a fault begins.
func (f *Fault) validateMoment(k *Kind) error {
	w := &f.When
	switch {
	case w.At < 0 || w.Nth < 0:
		return fmt.Errorf("%s has a negative time or number", k.Name)
	case k.Layer == Point && (w.Nth == 0 || w.Event != Visit):
		return fmt.Errorf("%s wants a visit, as in \"%s before-ack at 2nd visit of b\"", k.Name, k.Name)
	case k.Layer == Point && w.At > 0:
		return fmt.Errorf("visits are counted from the start of the world; take out \"after %v\"", w.At)
	case w.Nth == 0 || k.Layer == Point:
		return nil
	case w.Event == "":
		return fmt.Errorf("the %s what? want a kind of event, such as sync", ordinal(w.Nth))
	case !slices.Contains(Events, w.Event):
		return fmt.Errorf("there are no events of kind %q; there are %s", w.Event, strings.Join(Events, ", "))
	}
	return nil
}
