package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/terrella-go/terrella/internal/plan"
)

// A clause is a part of a story.
type clause struct {
	at   time.Duration
	text string
}

// maxClauses bounds a story; a plan that did not shrink has too many faults for one.
const maxClauses = 24

// story tells in a paragraph how a world came to fail: faults, operations, and the property.
func story(o *outcome) string {
	text := fmt.Sprintf("At %s %s", shortTime(o.failure.at), verdict(o.failure))
	if d := deeds(o); d != "" {
		return d + " " + text
	}
	return text
}

// deeds tells what happened before: faults and operations. It is empty if there were none.
func deeds(o *outcome) string {
	w := o.world
	var clauses []clause
	for _, s := range w.weather.struck {
		if s.began > o.failure.at {
			continue
		}
		clauses = append(clauses, clause{s.began, sentence(s, s.fault.Spec().Begins)})
		if ends := s.fault.Spec().Ends; s.ended > s.began && s.ended <= o.failure.at && ends != "" {
			clauses = append(clauses, clause{s.ended, sentence(s, ends)})
		}
	}
	if o.given.Chosen {
		for _, op := range w.work.done(w, o.failure.at) {
			if text := opText(op); text != "" {
				clauses = append(clauses, clause{op.At, op.Node + " asks for " + text})
			}
		}
	}
	slices.SortStableFunc(clauses, func(a, b clause) int { return int(a.at - b.at) })
	left := 0
	if len(clauses) > maxClauses {
		left = len(clauses) - maxClauses
		clauses = slices.Concat(clauses[:maxClauses/2], []clause{{clauses[maxClauses/2].at, fmt.Sprintf("and %d more things happen", left)}}, clauses[len(clauses)-maxClauses/2:])
	}
	var b strings.Builder
	for i, c := range clauses {
		switch {
		case i == 0:
			fmt.Fprintf(&b, "At %s %s", shortTime(c.at), c.text)
		case c.at == clauses[i-1].at:
			fmt.Fprintf(&b, ", and %s", c.text)
		default:
			fmt.Fprintf(&b, "; at %s %s", shortTime(c.at), c.text)
		}
	}
	if len(clauses) > 0 {
		b.WriteString(".")
	}
	return b.String()
}

// verdict says what was found.
func verdict(f *failure) string {
	message, _, _ := strings.Cut(f.message, "\n")
	message = strings.TrimSuffix(message, ":")
	where := ""
	if f.where != "" {
		where = " on " + f.where
	}
	if f.property == "" {
		return fmt.Sprintf("the test fails%s: %s.", where, message)
	}
	return fmt.Sprintf("the property %q is broken%s: %s.", f.property, where, message)
}

// sentence fills in who and how much.
func sentence(s *strike, form string) string {
	if form == "" {
		form = s.fault.Kind + " strikes %s"
	}
	return strings.NewReplacer("%s", who(s), "%a", s.fault.AmountText()).Replace(form)
}

// who names the victims of a strike.
func who(s *strike) string {
	f := &s.fault
	switch f.Spec().Victims {
	case plan.Groups:
		parts := make([]string, len(f.Groups))
		for i, g := range f.Groups {
			parts[i] = list(g)
		}
		return strings.Join(parts, " | ")
	case plan.Ways:
		switch {
		case len(f.Groups) == 2:
			return "the way from " + list(f.Groups[0]) + " to " + list(f.Groups[1])
		case f.Groups[0][0] == "*":
			return "the whole network"
		case len(f.Groups[0]) == 1:
			return "every way of " + f.Groups[0][0]
		}
		return "each way between " + list(f.Groups[0])
	}
	return list(s.names)
}

// list joins names as English does.
func list(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// opText tells what an operation drew.
func opText(op plan.Op) string {
	var parts []string
	for _, d := range op.Draws {
		text := string(d.Value)
		if text == "" {
			text = d.Text
		}
		parts = append(parts, d.Label+" "+text)
	}
	return strings.Join(parts, ", ")
}

// shortTime prints a time to the microsecond.
func shortTime(d time.Duration) string { return d.Round(time.Microsecond).String() }
