package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Fault is one line of a plan.
type Fault struct {
	Kind string
	// Groups are the victims. Most kinds have one group; Ways that lead one way have two.
	Groups [][]string
	// Amount is a number of the kind's unit.
	Amount int64
	// Params are key=value, in the order of their text.
	Params []Param
	When   When
	// For is how long it lasts; 0 means until everything is healed.
	For time.Duration
	// Inject tells to which call of Inject it belongs, counted from 0.
	Inject int
}

// A Param is a parameter of a fault.
type Param struct{ Key, Value string }

// A When is the moment at which a fault begins.
type When struct {
	// At is the time since the start of the world; for the nth event it is from when on they are counted.
	At time.Duration
	// Nth is which event of that kind it is, from 1; 0 means that At alone decides.
	Nth int
	// Event is the kind of event, such as sync, and Of the node that it happens on; empty is any.
	Event, Of string
}

// spec returns the kind of a fault that was parsed or validated.
func (f *Fault) spec() *Kind {
	if k := byName[f.Kind]; k != nil {
		return k
	}
	panic("plan: fault of unknown kind " + strconv.Quote(f.Kind))
}

// Spec returns the fault's kind. It panics if there is none of that name.
func (f *Fault) Spec() *Kind { return f.spec() }

// Param returns the value of a parameter, empty if it is not set.
func (f *Fault) Param(key string) string {
	for _, p := range f.Params {
		if p.Key == key {
			return p.Value
		}
	}
	return ""
}

// Victims returns all victims, in the order of the text.
func (f *Fault) Victims() []string { return slices.Concat(f.Groups...) }

// End returns when the fault is over; never is false if only healing ends it. A fault that waits for an event
// begins at its earliest.
func (f *Fault) End() (at time.Duration, ends bool) {
	if f.spec().Instant {
		return f.When.At, true
	}
	return f.When.At + f.For, f.For > 0
}

// Clone returns a copy that shares nothing.
func (f Fault) Clone() Fault {
	groups := make([][]string, len(f.Groups))
	for i, g := range f.Groups {
		groups[i] = slices.Clone(g)
	}
	f.Groups, f.Params = groups, slices.Clone(f.Params)
	return f
}

// String returns the fault as one line of text.
func (f Fault) String() string {
	var b strings.Builder
	if f.Inject > 0 {
		fmt.Fprintf(&b, "inject %d: ", f.Inject)
	}
	b.WriteString(f.What())
	if f.spec().Setting {
		return b.String()
	}
	b.WriteString(" at ")
	if f.When.Nth > 0 {
		fmt.Fprintf(&b, "%s %s", ordinal(f.When.Nth), f.When.Event)
		if f.When.Of != "" {
			b.WriteString(" of " + quote(f.When.Of))
		}
		if f.When.At > 0 {
			fmt.Fprintf(&b, " after %v", f.When.At)
		}
	} else {
		b.WriteString(f.When.At.String())
	}
	if f.For > 0 {
		fmt.Fprintf(&b, " for %v", f.For)
	}
	return b.String()
}

// What returns the text of what happens and to whom, without when.
func (f *Fault) What() string {
	var b strings.Builder
	b.WriteString(f.Kind)
	k := f.spec()
	for i, g := range f.Groups {
		if i > 0 {
			b.WriteString(map[bool]string{true: " ->", false: " |"}[k.Victims == Ways])
		}
		for _, name := range g {
			b.WriteString(" " + quote(name))
		}
	}
	if k.Amount != None {
		b.WriteString(" " + f.AmountText())
	}
	for _, p := range f.Params {
		if k.Amount == VersionN && p.Key == "to" {
			continue // the amount
		}
		b.WriteString(" " + p.Key + "=" + quote(p.Value))
	}
	return b.String()
}

// AmountText returns the amount with its unit.
func (f *Fault) AmountText() string {
	switch f.spec().Amount {
	case Factor:
		return strconv.FormatInt(f.Amount, 10) + "x"
	case Ratio:
		return strconv.FormatFloat(float64(f.Amount)/100, 'f', -1, 64) + "%"
	case Span:
		return time.Duration(f.Amount).String()
	case Rate:
		return fmt.Sprintf("%+dppm", f.Amount)
	case Bytes:
		return size(f.Amount) + "/s"
	case Packet:
		return size(f.Amount)
	case VersionN:
		return quote(f.Param("to"))
	}
	if f.spec().Setting {
		texts := make([]string, len(f.Params))
		for i, p := range f.Params {
			texts[i] = p.Key + "=" + p.Value
		}
		return strings.Join(texts, " ")
	}
	return ""
}

func size(n int64) string {
	for _, u := range sizes {
		if n >= u.bytes && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return "0B"
}

var sizes = []struct {
	bytes int64
	name  string
}{{1_000_000_000, "GB"}, {1_000_000, "MB"}, {1000, "KB"}, {1, "B"}}

func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}

// quote returns a word that is read as one name.
func quote(s string) string {
	if s == "" || keyword(s) || strings.ContainsAny(s, " \t\n\"|=") || s == "->" {
		return strconv.Quote(s)
	}
	return s
}

func keyword(s string) bool {
	return s == "at" || s == "for" || s == "of" || s == "after" || s == "inject"
}
