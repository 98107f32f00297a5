package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"
	_ "github.com/ncruces/go-sqlite3/embed"
	"github.com/ncruces/go-sqlite3/vfs"
	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/examples/sqlite"
	"github.com/terrella-go/terrella/sim"
	"github.com/tetratelabs/wazero"
)

// TestMain has SQLite compiled before a world needs it, as it is compiled once in a process.
// Memory is bounded, because what a crash takes is never closed.
func TestMain(m *testing.M) {
	const pages = 512 // of 64 KiB
	sqlite3.RuntimeConfig = wazero.NewRuntimeConfig().WithMemoryLimitPages(pages)
	if err := sqlite3.Initialize(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// crashes is how often a world takes the power away.
const crashes = 10

// TestCrashes: what was acknowledged as durable is there after every crash.
func TestCrashes(t *testing.T) {
	sim.Config{Runs: 30}.Test(t, func(w *sim.World) {
		// A write-ahead log needs shared memory unless one connection has the database for itself.
		l := &ledger{w: w, journal: "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"}
		if w.Rand("journal").IntN(2) == 0 {
			level := os.Getenv("SQLITE_SYNCHRONOUS")
			if level == "" {
				level = "EXTRA"
			}
			l.journal = "PRAGMA journal_mode=DELETE; PRAGMA synchronous=" + level
		}
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

// A ledger knows what the database has to hold: how many events each stream has. It
// belongs to the test, not to the node: no crash takes anything from it.
type ledger struct {
	w            *sim.World
	journal      string
	acknowledged [8]int // events whose transaction has returned
	begun        [8]int // events whose transaction was begun
	opened       int
}

// serve opens the database, checks it, and appends to it until the power goes.
func (l *ledger) serve(ctx context.Context, n *sim.Node) error {
	d := n.Disk().(*disk.Disk)
	if err := d.SetLatency(disk.Latency{Write: 100 * time.Microsecond, Sync: time.Millisecond, Open: 50 * time.Microsecond}); err != nil {
		return err
	}
	vfs.Register("terrella", sqlite.VFS{Disk: d})
	db, err := sqlite3.Open("file:/events.db?vfs=terrella")
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	err = db.Exec(l.journal + `; PRAGMA temp_store=MEMORY; CREATE TABLE IF NOT EXISTS
		events (stream INTEGER, version INTEGER, body BLOB, PRIMARY KEY (stream, version)) WITHOUT ROWID`)
	if err != nil {
		return fmt.Errorf("set up: %w", err)
	}
	if err := intact(db); err != nil {
		return err
	}
	for stream := range l.begun {
		if err := l.check(db, stream); err != nil {
			return err
		}
	}
	l.opened++
	return l.append(ctx, db, n)
}

// intact has SQLite check the database.
func intact(db *sqlite3.Conn) error {
	stmt, _, err := db.Prepare("PRAGMA integrity_check")
	if err != nil {
		return err
	}
	defer stmt.Close()
	if stmt.Step() && stmt.ColumnText(0) != "ok" {
		return fmt.Errorf("integrity check: %s", stmt.ColumnText(0))
	}
	return stmt.Err()
}

// check compares a stream with the ledger: no version is missing, and none is one too many.
func (l *ledger) check(db *sqlite3.Conn, stream int) error {
	stmt, _, err := db.Prepare("SELECT count(*), coalesce(max(version), 0) FROM events WHERE stream = ?")
	if err != nil {
		return err
	}
	defer stmt.Close()
	if err := stmt.BindInt(1, stream); err != nil {
		return err
	}
	if !stmt.Step() {
		return stmt.Err()
	}
	n, last := stmt.ColumnInt(0), stmt.ColumnInt(1)
	switch {
	case n != last:
		return fmt.Errorf("stream %d: %d events, the last is version %d", stream, n, last)
	case n != l.acknowledged[stream] && n != l.begun[stream]: // a transaction is there as a whole or not at all
		return fmt.Errorf("stream %d: %d events; %d were acknowledged, %d begun", stream, n, l.acknowledged[stream], l.begun[stream])
	}
	l.acknowledged[stream], l.begun[stream] = n, n
	return nil
}

// append adds events, several in each transaction.
func (l *ledger) append(ctx context.Context, db *sqlite3.Conn, n *sim.Node) error {
	rng := l.w.Rand(fmt.Sprint("events", n.Incarnation()))
	for ctx.Err() == nil {
		stream, count := rng.IntN(len(l.begun)), 1+rng.IntN(3)
		l.begun[stream] += count
		text := "BEGIN IMMEDIATE;"
		for i := range count {
			text += fmt.Sprintf("INSERT INTO events VALUES (%d, %d, zeroblob(%d));",
				stream, l.acknowledged[stream]+i+1, rng.IntN(2000))
		}
		if err := db.Exec(text + "COMMIT"); err != nil {
			return err
		}
		l.acknowledged[stream] += count
	}
	return db.Close()
}
