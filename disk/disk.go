package disk

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"iter"
	"syscall"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/prng"
	"github.com/terrella-go/terrella/internal/trace"
)

// ErrCrashed is the error of using a disk, or a file on it, after a crash. It
// is [fs.ErrClosed] to [errors.Is].
var ErrCrashed error = crashed{}

type crashed struct{}

func (crashed) Error() string        { return "disk crashed" }
func (crashed) Is(target error) bool { return target == fs.ErrClosed }

// A Disk is a simulated disk with a file system on it. It may be used by several
// goroutines at once.
type Disk struct {
	mu       kernel.Lock
	opts     Options
	err      error  // of all operations: the options make no sense
	st       *state // nil after a crash
	faults   []*activeFault
	injected uint64 // counts faults
	ops      uint64 // counts operations
	crashes  uint64
	readOnly bool
	detached bool
}

var _ FS = (*Disk)(nil)

// New returns an empty disk.
func New(o Options) *Disk {
	d := &Disk{opts: o, err: o.Validate()}
	if d.err == nil {
		d.st = newState(&o)
		d.inject(o.Faults)
	}
	return d
}

// Crash takes the power away and returns the disk as it is when the power is back:
// one of its [Disk.CrashStates], chosen by the seed. The disk itself and the
// files open on it fail with [ErrCrashed] from then on.
//
// The time that it takes grows with what was not synced, not with the disk.
func (d *Disk) Crash() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.successor()
	if c.st == nil {
		return c
	}
	key := prng.Seed(c.opts.Seed).Name("crash").Num(c.crashes)
	for _, l := range c.st.powerLoss(key) {
		c.recordLoss(l)
	}
	return c
}

// CrashProcess ends the program, but not the machine: the page cache stays, and
// with it all that was written. Open files and locks are gone. It returns the
// disk for the next program; the disk itself fails with [ErrCrashed].
func (d *Disk) CrashProcess() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.successor()
	if c.st != nil {
		c.st.closeAll(nil)
	}
	return c
}

// successor returns a disk that takes over all that d has.
func (d *Disk) successor() *Disk {
	c := &Disk{opts: d.opts, err: d.err, st: d.st, faults: d.faults, injected: d.injected,
		ops: d.ops, crashes: d.crashes + 1, readOnly: d.readOnly, detached: d.detached}
	d.st = nil
	return c
}

// CrashStates yields a disk for each state that [Disk.Crash] may leave, each
// different from the others in names, modes, sizes or contents. The disk goes on
// unharmed, and so do those that were yielded. Their number grows exponentially
// with what was not synced; see [Disk.CountCrashStates].
func (d *Disk) CrashStates() iter.Seq[*Disk] {
	return func(yield func(*Disk) bool) {
		base := d.snapshot()
		if base == nil {
			return
		}
		n := uint64(0)
		base.crashStates(func(s *state) bool {
			n++
			opts := d.opts
			opts.Seed = prng.Seed(d.opts.Seed).Name("state").Num(n).Uint64()
			opts.Faults = nil
			return yield(&Disk{opts: opts, st: s})
		})
	}
}

// CountCrashStates returns the number of states that [Disk.CrashStates] yields. It
// stops at limit, if that is positive; all tells whether it came to the end.
func (d *Disk) CountCrashStates(limit int) (n int, all bool) {
	base := d.snapshot()
	if base == nil {
		return 0, true
	}
	all = true
	base.crashStates(func(*state) bool {
		if limit > 0 && n == limit {
			all = false
			return false
		}
		n++
		return true
	})
	return n, all
}

// snapshot returns a fork of the state, nil after a crash.
func (d *Disk) snapshot() *state {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.st == nil {
		return nil
	}
	return d.st.fork()
}

// Hash returns a hash of the whole tree as programs see it: of names,
// permission bits, sizes and contents, not of times.
func (d *Disk) Hash() [sha256.Size]byte {
	s := d.snapshot()
	if s == nil {
		return [sha256.Size]byte{}
	}
	return s.sum()
}

// DropCaches forgets the page cache, as vm.drop_caches does on Linux: what was
// written and not synced stays, but where the medium holds something else than
// was written (after a failed sync, a phantom or misdirected write), that
// is what is read from now on.
func (d *Disk) DropCaches() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.st != nil {
		d.st.revealDamage()
	}
}

// swapping keeps two swaps from taking each other's locks.
var swapping kernel.Lock

// Swap exchanges what two disks hold, as if they had been put into each other's
// machines. Files that are open on them fail with [ErrCrashed] from then on.
func Swap(a, b *Disk) {
	if a == b {
		return
	}
	swapping.Lock()
	defer swapping.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range []*Disk{a, b} {
		if d.st != nil {
			// The fork has no open files: the handles know their state.
			f := d.st.fork()
			f.closeAll(nil)
			d.st = f
		}
	}
	a.st, b.st = b.st, a.st
	a.err, b.err = b.err, a.err
}

// begin starts an operation on a file, whose name is clean: it takes the time that the
// operation takes and meets the faults. It is called with the lock held, and gives it
// up while it sleeps.
func (d *Disk) begin(op Op, name string, size int) (outcome, error) {
	d.ops++
	if err := d.usable(); err != nil {
		return outcome{}, err
	}
	var o outcome
	if len(d.faults) > 0 {
		o = d.strike(op, name)
	}
	if delay := o.stall + d.latency(op, name, size); delay > 0 {
		d.mu.Unlock()
		kernel.Sleep(delay)
		d.mu.Lock()
		if err := d.usable(); err != nil {
			return outcome{}, err
		}
	}
	if d.readOnly && op&changing != 0 {
		return o, syscall.EROFS
	}
	return o, nil
}

// usable returns the error of all operations, if there is one.
func (d *Disk) usable() error {
	switch {
	case d.err != nil:
		return d.err
	case d.st == nil:
		return ErrCrashed
	case d.detached:
		return syscall.EIO
	}
	return nil
}

// latency returns how long an operation takes.
func (d *Disk) latency(op Op, name string, size int) time.Duration {
	l := &d.opts.Latency
	if *l == (Latency{}) {
		return 0
	}
	t := l.Open
	switch op {
	case OpRead:
		t = l.Read
	case OpWrite:
		t = l.Write
	case OpSync:
		t = l.Sync
	}
	if l.Bandwidth > 0 {
		t += time.Duration(float64(size) / float64(l.Bandwidth) * float64(time.Second))
	}
	if l.Jitter > 0 {
		key := prng.Seed(d.opts.Seed).Name("jitter").Name(name).Num(d.ops)
		t += time.Duration(key.Stream().Float64() * float64(l.Jitter))
	}
	return t
}

// epoch is where the times of modification begin if nobody tells the time.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func (d *Disk) now() time.Time {
	if d.opts.Now != nil {
		return d.opts.Now()
	}
	return epoch.Add(time.Duration(d.ops) * time.Microsecond)
}

// log records an event.
func (d *Disk) log(kind trace.Kind, subject string, detail ...trace.Attr) {
	d.opts.Log.Add(kind, d.opts.Node, subject, detail...)
}

// logSpan records an event that has to do with a part of a file.
func (d *Disk) logSpan(kind trace.Kind, subject string, off int64, size int) {
	if d.opts.Log != nil {
		d.log(kind, subject, trace.Number("offset", off), trace.Number("bytes", int64(size)))
	}
}

func (d *Disk) recordLoss(l loss) {
	switch {
	case d.opts.Log == nil:
	case l.change:
		d.log(trace.Lost, l.path, trace.Text("what", "metadata"))
	default:
		d.log(trace.Lost, l.path, trace.Text("what", "contents"),
			trace.Number("units", l.units), trace.Number("bytes", l.size))
	}
}

// onName carries out an operation on a name.
func (d *Disk) onName(op Op, name string, f func(clean string) error) error {
	clean, err := cleanName(name)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	o, err := d.begin(op, clean, 0)
	if err == nil {
		err = o.err
	}
	if err == nil {
		err = f(clean)
	}
	return err
}

// pathError wraps the error of an operation on a name.
func pathError(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// errNegative and errAppend have no errno in package os either.
var (
	errNegative = errors.New("negative offset")
	errAppend   = errors.New("disk: WriteAt on a file opened with O_APPEND")
)
