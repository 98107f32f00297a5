package simnet

import (
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/trace"
)

// Ten years of a link to Neptune, with a message each hour that is answered.
func TestTenYearsToNeptune(t *testing.T) {
	const hours = 10 * 365 * 24
	answers := 0
	inWorld(t, Config{Link: Interplanetary, Log: trace.NewLog(0, nil)}, func(w *world) {
		earth, err := w.host("a").Dial("udp", "b:4556") // the port of RFC 7122
		w.must(err)
		probe, err := w.host("b").ListenPacket("udp", ":4556")
		w.must(err)
		go func() {
			b := make([]byte, 100)
			for {
				n, from, err := probe.ReadFrom(b)
				if err != nil {
					return
				}
				if _, err := probe.WriteTo(b[:n], from); err != nil {
					t.Error(err)
				}
			}
		}()
		go func() {
			b := make([]byte, 100)
			for {
				if _, err := earth.Read(b); err != nil {
					return
				}
				answers++
			}
		}()
		begun := time.Now()
		for range hours {
			w.write(earth, "are you there?")
			time.Sleep(time.Hour)
		}
		time.Sleep(24 * time.Hour)
		if took := time.Since(begun); took < 10*365*24*time.Hour {
			t.Errorf("only %v went by", took)
		}
	})
	// One packet of a hundred is lost each way.
	if share := float64(answers) / hours; share < 0.978 || share > 0.983 {
		t.Errorf("%d answers to %d messages", answers, hours)
	}
}

// A connection does not come about over such a link, by the constants of TCP.
func TestNoStreamToNeptune(t *testing.T) {
	inWorld(t, Config{Link: Interplanetary}, func(w *world) {
		w.listen("b", ":80")
		begun := time.Now()
		if _, err := w.host("a").Dial("tcp", "b:80"); w.outcome(err) != "timed out" {
			t.Errorf("dial: %v", err)
		}
		if took := time.Since(begun); took != 127*time.Second {
			t.Errorf("after %v", took)
		}
	})
}
