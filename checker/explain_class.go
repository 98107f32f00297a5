package checker

// guess names what is wrong with operation op of the history, at which the search
// got stuck. The whole part is asked who wrote what.
func (j *job[S, In, Out]) guess(p *part, op int32) *clash {
	bad := &clash{class: ClassImpossible, text: "no order of the operations gives this result"}
	if j.m.shape != nil && j.m.shape.family == famRegister {
		j.guessRegister(p, op, bad)
	}
	switch any(j.m.Init()).(type) {
	case LockState, LeaseState:
		bad.class, bad.text = ClassMutex, "another held it"
	}
	return bad
}

// stuckAt returns the operation that had to come next and could not.
func stuckAt(p *part, best []int32) int32 {
	done := make([]bool, p.len())
	for _, op := range best {
		done[op] = true
	}
	for _, e := range p.events {
		if e&1 == 1 && !done[e>>1] {
			return e >> 1
		}
	}
	return int32(p.len() - 1)
}

// guessRegister names what is wrong about operation op of a history of registers.
func (j *job[S, In, Out]) guessRegister(p *part, op int32, bad *clash) {
	acts := j.acts(p)
	at := int32(none)
	for i := range p.ops {
		if p.ops[i] == op {
			at = int32(i)
		}
	}
	observer := acts[at]
	switch observer.verb {
	case vRead, vSwap:
	default:
		bad.text = "it could not have had this outcome, in any order"
		return
	}
	written, earlier := observer.a == 0, observer.a == 0
	for i, a := range acts {
		if a.verb == vWrite && a.a == observer.a || a.verb == vSwap && a.b == observer.a {
			written = true
			earlier = earlier || p.call[i] < p.ret[at]
		}
	}
	switch {
	case !written:
		bad.class, bad.text = ClassPhantom, "nobody wrote this value"
	case !earlier:
		bad.class, bad.text = ClassFuture, "it returned before any write of its value was called"
	default:
		bad.class, bad.text = ClassStale, "the value that it observed had been replaced by then"
	}
}
