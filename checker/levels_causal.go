package checker

import (
	"cmp"
	"fmt"
	"slices"
)

// The causal levels are judged from who read whose write, as Bouajjani et al. do ("On
// verifying causal consistency", POPL 2017): causality is the order of each client
// and reads-from, closed; a read is at fault if a write to the same key lies,
// causally, between the write that it read from and itself.

const notUnique = "the model is not a register or key-value store with unique written values"

// A causalOp is an operation on a register, with what it read and wrote.
type causalOp struct {
	id, client, index int // index among the client's operations
	key               int
	reads, writes     bool
	value, written    int32 // read and written
	from              *causalOp
	clock             []int32 // by client: how many of its operations are in the causal past
}

type causalWrite struct {
	key   int
	value int32
}

// causal checks one of the causal and session levels.
func (j *job[S, In, Out]) causal(level Level) (v Verdict, why string) {
	if j.m.shape == nil || j.m.shape.family != famRegister {
		return Unknown, notUnique
	}
	ops, clients, ok := j.causalOps()
	if !ok {
		return Unknown, notUnique
	}
	writes := map[causalWrite]*causalOp{}
	for _, o := range ops {
		if o.writes {
			writes[causalWrite{o.key, o.written}] = o
		}
	}
	for _, o := range ops {
		if o.reads && o.value != 0 {
			if o.from = writes[causalWrite{o.key, o.value}]; o.from == nil {
				return Illegal, fmt.Sprintf("operation %d read a value that nobody wrote", o.id)
			}
		}
	}
	if !causalClocks(ops, clients) {
		return Illegal, "an operation is among its own causes"
	}
	g := &causalGraph{ops: ops, clients: clients, byKey: map[[2]int][]*causalOp{}}
	for _, o := range ops {
		if o.writes {
			at := [2]int{o.key, o.client}
			g.byKey[at] = append(g.byKey[at], o)
		}
	}
	if why := g.violation(level); why != "" {
		return Illegal, why
	}
	return Ok, ""
}

// causalOps translates the history; ok is false if a value was written twice.
func (j *job[S, In, Out]) causalOps() (ops []*causalOp, clients int, ok bool) {
	numbers := map[int]int{}
	written := map[causalWrite]bool{}
	order := map[*causalOp]uint64{}
	for key, p := range j.parts {
		acts := j.acts(p)
		seen := observed(p, acts)
		for i, a := range acts {
			o := j.ops[p.ops[i]]
			c := &causalOp{id: o.ID, key: key}
			switch a.verb {
			case vRead:
				c.reads, c.value = true, a.a
			case vWrite:
				c.writes, c.written = true, a.a
			case vSwap:
				c.reads, c.value, c.writes, c.written = true, a.a, true, a.b
			default:
				continue
			}
			if c.writes {
				w := causalWrite{key, c.written}
				if written[w] || c.written == 0 {
					return nil, 0, false
				}
				written[w] = true
			}
			client := o.Client
			if p.ret[i] == never {
				if c.reads && !seen[c.written] {
					continue // nobody knows whether it read what it names
				}
				client = -1 - o.ID // it may take effect long after its client went on
			}
			if _, ok := numbers[client]; !ok {
				numbers[client] = len(numbers)
			}
			c.client = numbers[client]
			order[c] = o.Call.Order
			ops = append(ops, c)
		}
	}
	slices.SortStableFunc(ops, func(a, b *causalOp) int { return cmp.Compare(order[a], order[b]) })
	count := make([]int, len(numbers))
	for _, o := range ops {
		o.index = count[o.client]
		count[o.client]++
	}
	return ops, len(numbers), true
}

// causalClocks computes the causal past of each operation; it returns false if
// one is in its own.
func causalClocks(ops []*causalOp, clients int) bool {
	threads := make([][]*causalOp, clients)
	for _, o := range ops {
		threads[o.client] = append(threads[o.client], o)
	}
	at := make([]int, clients)
	for left, moved := len(ops), true; left > 0; {
		if !moved {
			return false
		}
		moved = false
		for c := range threads {
			for at[c] < len(threads[c]) {
				o := threads[c][at[c]]
				if o.from != nil && o.from.clock == nil {
					break
				}
				o.clock = make([]int32, clients)
				if at[c] > 0 {
					copy(o.clock, threads[c][at[c]-1].clock)
				}
				if o.from != nil {
					for i, n := range o.from.clock {
						o.clock[i] = max(o.clock[i], n)
					}
				}
				o.clock[c] = int32(o.index + 1)
				at[c]++
				left--
				moved = true
			}
		}
	}
	return true
}

// before reports whether a is in b's causal past.
func (a *causalOp) before(b *causalOp) bool {
	return a != b && b.clock[a.client] > int32(a.index)
}

type causalGraph struct {
	ops     []*causalOp
	clients int
	byKey   map[[2]int][]*causalOp // by key and client: its writes
}

// violation returns what speaks against a level, or "".
func (g *causalGraph) violation(level Level) string {
	sessions := map[Level]bool{level: true}
	if level == SessionLevel {
		sessions = map[Level]bool{MonotonicReads: true, MonotonicWrites: true, ReadYourWrites: true}
	}
	for _, r := range g.ops {
		if !r.reads {
			continue
		}
		for c := range g.clients {
			w := g.latest(r, c)
			if w == nil || w == r.from || r.from != nil && !r.from.before(w) {
				continue
			}
			// r read from before w, and w is among its causes.
			if level == CausalLevel || sessions[g.bySession(r, w)] {
				return fmt.Sprintf("operation %d did not see the write of operation %d, which is among its causes", r.id, w.id)
			}
		}
	}
	if sessions[MonotonicReads] {
		return g.backwards()
	}
	return ""
}

// latest returns client c's last write to r's key in r's causal past.
func (g *causalGraph) latest(r *causalOp, c int) *causalOp {
	past := r.clock[c]
	if c == r.client {
		past-- // not itself
	}
	writes := g.byKey[[2]int{r.key, c}]
	n, _ := slices.BinarySearchFunc(writes, past, func(w *causalOp, past int32) int { return cmp.Compare(int32(w.index), past) })
	if n == 0 {
		return nil
	}
	return writes[n-1]
}

// bySession returns the session guarantee by which r ought to have seen w.
func (g *causalGraph) bySession(r, w *causalOp) Level {
	if w.client == r.client {
		return ReadYourWrites
	}
	for _, o := range g.ops {
		if o.client != r.client || o.index >= r.index || o.from == nil {
			continue
		}
		if o.from == w {
			return MonotonicReads
		}
		if o.from.client == w.client && w.index < o.from.index {
			return MonotonicWrites
		}
	}
	return CausalLevel
}

// backwards finds a session that read a newer value and then an older one.
func (g *causalGraph) backwards() string {
	last := map[[2]int]*causalOp{} // by client and key
	for _, r := range g.ops {
		if !r.reads {
			continue
		}
		at := [2]int{r.client, r.key}
		if b := last[at]; b != nil && b.from != nil && (r.from == nil || r.from.before(b.from)) {
			return fmt.Sprintf("operation %d read an older value than operation %d of the same client before it", r.id, b.id)
		}
		last[at] = r
	}
	return ""
}
