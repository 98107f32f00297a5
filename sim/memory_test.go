package sim_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"github.com/terrella-go/terrella/sim"
)

var memoryWorlds = flag.Int("memory.worlds", 250, "have TestMemoryIsGivenBack run `N` worlds, of which the first hundred are the measure")

// TestMemoryIsGivenBack: what crashed nodes and ended worlds held is free again. Of a process that goes through world after world, each
// with twenty crashes, the resident memory stays within one and a half times what it was after the first hundred.
//
//	go test ./sim -run TestMemoryIsGivenBack -v -memory.worlds=1000
func TestMemoryIsGivenBack(t *testing.T) {
	const first = 100
	if *memoryWorlds <= first {
		t.Fatalf("-memory.worlds is %d; want more than %d", *memoryWorlds, first)
	}
	ratio := growth(t, first, *memoryWorlds-first, nil)
	if ratio > 1.5 {
		t.Errorf("resident memory is %.2f times what it was after %d worlds", ratio, first)
	}
}

// TestLeakIsSeen: the measure above notices if each world leaves a megabyte.
func TestLeakIsSeen(t *testing.T) {
	var left [][]byte
	ratio := growth(t, 5, 30, func() {
		b := make([]byte, 1<<20)
		for i := range b {
			b[i] = byte(i) // resident, that is
		}
		left = append(left, b)
	})
	if ratio <= 1.5 {
		t.Errorf("resident memory is %.2f times what it was, with %d MB left behind", ratio, len(left))
	}
}

// growth runs worlds, measures, runs more, and returns by which factor the resident memory has grown.
func growth(t *testing.T, first, more int, leave func()) float64 {
	t.Helper()
	run := func(n int) uint64 {
		t.Run(fmt.Sprint(n, " worlds"), func(t *testing.T) {
			sim.Config{Runs: n}.Test(t, func(w *sim.World) {
				crashes(w)
				if leave != nil {
					leave()
				}
			})
		})
		debug.FreeOSMemory()
		return resident(t)
	}
	before, after := run(first), run(more)
	t.Logf("resident: %d kB after %d worlds, %d kB after %d", before>>10, first, after>>10, first+more)
	return float64(after) / float64(before)
}

// resident returns how many bytes of memory the process holds.
func resident(t *testing.T) uint64 {
	t.Helper()
	if data, err := os.ReadFile("/proc/self/statm"); err == nil {
		var total, pages uint64
		if _, err := fmt.Fscan(bytes.NewReader(data), &total, &pages); err != nil {
			t.Fatalf("/proc/self/statm holds %q: %v", data, err)
		}
		return pages * uint64(os.Getpagesize())
	}
	// Not Linux: what the Go runtime holds.
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64()
}

// crashes is a world of three nodes that crash twenty times in all, in the midst of everything: blocked on channels, locks,
// conditions, timers and connections, with files open and memory in hand.
func crashes(w *sim.World) {
	var nodes []*sim.Node
	for _, name := range []string{"a", "b", "c"} {
		nodes = append(nodes, w.Node(name, func(ctx context.Context, n *sim.Node) error { return occupied(n) }))
	}
	draw := w.Rand("crashes")
	for range 20 {
		time.Sleep(time.Duration(1+draw.IntN(50)) * time.Millisecond)
		n := nodes[draw.IntN(len(nodes))]
		n.Crash()
		time.Sleep(time.Millisecond)
		n.Restart()
	}
}

// occupied never returns.
func occupied(n *sim.Node) error {
	listener, err := n.Net().Listen("tcp", ":1")
	if err != nil {
		return err
	}
	var (
		mu    sync.Mutex
		never sync.Cond
		pool  = sync.Pool{New: func() any { return make([]byte, 1<<14) }}
		ch    = make(chan []byte)
	)
	never.L = new(sync.Mutex)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go io.Copy(conn, conn)
		}
	}()
	for _, peer := range []string{"a", "b", "c"} {
		go func() {
			for {
				if conn, err := n.Net().DialContext(context.Background(), "tcp", peer+":1"); err == nil {
					fmt.Fprintln(conn, "hello")
					bufio.NewReader(conn).ReadString('\n')
					conn.Close()
				}
				time.Sleep(10 * time.Millisecond)
			}
		}()
	}
	for i := range 8 {
		go func() {
			block := pool.Get().([]byte)
			defer pool.Put(block)
			switch i % 4 {
			case 0:
				ch <- block
			case 1:
				mu.Lock()
				ch <- block
			case 2:
				never.L.Lock()
				never.Wait()
			case 3:
				select {
				case ch <- block:
				case <-time.After(time.Hour):
				}
			}
		}()
	}
	time.AfterFunc(time.Hour, func() { pool.Put(ch) })
	f, err := n.Disk().OpenFile("log", os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	for {
		if _, err := f.Write(make([]byte, 1000)); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
}
