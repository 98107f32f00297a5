package sim_test

import (
	"context"
	"fmt"
	"os"
	"io"
	"testing"
	"time"
	"sync"

	"github.com/terrella-go/terrella/sim"
)

func TestEcho(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		w.Node("a", func(ctx context.Context, n *sim.Node) error {
			l, err := n.Net().Listen("tcp", ":80")
			if err != nil {
				return err
			}
			for {
				c, err := l.Accept()
				if err != nil {
					return err
				}
				go io.Copy(c, c)
			}
		})
		got := 0
		w.Client(func(ctx context.Context, c *sim.Node) {
			for ctx.Err() == nil {
				conn, err := c.Net().Dial("tcp", "a:80")
				if err != nil {
					w.Log(err)
					time.Sleep(time.Second)
					continue
				}
				fmt.Fprintf(conn, "hello")
				b := make([]byte, 5)
				if _, err := io.ReadFull(conn, b); err != nil || string(b) != "hello" {
					w.Log("bad", string(b), err)
				} else {
				got++
				}
				conn.Close()
				time.Sleep(time.Second)
			}
		})
		w.Run(time.Minute)
		w.Log(got)
		if got == 0 { w.Fatal("none") }
	})
}

func TestDead(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		var mu sync.Mutex
		mu.Lock()
		mu.Lock()
	})
}
func TestInv(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		n := 0
		w.Invariant("small", func() error { if n > 5 { return fmt.Errorf("n is %d", n) }; return nil })
		for { n++; time.Sleep(time.Second) }
	})
}
var counter int
func TestNondet(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		counter++
		for i := range 10 { go func() { time.Sleep(time.Duration(i+1)) }() }
		if counter % 2 == 0 {
			time.Sleep(time.Second)
		}
		time.Sleep(time.Second)
	})
}
func TestPid(t *testing.T) { fmt.Println(os.Getpid(), os.Args) }
func TestPanic(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		go func() { panic("boo") }()
		time.Sleep(time.Second)
	})
}
