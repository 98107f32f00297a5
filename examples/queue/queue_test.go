package queue

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	simnet "github.com/terrella-go/terrella/net"
	"github.com/terrella-go/terrella/sim"
	"pgregory.net/rapid"
)

// TestQueue: through all storms each job is counted once.
//
// With QUEUE_BUG=1 the till does not know jobs that it has counted.
func TestQueue(t *testing.T) {
	sim.Test(t, world(os.Getenv("QUEUE_BUG") != ""))
}

// world returns the world of TestQueue; noKeys has the till not know jobs that it has counted.
func world(noKeys bool) func(*sim.World) {
	return func(w *sim.World) {
		if err := w.Net().SetLinks(simnet.Link{Latency: simnet.Constant(10 * time.Millisecond)}); err != nil {
			w.Fatal(err)
		}
		config := func(n *sim.Node) Config {
			return Config{Net: n.Net(), Disk: n.Disk(), NoKeys: noKeys}
		}
		w.Node(Queue, func(ctx context.Context, n *sim.Node) error { return ServeQueue(ctx, config(n)) })
		w.Node(Till, func(ctx context.Context, n *sim.Node) error { return ServeTill(ctx, config(n)) })
		for i := range 2 {
			w.Node(fmt.Sprint("worker", i+1), func(ctx context.Context, n *sim.Node) error { return Work(ctx, n.Net()) })
		}
		w.Inject(sim.Storm{})
		var acked, tried Sum // of the client's jobs
		client := w.Client(func(ctx context.Context, n *sim.Node) {
			for i := 0; ctx.Err() == nil; i++ {
				job := Job{Key: fmt.Sprint("job", i), Amount: sim.Draw(w, rapid.IntRange(1, 1000), "amount")}
				tried.Money, tried.Jobs = tried.Money+job.Amount, tried.Jobs+1
				ctx, cancel := context.WithTimeout(ctx, time.Second)
				if Put(ctx, n.Net(), job) == nil {
					acked.Money, acked.Jobs = acked.Money+job.Amount, acked.Jobs+1
				}
				cancel()
				time.Sleep(200 * time.Millisecond)
			}
		})
		w.Run(15 * time.Second)
		w.Heal()
		w.Eventually(30*time.Second, "all jobs are counted", func() error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			sum, err := Counted(ctx, client.Net())
			if err == nil && sum.Jobs < acked.Jobs {
				err = fmt.Errorf("%d jobs are counted, and the queue has taken %d", sum.Jobs, acked.Jobs)
			}
			if sum.Jobs > tried.Jobs || sum.Money > tried.Money {
				w.Fatalf("a job was counted twice: the till has counted %d for %d jobs, and there were %d for %d", sum.Money, sum.Jobs, tried.Money, tried.Jobs)
			}
			return err
		})
	}
}
