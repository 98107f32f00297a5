package hashiraft

import (
	"fmt"
	"math/rand/v2"
	"time"

	simnet "github.com/terrella-go/terrella/net"
	"github.com/terrella-go/terrella/sim"
)

// A storm does to servers what happens to machines: power failures, killed processes, pauses, partitions,
// bad links. It is drawn from the world's seed, and so is how fierce it is.
type storm struct {
	w     *sim.World
	nodes []*sim.Node
	rand  *rand.Rand
	pause time.Duration // between strikes, at most
}

func newStorm(w *sim.World, nodes []*sim.Node) *storm {
	s := &storm{w: w, nodes: nodes, rand: w.Rand("storm")}
	s.pause = 300*time.Millisecond + s.upTo(3*time.Second)
	return s
}

// blow lasts until the world is so old.
func (s *storm) blow(until time.Duration) {
	s.links()
	for {
		pause := s.upTo(s.pause)
		if s.w.Elapsed()+pause > until {
			return
		}
		time.Sleep(pause)
		s.strike()
	}
}

// upTo draws a duration. A third each is below the most, a tenth and a hundredth of it.
func (s *storm) upTo(most time.Duration) time.Duration {
	for range s.rand.IntN(3) {
		most /= 10
	}
	return time.Duration(s.rand.Int64N(int64(most)))
}

func (s *storm) node() *sim.Node { return s.nodes[s.rand.IntN(len(s.nodes))] }

// strike begins or ends a fault.
func (s *storm) strike() {
	n, m := s.node(), s.node()
	switch s.rand.IntN(14) {
	case 0, 1:
		n.Crash()
	case 2:
		n.Kill()
	case 3, 4:
		n.Restart()
	case 5, 6, 7:
		for _, n := range s.nodes {
			if !n.Running() && s.rand.IntN(3) > 0 {
				n.Restart()
			}
		}
	case 8:
		n.Pause()
	case 9:
		for _, n := range s.nodes {
			n.Resume()
		}
	case 10:
		s.must(s.w.Net().Partition(s.side()))
	case 11:
		s.must(s.w.Net().Block(n.Name(), m.Name()))
	case 12:
		s.w.Net().Heal()
	case 13:
		s.links()
	}
}

// side draws some of the servers; clients reach only the others.
func (s *storm) side() []string {
	var names []string
	for _, n := range s.nodes {
		if s.rand.IntN(2) == 0 {
			names = append(names, n.Name())
		}
	}
	return names
}

// links draws what all links between machines are like.
func (s *storm) links() {
	l := simnet.Link{Latency: simnet.Uniform{Min: 100 * time.Microsecond, Max: 100*time.Microsecond + s.upTo(400*time.Millisecond)}}
	if s.rand.IntN(2) == 0 {
		l.Loss = s.rand.Float64() * 0.2
	}
	s.must(s.w.Net().SetLinks(l))
}

// calm ends all faults.
func (s *storm) calm() {
	s.must(s.w.Net().SetLinks(simnet.Link{Latency: simnet.Constant(time.Millisecond)}))
	s.w.Heal()
}

func (s *storm) must(err error) {
	if err != nil {
		s.w.Fatal(fmt.Errorf("the storm itself failed: %w", err))
	}
}
