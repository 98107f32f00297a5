package sim_test

import (
	"context"
	"testing"
	"time"

	"github.com/terrella-go/terrella/sim"
)

// An echo server on a node that loses its power, and a client that has to cope.
func ExampleTest() {
	_ = func(t *testing.T) { // func TestEcho(t *testing.T) in a test file
		sim.Test(t, func(w *sim.World) {
			server := w.Node("server", echo)
			client := w.Client(func(ctx context.Context, n *sim.Node) {
				for ctx.Err() == nil {
					if err := ask(n); err != nil {
						w.Log("no answer:", err)
					}
					time.Sleep(time.Second)
				}
			})
			w.Run(30 * time.Second)
			server.Crash()
			w.Run(30 * time.Second)
			server.Restart()
			w.Eventually(10*time.Second, "the server answers again", func() error { return ask(client) })
		})
	}
}
