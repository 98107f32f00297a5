package checker

// naive decides a history by trying every order that real time allows, with every
// choice of the operations of unknown outcome: the definition, and nothing else.
// It is for histories of a handful of operations.
func naive[S, In, Out any](m Model[S, In, Out], ops []Operation[In, Out]) bool {
	type key = any
	groups := map[key][]Operation[In, Out]{}
	var keys []key
	for _, o := range ops {
		if o.Outcome == OutcomeFailed {
			continue
		}
		var k key
		if m.Key != nil {
			var out *Out
			if o.Outcome == OutcomeOK {
				out = &o.Out
			}
			k = m.Key(o.In, out)
		}
		if _, ok := groups[k]; !ok {
			keys = append(keys, k)
		}
		groups[k] = append(groups[k], o)
	}
	for _, k := range keys {
		if !naivePart(m, groups[k], m.Init(), make([]bool, len(groups[k]))) {
			return false
		}
	}
	return true
}

func naivePart[S, In, Out any](m Model[S, In, Out], ops []Operation[In, Out], s S, done []bool) bool {
	complete := true
	for i := range ops {
		complete = complete && (done[i] || ops[i].Outcome == OutcomeUnknown)
	}
	if complete {
		return true
	}
next:
	for i := range ops {
		if done[i] {
			continue
		}
		for j := range ops {
			if !done[j] && ops[j].Outcome == OutcomeOK && ops[j].Return.Order < ops[i].Call.Order {
				continue next
			}
		}
		var out *Out
		if ops[i].Outcome == OutcomeOK {
			out = &ops[i].Out
		}
		if after, ok := m.Step(s, ops[i].In, out); ok {
			done[i] = true
			found := naivePart(m, ops, after, done)
			done[i] = false
			if found {
				return true
			}
		}
	}
	return false
}
