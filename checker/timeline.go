package checker

import (
	"io"

	"github.com/anishathalye/porcupine"
)

// A TimelineOp is an operation as [WriteTimeline] draws it.
type TimelineOp struct {
	Client       int
	Text         string // what stands in the box
	Call, Return int64  // order of the two; Return is -1 if it is not known
}

// WriteTimeline writes porcupine's own page of operations, with an order that was found elsewhere: the places of
// operations in ops, in the order in which they took effect. Those that are missing from it are shown as not linearized.
func WriteTimeline(w io.Writer, ops []TimelineOp, order []int) error {
	last := int64(0)
	for _, op := range ops {
		last = max(last, op.Call, op.Return)
	}
	history := make([]porcupine.Operation, len(ops))
	for i, op := range ops {
		history[i] = porcupine.Operation{ClientId: op.Client, Input: i, Call: op.Call, Output: op.Text, Return: op.Return}
		if op.Return < 0 {
			history[i].Return = last + 1
		}
	}
	// The state is how many have taken effect: only the next of the order can.
	model := porcupine.Model{
		Init: func() any { return 0 },
		Step: func(state, in, _ any) (bool, any) {
			done := state.(int)
			return done < len(order) && order[done] == in.(int), done + 1
		},
		DescribeOperation: func(_, out any) string { return out.(string) },
	}
	_, info := porcupine.CheckOperationsVerbose(model, history, 0)
	return porcupine.Visualize(model, info, w)
}
