package pebble_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble"
	"github.com/terrella-go/terrella/disk"
	pebbledisk "github.com/terrella-go/terrella/examples/pebble"
	"github.com/terrella-go/terrella/sim"
)

// crashes is how often a world takes the power away.
const crashes = 10

// TestCrashes: what was acknowledged as durable is there after every crash.
func TestCrashes(t *testing.T) {
	sim.Config{Runs: 30}.Test(t, world(false))
}

// TestOwnSyncs is TestCrashes with no syncs of directories but pebble's own. Its worlds have to find a database that does not open.
func TestOwnSyncs(t *testing.T) {
	sim.Config{Planted: true, Runs: 1000}.Test(t, world(true))
}

// world returns the world of TestCrashes; own has pebble's own syncs be all there are.
func world(own bool) func(*sim.World) {
	return func(w *sim.World) {
		l := &ledger{w: w, own: own}
		db, crash := w.Node("db", l.serve), w.Rand("crash")
		for range crashes {
			// Many come while the database recovers from the one before.
			most := 200 * time.Millisecond >> crash.IntN(5)
			time.Sleep(time.Duration(crash.Int64N(int64(most))))
			db.Crash()
			db.Restart()
		}
		opened := l.opened
		w.Eventually(time.Minute, "the database opens after the last crash", func() error {
			if l.opened == opened {
				return errors.New("it is not open yet")
			}
			return nil
		})
	}
}

// A ledger knows what the database has to hold: batch n sets two keys to n. It belongs to the
// test, not to the node: no crash takes anything from it.
type ledger struct {
	w            *sim.World
	own          bool       // FS.OwnSyncs
	acknowledged [40]uint64 // the last batch of each pair of keys that a commit has returned for
	begun        [40]uint64 // the last batch that was committed at all
	opened       int
}

func key(i int, half string) []byte { return fmt.Appendf(nil, "key%d%s", i, half) }

// serve opens the database, checks it, and writes to it until the power goes.
func (l *ledger) serve(ctx context.Context, n *sim.Node) error {
	d := n.Disk().(*disk.Disk)
	if err := d.SetLatency(disk.Latency{Write: 100 * time.Microsecond, Sync: time.Millisecond, Open: 50 * time.Microsecond}); err != nil {
		return err
	}
	if err := d.MkdirAll("db", 0o755); err != nil {
		return err
	}
	if err := disk.SyncDir(d, "."); err != nil {
		return err
	}
	db, err := pebble.Open("db", &pebble.Options{
		FS:           pebbledisk.FS{Disk: d, OwnSyncs: l.own},
		MemTableSize: 64 << 10, // small, so that there are flushes and compactions too
		Logger:       quiet{},
	})
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	for i := range l.begun {
		if err := l.check(db, i); err != nil {
			return err
		}
	}
	l.opened++
	return l.write(ctx, db, n)
}

// quiet drops what pebble logs, but for what would end the process.
type quiet struct{}

func (quiet) Infof(string, ...any)              {}
func (quiet) Errorf(string, ...any)             {}
func (quiet) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// check compares a pair of keys with the ledger.
func (l *ledger) check(db *pebble.DB, i int) error {
	a, err := get(db, key(i, "a"))
	if err != nil {
		return err
	}
	b, err := get(db, key(i, "b"))
	switch {
	case err != nil:
		return err
	case a != b:
		return fmt.Errorf("pair %d: half of batch %d, half of %d", i, a, b)
	case a < l.acknowledged[i] || a > l.begun[i]:
		return fmt.Errorf("pair %d: batch %d; %d was acknowledged, %d begun", i, a, l.acknowledged[i], l.begun[i])
	}
	l.acknowledged[i], l.begun[i] = a, a
	return nil
}

// get returns the number that a key is set to, 0 if it is not there.
func get(db *pebble.DB, key []byte) (uint64, error) {
	value, closer, err := db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("%s: %w", key, err)
	}
	return binary.BigEndian.Uint64(value), closer.Close()
}

func (l *ledger) write(ctx context.Context, db *pebble.DB, n *sim.Node) error {
	rng := l.w.Rand(fmt.Sprint("keys", n.Incarnation()))
	for ctx.Err() == nil {
		i := rng.IntN(len(l.begun))
		l.begun[i]++
		value := make([]byte, 8+rng.IntN(2000))
		binary.BigEndian.PutUint64(value, l.begun[i])
		batch := db.NewBatch()
		for _, half := range []string{"a", "b"} {
			if err := batch.Set(key(i, half), value, nil); err != nil {
				return err
			}
		}
		if err := batch.Commit(pebble.Sync); err != nil {
			return err
		}
		l.acknowledged[i] = l.begun[i]
	}
	return db.Close()
}
