package checker

import "fmt"

// decide routes one part to the fastest algorithm that can judge it.
func (j *job[S, In, Out]) decide(p *part, b Budget) PartResult {
	pr, _ := j.resume(p, nil, b, nil)
	return pr
}

// resume is decide, going on with the search s of the part if there is one already.
// If the budget does not suffice it returns the search as far as it came; also if over
// says that nobody wants the result any more.
func (j *job[S, In, Out]) resume(p *part, s *search[S, In, Out], b Budget, over func() bool) (pr PartResult, paused *search[S, In, Out]) {
	pr.Open, pr.Uncertain = p.width()
	if s == nil {
		if j.c.Use == "" && (j.fast(p, &pr) || j.replay(p, &pr)) {
			return pr, nil
		}
		if j.c.Use == ByPorcupine {
			j.searchByPorcupine(p, b, &pr)
			return pr, nil
		}
		s = newSearch(&j.m, p, j.ops)
	}
	pr.Algorithm = BySearch
	pr.Verdict = s.run(b, over)
	pr.Steps, pr.Bytes, pr.Linearized = s.steps, s.failed.bytes, s.deepest
	switch pr.Verdict {
	case Ok:
		j.accept(p, s.order(), &pr)
	case Unknown:
		return pr, s
	}
	return pr, nil
}

// accept takes an order as proof, if it is one.
func (j *job[S, In, Out]) accept(p *part, order []int32, pr *PartResult) bool {
	if err := verify(&j.m, p, j.ops, order); err != nil {
		if pr.Algorithm == BySearch || pr.Algorithm == ByPorcupine {
			// Nothing is left to fall back on: the model's functions contradict each
			// other, by keeping or changing state, or by Reads that is untrue.
			panic(fmt.Sprintf("checker: model %q is inconsistent: the order found by %s does not replay: %v", j.m.Name, pr.Algorithm, err))
		}
		return false
	}
	pr.Verdict, pr.Order, pr.Linearized = Ok, j.ids(p, order), len(order)
	return true
}

func (j *job[S, In, Out]) replay(p *part, pr *PartResult) bool {
	order, ok := j.hinted(p)
	if !ok {
		return false
	}
	pr.Algorithm = ByHint
	return j.accept(p, order, pr)
}

// acts translates the operations of p.
func (j *job[S, In, Out]) acts(p *part) []act {
	read := j.m.shape.reader()
	acts := make([]act, p.len())
	for i, op := range p.ops {
		o := j.ops[op]
		out := o.known()
		acts[i] = read(&o.In, out)
	}
	return acts
}

// fast tries the algorithm of the model's family. It returns false if that does
// not apply.
func (j *job[S, In, Out]) fast(p *part, pr *PartResult) bool {
	if j.m.shape == nil {
		return false
	}
	acts := j.acts(p)
	order, bad, fits, exact := decideFamily(j.m.shape.family, p, acts)
	if !fits {
		return false
	}
	pr.Algorithm = ByDecrease
	switch j.m.shape.family {
	case famRegister:
		pr.Algorithm = ByZones
	case famUnique:
		pr.Algorithm = ByDistinct
	}
	switch {
	case bad == nil:
		return j.accept(p, order, pr)
	case exact == forLegal: // the operations left out might have helped
		return false
	}
	pr.Verdict, pr.bad = Illegal, bad
	return true
}

// How far the answer of a family's algorithm reaches.
type exactness uint8

const (
	forBoth    exactness = iota
	forLegal             // operations were left out that need not have happened: only an order found counts
	forIllegal           // constraints were left out: only a clash counts, or an order that replays
)

func decideFamily(f family, p *part, acts []act) (order []int32, bad *clash, fits bool, exact exactness) {
	switch f {
	case famRegister:
		if acts, dropped := dropVerb(acts, vSwapFail); dropped {
			// A failed compare-and-set changes nothing: without it the rest must
			// be legal all the same.
			order, bad, fits = zones(p, acts)
			return order, bad, fits, forIllegal
		}
		order, bad, fits = zones(p, acts)
	case famElement:
		order, bad, fits = element(p, acts)
	case famUnique:
		order, bad, fits = distinct(p, acts)
	default:
		acts, dropped := dropVerb(acts, vTakeAny)
		if dropped {
			exact = forLegal
		}
		switch f {
		case famQueue:
			order, bad, fits = fifo(p, acts)
		case famStack:
			order, bad, fits = lifo(p, acts)
		case famPriority:
			order, bad, fits = priority(p, acts)
		}
	}
	return order, bad, fits, exact
}

// dropVerb returns the acts with those of one verb made void.
func dropVerb(acts []act, v verb) (rest []act, dropped bool) {
	for i := range acts {
		if acts[i].verb != v {
			continue
		}
		if !dropped {
			rest, dropped = append([]act(nil), acts...), true
		}
		rest[i] = act{}
	}
	if !dropped {
		return acts, false
	}
	return rest, true
}

// distinct decides one identifier: it was given out once.
func distinct(p *part, acts []act) (order []int32, bad *clash, fits bool) {
	for i := range acts {
		if acts[i].verb == vPut && p.ret[i] != never {
			order = append(order, int32(i))
		}
	}
	if len(order) > 1 {
		return nil, &clash{class: ClassDuplicate, ops: order[:2], text: "the same identifier was given out twice"}, true
	}
	return order, nil, true
}
