package simnet

import (
	"flag"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/prng"
	"github.com/terrella-go/terrella/internal/trace"
)

var stormSeeds = flag.Int("storm.seeds", 30, "seeds of the accounting test")

// TestEveryByteIsAccountedFor runs storms over TCP and UDP traffic. At the end each packet
// that was sent has arrived or has a reason, by the counts and by the events alike.
func TestEveryByteIsAccountedFor(t *testing.T) {
	var sum LinkStats
	for seed := range uint64(*stormSeeds) {
		inWorld(t, Config{Seed: prng.Seed(seed), TCP: TCP{GiveUpAfter: 30 * time.Second}}, func(w *world) {
			stop := make(chan struct{})
			w.traffic(stop)
			w.storm(prng.Seed(seed).Name("storm").Stream())
			w.checkCounts()
			close(stop)
			for _, h := range w.net.hosts {
				h.Restart()
				h.Resume()
			}
			w.net.Heal()
			w.must(w.net.SetLinks(Link{}))
			for _, h := range w.net.hosts {
				h.Kill()
			}
			time.Sleep(2 * time.Hour) // past all retransmissions
			w.checkCounts()
			w.checkEvents()
			s := w.net.Stats()
			if s.InFlight != (Count{}) {
				w.Errorf("seed %d: %+v is still under way", seed, s.InFlight)
			}
			sum.Sent.plus(s.Sent)
			sum.Duplicated.plus(s.Duplicated)
			sum.Delivered.plus(s.Delivered)
			for r := range s.Lost {
				sum.Lost[r].plus(s.Lost[r])
			}
		})
	}
	t.Logf("%d seeds: sent %+v, duplicated %+v, delivered %+v, lost %+v", *stormSeeds,
		sum.Sent, sum.Duplicated, sum.Delivered, sum.LostTotal())
	for r := range sum.Lost {
		t.Logf("%20s %+v", Reason(r), sum.Lost[r])
		if sum.Lost[r].Packets == 0 {
			t.Errorf("no packet was lost for the reason %s, so its account was not tested", Reason(r))
		}
	}
}

// storm lets random faults come and go for a while.
func (w *world) storm(s *prng.Stream) {
	names := []string{"a", "b", "c"}
	pick := func() (string, string) {
		i := s.IntN(3)
		return names[i], names[(i+1+s.IntN(2))%3]
	}
	for range 40 {
		from, to := pick()
		switch s.IntN(16) {
		case 0, 1, 2:
			w.must(w.net.SetLink(from, to, stormyLink(s)))
		case 3:
			w.must(w.net.Partition([]string{from}, []string{to}))
		case 4:
			w.must(w.net.Block(from, to))
		case 5:
			w.must(w.net.Clog(from, to))
		case 6:
			w.must(w.net.Unclog(from, to))
		case 7:
			w.must(w.net.Swizzle(prng.Key(s.Uint64()), time.Second, from, to))
		case 8:
			w.must(w.net.ResetConns(from, to))
		case 9:
			w.must(w.net.ForgetConns(from, to))
		case 10:
			w.host(from).Crash()
		case 11:
			w.host(from).Kill()
		case 12:
			w.host(from).Restart()
		case 13:
			w.host(from).RestartElsewhere()
		case 14:
			w.host(from).Pause()
		case 15:
			w.host(from).Resume()
			w.net.Heal()
		}
		time.Sleep(time.Duration(s.Uint64N(uint64(2 * time.Second))))
	}
}

func stormyLink(s *prng.Stream) Link {
	l := Link{Latency: LogNormal{Median: 5 * time.Millisecond, Sigma: 1}}
	some := func(x *float64, most float64) {
		if s.Chance(1, 3) {
			*x = most * s.Float64()
		}
	}
	some(&l.Loss, 0.2)
	some(&l.Duplicate, 0.2)
	some(&l.Reorder, 0.2)
	some(&l.Corrupt, 0.1)
	some(&l.Reset, 0.05)
	if s.Chance(1, 3) {
		l.Bandwidth, l.Queue = 100_000, 10_000
	}
	if s.Chance(1, 3) {
		l.LoseOver = 600
	}
	if s.Chance(1, 3) {
		l.FlapUp, l.FlapDown = time.Second, 300*time.Millisecond
	}
	if s.Chance(1, 4) {
		l.MTU, l.Oversize = 576, Oversize(s.IntN(3))
	}
	return l
}

// traffic keeps all hosts talking until stop is closed.
func (w *world) traffic(stop <-chan struct{}) {
	stopped := func() bool {
		select {
		case <-stop:
			return true
		default:
			return false
		}
	}
	for _, h := range w.net.hosts {
		go func() {
			for !stopped() {
				h.serve()
				time.Sleep(100 * time.Millisecond)
			}
		}()
		for _, o := range w.net.hosts {
			if o == h {
				continue
			}
			go func() {
				for !stopped() {
					h.talk(o.name)
					time.Sleep(100 * time.Millisecond)
				}
			}()
			go func() {
				for !stopped() {
					h.chat(o.name)
					time.Sleep(200 * time.Millisecond)
				}
			}()
		}
	}
}

// serve answers on TCP and UDP until the host stops.
func (h *Host) serve() {
	l, err := h.Listen("tcp", ":80")
	if err != nil {
		return
	}
	defer l.Close()
	if u, err := h.ListenPacket("udp", ":53"); err == nil {
		defer u.Close()
		u.(interface{ SetReadBuffer(int) error }).SetReadBuffer(1000)
		go func() {
			buf := make([]byte, 2000)
			for {
				if _, _, err := u.ReadFrom(buf); err != nil {
					return
				}
				time.Sleep(300 * time.Millisecond) // slow enough for its buffer to fill
			}
		}()
	}
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			io.Copy(c, c)
		}()
	}
}

// talk sends a stream and checks that what comes back is its beginning.
func (h *Host) talk(to string) {
	c, err := h.Dial("tcp", to+":80")
	if err != nil {
		return
	}
	defer c.Close()
	go func() {
		c.Write(randomBytes(20_000))
	}()
	c.SetDeadline(time.Now().Add(5 * time.Second))
	got := make([]byte, 20_000)
	n, _ := io.ReadFull(c, got)
	if string(got[:n]) != string(randomBytes(20_000)[:n]) {
		panic(fmt.Sprintf("%s: the first %d bytes from %s are not those sent", h.name, n, to))
	}
}

// chat sends datagrams of all sizes.
func (h *Host) chat(to string) {
	c, err := h.Dial("udp", to+":53")
	if err != nil {
		return
	}
	defer c.Close()
	for size := range 10 {
		c.Write(make([]byte, 200*size))
		c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		c.Read(make([]byte, 1))
	}
}

// checkCounts holds the counts of all links against the packets that are under way.
func (w *world) checkCounts() {
	w.Helper()
	n := w.net
	n.lock()
	defer n.unlock()
	there := make(map[*link]Count)
	count := func(p *packet) {
		c := there[p.flow.link]
		c.add(p.size)
		there[p.flow.link] = c
	}
	n.agenda.eachPacket(func(e *entry[*packet]) { count(e.it) })
	for _, l := range n.links {
		for _, p := range l.held {
			count(p)
		}
	}
	for _, l := range n.links {
		if got := l.inFlight(); got != there[l] {
			w.Errorf("%s->%s: by the counts %+v is under way, in truth %+v", l.from.name, l.to.name, got, there[l])
		}
	}
	free := make(map[*packet]bool)
	for _, p := range n.free {
		if free[p] {
			w.Fatal("a packet was freed twice")
		}
		free[p] = true
	}
}

// checkEvents follows each packet that left an event of its departure: it was delivered or
// dropped as often as it was sent and duplicated.
func (w *world) checkEvents() {
	w.Helper()
	open := make(map[string]int)
	var drops, dropped int64
	for _, e := range w.events() {
		switch e.Kind {
		case trace.Send, trace.Duplicate:
			open[e.Subject]++
		case trace.Deliver:
			open[e.Subject]--
		case trace.Drop:
			drops++
			kind := ""
			for _, a := range e.Detail {
				if a.Key == "packet" {
					kind = a.Text
				}
				if a.Key == "bytes" {
					dropped += a.Number
				}
			}
			if kind != packetNames[segmentAck] && kind != packetNames[segmentProbe] {
				open[e.Subject]--
			}
		}
	}
	left := 0
	for subject, n := range open {
		if n != 0 {
			left++
			w.Logf("%s: %+d", subject, n)
		}
	}
	if left > 0 {
		w.Errorf("%d packets are not accounted for in the events", left)
	}
	s := w.net.Stats()
	if lost := s.LostTotal(); drops != lost.Packets || dropped != lost.Bytes {
		w.Errorf("%d packets of %d bytes were dropped by the events, %+v by the counts", drops, dropped, lost)
	}
}
