package checker

import (
	"context"
	"fmt"
	"reflect"

	"github.com/anishathalye/porcupine"
)

// CheckOperations checks a history recorded for porcupine against one of its
// models. It differs from porcupine.CheckOperations in being bounded by a
// [Budget] instead of memory and time, in validating the history and what the
// model's partition function makes of it, and in saying why.
//
// Clients are optional to porcupine: if all operations have ClientId 0 it is not
// checked that each client has one operation open at a time.
func CheckOperations(m porcupine.Model, history []porcupine.Operation) Result {
	return CheckOperationsConfig(m, history, Config{})
}

// CheckOperationsConfig is [CheckOperations] with a configuration.
func CheckOperationsConfig(m porcupine.Model, history []porcupine.Operation, c Config) Result {
	model := FromPorcupine(m)
	ops := make([]*Operation[any, any], len(history))
	named := false
	for i := range history {
		named = named || history[i].ClientId != 0
	}
	for i := range history {
		o := &history[i]
		ops[i] = &Operation[any, any]{ID: i, Client: o.ClientId, In: o.Input, Out: o.Output,
			Call: Stamp{Order: orderOf(o.Call)}, Return: Stamp{Order: orderOf(o.Return)}}
		if !named {
			ops[i].Client = i
		}
	}
	malformed := func(err error) Result {
		return Result{Verdict: Unknown, Model: model.Name, Level: LinearizableLevel, Operations: len(history), Err: err}
	}
	j, err := newJob(model, ops, c)
	if err != nil {
		return malformed(err)
	}
	if m.Partition != nil {
		keys, err := partitionKeys(m.Partition, history)
		if err != nil {
			return malformed(err)
		}
		j.partition(func(i int) any { return keys[i] })
	}
	return j.run()
}

// orderOf keeps the order of signed time stamps.
func orderOf(t int64) uint64 { return uint64(t) ^ 1<<63 }

// partitionKeys calls a partition function and returns the partition of each
// operation, or an error if one is in none, or in several.
func partitionKeys(partition func([]porcupine.Operation) [][]porcupine.Operation, history []porcupine.Operation) ([]int, error) {
	type mark struct {
		client    int
		call, ret int64
	}
	waiting := map[mark][]int{}
	for i := range history {
		o := &history[i]
		k := mark{o.ClientId, o.Call, o.Return}
		waiting[k] = append(waiting[k], i)
	}
	keys, found := make([]int, len(history)), make([]bool, len(history))
	for n, part := range partition(append([]porcupine.Operation(nil), history...)) {
		for i := range part {
			o := &part[i]
			k := mark{o.ClientId, o.Call, o.Return}
			at := sameOperation(history, waiting[k], o)
			if at < 0 {
				return nil, &HistoryError{Op: -1, Problem: fmt.Sprintf(
					"the model's partition function returned an operation of client %d called at %d more often than the history has it", o.ClientId, o.Call)}
			}
			keys[waiting[k][at]], found[waiting[k][at]] = n, true
			waiting[k] = append(waiting[k][:at], waiting[k][at+1:]...)
		}
	}
	for i, ok := range found {
		if !ok {
			return nil, &HistoryError{Op: i, Problem: "the model's partition function dropped it"}
		}
	}
	return keys, nil
}

// sameOperation returns which of the operations waiting is o, or -1.
func sameOperation(history []porcupine.Operation, waiting []int, o *porcupine.Operation) int {
	for at, i := range waiting {
		if reflect.DeepEqual(history[i].Input, o.Input) && reflect.DeepEqual(history[i].Output, o.Output) {
			return at
		}
	}
	return -1
}

// FromPorcupine returns the model m as a [Model]. Its partition function is not
// part of that; [CheckOperations] uses it.
//
// A porcupine.Model knows no unknown outcomes: it is asked with a nil output.
func FromPorcupine(m porcupine.Model) Model[any, any, any] {
	step := m.Step
	if step == nil && m.StepContext != nil {
		step = func(s, in, out any) (bool, any) { return m.StepContext(context.Background(), s, in, out) }
	}
	model := Model[any, any, any]{Name: "porcupine model", Init: m.Init, Equal: m.Equal, Hash: m.Hash, DescribeState: m.DescribeState}
	if step != nil {
		model.Step = func(s, in any, out *any) (any, bool) {
			var output any
			if out != nil {
				output = *out
			}
			ok, next := step(s, in, output)
			return next, ok
		}
	}
	if model.Equal == nil {
		model.Equal = func(a, b any) bool { return a == b }
		if model.Hash == nil {
			model.Hash = hashOf[any]
		}
	}
	if describe := m.DescribeOperation; describe != nil {
		model.Describe = func(in any, out *any) string {
			if out == nil {
				return describe(in, nil)
			}
			return describe(in, *out)
		}
	}
	return model
}

// Porcupine returns m as a porcupine.Model over operations of the same inputs,
// whose outputs are *Out: nil stands for an unknown outcome, and such an
// operation must be given a return after all others. Keys are not part of it.
func (m Model[S, In, Out]) Porcupine() porcupine.Model {
	m, err := m.filled()
	if err != nil {
		panic(err)
	}
	return porcupine.Model{
		Init: func() any { return m.Init() },
		Step: func(s, in, out any) (bool, any) {
			next, ok := m.Step(s.(S), in.(In), out.(*Out))
			if !ok && out.(*Out) == nil {
				return true, s // at the end of all things it may as well not have happened
			}
			return ok, next
		},
		Equal:             func(a, b any) bool { return m.Equal(a.(S), b.(S)) },
		Hash:              func(s any) uint64 { return m.Hash(s.(S)) },
		DescribeOperation: func(in, out any) string { return m.Describe(in.(In), out.(*Out)) },
		DescribeState:     func(s any) string { return m.DescribeState(s.(S)) },
	}
}

// searchByPorcupine decides p by porcupine, within the budget: when it is spent
// every step is refused, which ends the search, and the verdict is not taken.
func (j *job[S, In, Out]) searchByPorcupine(p *part, b Budget, pr *PartResult) {
	pr.Algorithm = ByPorcupine
	m := j.m.Porcupine()
	step, entry := m.Step, int64(64+p.len()/8)
	m.StepContext = func(_ context.Context, s, in, out any) (bool, any) {
		if pr.Steps >= b.Steps || pr.Bytes > b.Bytes {
			return false, s
		}
		pr.Steps++
		ok, next := step(s, in, out)
		if ok {
			pr.Bytes += entry // each step taken may be remembered, with a bit for each operation
		}
		return ok, next
	}
	history := make([]porcupine.Operation, p.len())
	for i, op := range p.ops {
		o := j.ops[op]
		history[i] = porcupine.Operation{ClientId: o.Client, Input: o.In, Output: (*Out)(nil),
			Call: int64(p.call[i]), Return: int64(p.ret[i]), Metadata: i}
		if o.Outcome == OutcomeOK {
			history[i].Output = &o.Out
		}
	}
	res, info := porcupine.CheckOperationsVerbose(m, history, 0)
	spent := pr.Steps >= b.Steps || pr.Bytes > b.Bytes
	switch {
	case res == porcupine.Ok && !spent:
		var order []int32
		for _, o := range info.PartialLinearizationsOperations()[0][0] {
			order = append(order, int32(o.Metadata.(int)))
		}
		j.acceptPadded(p, order, pr)
	case spent:
		pr.Verdict = Unknown
	default:
		pr.Verdict = Illegal
	}
}

// acceptPadded accepts porcupine's order, in which operations of unknown outcome
// that could not happen stand as well.
func (j *job[S, In, Out]) acceptPadded(p *part, order []int32, pr *PartResult) {
	state, kept := j.m.Init(), order[:0]
	for _, i := range order {
		o := j.ops[p.ops[i]]
		out := o.known()
		if next, ok := j.m.Step(state, o.In, out); ok {
			state, kept = next, append(kept, i)
		}
	}
	j.accept(p, kept, pr)
}
