package nethttp

import (
	"math/rand/v2"
	"time"

	simnet "github.com/terrella-go/terrella/net"
	"github.com/terrella-go/terrella/sim"
)

// A storm is what befalls one server and its clients: power failures, killed and paused processes, partitions, connections
// reset, bad links. All of it is drawn from the world's seed.
type storm struct {
	w       *sim.World
	server  *sim.Node
	clients []*sim.Node
	rand    *rand.Rand
	pause   time.Duration // between strikes, at most
}

func newStorm(w *sim.World, server *sim.Node, clients []*sim.Node) *storm {
	s := &storm{w: w, server: server, clients: clients, rand: w.Rand("nemesis")}
	s.pause = 500*time.Millisecond + s.upTo(3*time.Second)
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

// strike begins or ends a fault.
func (s *storm) strike() {
	net, server, client := s.w.Net(), s.server.Name(), s.clients[s.rand.IntN(len(s.clients))].Name()
	switch s.rand.IntN(18) {
	case 0, 1:
		s.server.Crash()
	case 2:
		s.server.Kill()
	case 3, 4, 5, 6:
		if !s.server.Running() {
			s.server.Restart()
		}
	case 7:
		s.server.Restart()
	case 8:
		s.server.Pause()
	case 9, 10:
		s.server.Resume()
	case 11:
		s.must(net.Partition([]string{client}))
	case 12:
		s.must(net.Block(client, server))
	case 13:
		s.must(net.Block(server, client))
	case 14:
		s.must(net.ResetConns(client, server))
	case 15, 16:
		net.Heal()
	case 17:
		s.links()
	}
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
		s.w.Fatalf("the storm itself failed: %v", err)
	}
}
