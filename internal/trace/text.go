package trace

import (
	"fmt"
	"strconv"
	"strings"
)

// String returns the event as one line.
func (e *Event) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "#%d step %d %v", e.Number, e.Step, e.At)
	if e.Node != "" {
		fmt.Fprintf(&b, " %s", e.Node)
		if e.Incarnation > 0 {
			fmt.Fprintf(&b, "/%d", e.Incarnation)
		}
	}
	fmt.Fprintf(&b, " %v %s", e.Kind, e.Subject)
	for _, a := range e.Detail {
		b.WriteString(" " + a.Key + "=")
		if a.Text != "" {
			b.WriteString(strconv.Quote(a.Text))
		} else {
			b.WriteString(strconv.FormatInt(a.Number, 10))
		}
	}
	if e.Cause != None {
		fmt.Fprintf(&b, " because of #%d", e.Cause)
	}
	return b.String()
}
