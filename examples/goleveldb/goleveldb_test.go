package goleveldb_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/syndtr/goleveldb/leveldb"
	leveldberrors "github.com/syndtr/goleveldb/leveldb/errors"
	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/examples/goleveldb"
	"github.com/terrella-go/terrella/sim"
)

// crashes is how often a world takes the power away.
const crashes = 10

// TestCrashes: what was acknowledged as durable is there after every crash.
func TestCrashes(t *testing.T) {
	sim.Config{Runs: 30}.Test(t, func(w *sim.World) {
		l := &ledger{w: w}
		db := w.Node("db", l.serve)
		for range crashes {
			time.Sleep(time.Duration(w.Rand("crash").Int64N(int64(200 * time.Millisecond))))
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
	})
}

// A ledger knows what the database has to hold. It belongs to the test, not to the
// node: no crash takes anything from it.
type ledger struct {
	w            *sim.World
	acknowledged [50]uint64 // the last value of each key that a write has returned for
	begun        [50]uint64 // the last value that was written at all
	opened       int
}

func key(i int) []byte { return fmt.Appendf(nil, "key%d", i) }

// serve opens the database, checks it, and writes to it until the power goes.
func (l *ledger) serve(ctx context.Context, n *sim.Node) error {
	d := n.Disk().(*disk.Disk)
	if err := d.SetLatency(disk.Latency{Write: 100 * time.Microsecond, Sync: time.Millisecond, Open: 50 * time.Microsecond}); err != nil {
		return err
	}
	db, err := open(d)
	if leveldberrors.IsCorrupted(err) && l.opened == 0 {
		// The power went while the database was first made, and left a manifest that nothing points to. goleveldb
		// refuses to open that, lest it destroy something; here nothing has ever been in it.
		if err := d.RemoveAll("db"); err != nil {
			return err
		}
		db, err = open(d)
	}
	if err != nil {
		return err
	}
	if err := l.check(db); err != nil {
		return err
	}
	l.opened++
	return l.write(ctx, db, n)
}

// open opens the database, with small buffers, so that there are compactions too.
func open(d *disk.Disk) (*leveldb.DB, error) {
	st, err := goleveldb.Open(d, "db")
	if err != nil {
		return nil, err
	}
	st.ManifestOnly = os.Getenv("GOLEVELDB_OWN_SYNC") != ""
	return leveldb.Open(st, &opt.Options{WriteBuffer: 8 << 10, CompactionTableSize: 8 << 10})
}

// check compares the database with the ledger.
func (l *ledger) check(db *leveldb.DB) error {
	for i := range l.acknowledged {
		value, err := db.Get(key(i), nil)
		if err != nil && !errors.Is(err, leveldb.ErrNotFound) {
			return fmt.Errorf("key %d: %w", i, err)
		}
		got := uint64(0)
		if err == nil {
			got = binary.BigEndian.Uint64(value)
		}
		if got < l.acknowledged[i] || got > l.begun[i] {
			return fmt.Errorf("key %d is %d; %d was acknowledged, %d begun", i, got, l.acknowledged[i], l.begun[i])
		}
		l.acknowledged[i], l.begun[i] = got, got
	}
	return nil
}

func (l *ledger) write(ctx context.Context, db *leveldb.DB, n *sim.Node) error {
	rng := l.w.Rand(fmt.Sprint("keys", n.Incarnation()))
	for ctx.Err() == nil {
		i := rng.IntN(len(l.begun))
		l.begun[i]++
		value := make([]byte, 8+rng.IntN(1000))
		binary.BigEndian.PutUint64(value, l.begun[i])
		if err := db.Put(key(i), value, &opt.WriteOptions{Sync: true}); err != nil {
			return err
		}
		l.acknowledged[i] = l.begun[i]
	}
	return db.Close()
}
