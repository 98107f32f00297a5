package simnet

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/prng"
	"github.com/terrella-go/terrella/internal/trace"
)

// fates returns what became of the packets sent by a, by their names: when each arrived,
// or why it was lost.
func fates(t *testing.T, seed uint64, change func(*world)) map[string]string {
	fate := make(map[string]string)
	c := stamped(Link{Latency: Uniform{ms, 9 * ms}, Loss: 0.2})
	c.Seed = prng.Seed(seed)
	inWorld(t, c, func(w *world) {
		w.log.Add(trace.LogLine, "", "start")
		change(w)
		b, err := w.host("b").ListenPacket("udp", ":53")
		w.must(err)
		from, err := w.host("a").Dial("udp", "b:53")
		w.must(err)
		other, err := w.host("c").Dial("udp", "b:53")
		w.must(err)
		for i := range 200 {
			w.write(from, fmt.Sprint(i))
			w.write(other, fmt.Sprint(i))
			time.Sleep(20 * ms)
		}
		w.must(b.Close())
		for _, e := range w.events() {
			if !strings.HasPrefix(e.Subject, "udp a:") {
				continue
			}
			switch e.Kind {
			case trace.Deliver:
				if fate[e.Subject] == "" {
					fate[e.Subject] = e.At.String()
				}
			case trace.Drop:
				fate[e.Subject] = e.Detail[1].Text
			}
		}
	})
	return fate
}

// TestOneFaultMovesNothingElse adds one fault after the other and looks at packets that it is
// not about: the same ones are lost, and the others arrive at the same nanosecond.
func TestOneFaultMovesNothingElse(t *testing.T) {
	plain := fates(t, 1, func(*world) {})
	if len(plain) != 200 {
		t.Fatalf("%d packets have a fate", len(plain))
	}
	alter := func(f func(*Link)) func(*world) {
		return func(w *world) {
			l := Link{Latency: Uniform{ms, 9 * ms}, Loss: 0.2}
			f(&l)
			w.must(w.net.SetLink("a", "b", l))
		}
	}
	for name, change := range map[string]func(*world){
		"loss on another link":      func(w *world) { w.must(w.net.SetLink("c", "b", Link{Loss: 0.9})) },
		"another link cut":          func(w *world) { w.must(w.net.Block("c", "b")) },
		"another machine down":      func(w *world) { w.host("c").Kill() },
		"duplicates":                alter(func(l *Link) { l.Duplicate = 0.0001 }),
		"corruption, of none":       alter(func(l *Link) { l.Corrupt = 1e-9 }),
		"reordering, of none":       alter(func(l *Link) { l.Reorder = 1e-9 }),
		"traffic on another socket": func(w *world) { w.transfer(randomBytes(10_000)) },
	} {
		got := fates(t, 1, change)
		if name == "traffic on another socket" {
			// It took time, so that only the losses can be compared.
			got, plain := losses(got), losses(plain)
			if !slices.Equal(got, plain) {
				t.Errorf("%s: lost %v, before %v", name, got, plain)
			}
			continue
		}
		if !maps.Equal(got, plain) {
			t.Errorf("%s: some packets fared differently", name)
		}
	}
	if other := fates(t, 2, func(*world) {}); maps.Equal(other, plain) {
		t.Error("another seed changes nothing")
	}
}

// What sets out after the network's future is drawn anew fares otherwise, differently for each luck; what set out before fares as it did.
func TestRedrawChangesTheFutureAlone(t *testing.T) {
	const from = 100 // of 200 packets, 20 ms apart
	redrawn := func(luck uint64) map[string]string {
		return fates(t, 1, func(w *world) {
			begun := time.Now()
			w.net.redraw = func() uint64 {
				if time.Since(begun) < from*20*ms {
					return 0
				}
				return luck
			}
		})
	}
	plain, one, two := redrawn(0), redrawn(1), redrawn(2)
	changed := [3]int{}
	for subject, fate := range plain {
		number, err := strconv.Atoi(subject[strings.LastIndex(subject, "/")+1:])
		if err != nil {
			t.Fatal(err)
		}
		if number <= from {
			if one[subject] != fate || two[subject] != fate {
				t.Errorf("%s, of the past: %s, and with other futures %s and %s", subject, fate, one[subject], two[subject])
			}
			continue
		}
		for i, other := range [3][2]string{{fate, one[subject]}, {fate, two[subject]}, {one[subject], two[subject]}} {
			if other[0] != other[1] {
				changed[i]++
			}
		}
	}
	for _, n := range changed {
		if n < 90 { // of 100; one in 25 is lost both times
			t.Errorf("two futures differ in %v of 100 packets", changed)
			break
		}
	}
}

func losses(fate map[string]string) (lost []string) {
	for subject, f := range fate {
		if f == "loss" {
			lost = append(lost, subject[strings.LastIndex(subject, "/"):])
		}
	}
	slices.Sort(lost)
	return lost
}

// What is lost of a stream the first time is decided by its place in the stream, however the
// repairs before it went.
func TestStreamLossesAreKeyed(t *testing.T) {
	const apart = 10 * time.Second // enough for most repairs
	lost := func(seed uint64, corrupt float64) (first []time.Duration) {
		c := stamped(Link{Latency: Constant(ms), Loss: 0.2, Corrupt: corrupt})
		c.Seed = prng.Seed(seed)
		inWorld(t, c, func(w *world) {
			client, server := w.pair()
			go func() {
				for range 100 { // a segment each
					w.write(client, strings.Repeat("x", 100))
					time.Sleep(apart)
				}
				client.Close()
			}()
			if _, err := io.ReadAll(server); err != nil {
				t.Error(err)
			}
			begun := w.sendTimes("a", "data")[0]
			for _, e := range w.events() {
				at := e.At - begun
				if e.Kind == trace.Drop && at >= 0 && at%apart == 0 && at < 100*apart &&
					slices.Contains(e.Detail, trace.Text("reason", "loss")) {
					first = append(first, at/apart)
				}
			}
		})
		return first
	}
	plain := lost(3, 0)
	if len(plain) < 10 || len(plain) > 30 {
		t.Errorf("%d segments of 100 were lost, at a ratio of 0.2", len(plain))
	}
	if more := lost(3, 0.1); !slices.Equal(plain, more) {
		t.Errorf("lost %v, with corruption as well %v", plain, more)
	}
	if other := lost(4, 0); slices.Equal(plain, other) {
		t.Error("another seed loses the same")
	}
}
