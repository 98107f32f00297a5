package disk

import (
	"bytes"
	"path"
	"syscall"
	"time"

	"github.com/terrella-go/terrella/internal/prng"
)

// An activeFault is a fault on a disk, with what it has done.
type activeFault struct {
	Fault
	key    prng.Key
	name   string // of those that can be taken away alone
	seen   int
	struck int
	counts map[string]uint64 // operations it might have struck, by file
}

// Inject adds faults to the disk. It fails, and adds none, if one of them makes
// no sense. Faults stay with a disk when it crashes.
func (d *Disk) Inject(faults ...Fault) error {
	for i := range faults {
		if err := faults[i].validate(); err != nil {
			return err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inject(faults)
	return nil
}

func (d *Disk) inject(faults []Fault) {
	for _, f := range faults {
		key := prng.Seed(d.opts.Seed).Name("fault").Num(d.injected)
		d.injected++
		d.faults = append(d.faults, &activeFault{Fault: f, key: key})
	}
}

// ClearFaults takes all faults away. What they have done stays: unreadable
// sectors, rotten bits, a file system that is read-only or gone; see
// [Disk.Remount] and [Disk.Attach] for these.
func (d *Disk) ClearFaults() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults = nil
}

// Remount makes the file system read-only or writable.
func (d *Disk) Remount(readOnly bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.readOnly = readOnly
}

// Detach takes the disk away: operations fail with EIO until it is attached.
// Open files stay open.
func (d *Disk) Detach() { d.setDetached(true) }

// Attach brings a disk back that was detached or has vanished.
func (d *Disk) Attach() { d.setDetached(false) }

func (d *Disk) setDetached(detached bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.detached = detached
}

// SetLatency changes how long operations take from now on.
func (d *Disk) SetLatency(l Latency) error {
	if err := l.validate(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opts.Latency = l
	return nil
}

// An outcome is what the faults make of one operation.
type outcome struct {
	err     error
	key     prng.Key // of the fault that struck last, for further draws
	stall   time.Duration
	effects uint16 // a set of effects
}

func (o *outcome) has(e Effect) bool { return o.effects&(1<<e) != 0 }

// refused tells whether the operation is not even begun.
func (o *outcome) refused() bool { return o.has(Fail) || o.has(ReadOnly) || o.has(Vanish) }

// strike returns what the faults make of an operation on a file.
func (d *Disk) strike(op Op, name string) outcome {
	var o outcome
	for _, f := range d.faults {
		key, ok := f.strikes(op, name)
		if !ok {
			continue
		}
		o.effects |= 1 << f.Effect
		o.key = key
		switch f.Effect {
		case Fail:
			o.err = orErrno(f.Err, syscall.EIO)
		case ShortWrite:
			o.err = orErrno(f.Err, syscall.ENOSPC)
		case ReadOnly:
			d.readOnly = true
			o.err = syscall.EROFS
		case Vanish:
			d.detached = true
			o.err = syscall.EIO
		case Stall:
			o.stall += f.Delay
		}
	}
	return o
}

func orErrno(err, otherwise syscall.Errno) error {
	if err != 0 {
		return err
	}
	return otherwise
}

// strikes tells whether the fault happens to an operation, and counts it.
func (f *activeFault) strikes(op Op, name string) (prng.Key, bool) {
	ops := f.Ops
	if ops == 0 {
		ops = f.Effect.ops()
	}
	if ops&op == 0 || f.Times > 0 && f.struck >= f.Times {
		return 0, false
	}
	if f.Path != "" {
		if ok, _ := path.Match(f.Path, name); !ok {
			return 0, false
		}
	}
	f.seen++
	if f.seen <= f.Skip {
		return 0, false
	}
	if f.counts == nil {
		f.counts = make(map[string]uint64)
	}
	key := f.key.Name(name).Num(f.counts[name])
	f.counts[name]++
	if f.Chance.Den > 0 && !key.Stream().Chance(f.Chance.Num, f.Chance.Den) {
		return 0, false
	}
	f.struck++
	return key.Name("effect"), true
}

// failSync is what a sync that fails does to a file: what was to be written is
// written in part, and counts as clean.
func (s *state) failSync(number uint64, key prng.Key) {
	n := s.own(number)
	if n.isDir() {
		return // the changes stay in the journal
	}
	if s.rules.journaled {
		s.commitBefore(n)
	}
	if n.unsynced == nil || len(n.unsynced.ops) == 0 {
		return
	}
	p := s.plan(n, &keep{before: ^uint64(0)})
	whole := sizeChoice{size: n.size, asOf: -1}
	mood := drawMood(key)
	medium := s.damagedFile(n).medium
	for _, u := range p.units {
		choices := p.choices(u, whole)
		if choices == nil {
			continue
		}
		chosen := choices[mood.choose(key.Num(uint64(u)), len(choices))]
		now := n.pages.get(u*s.unit/pageSize).slice(int(u*s.unit%pageSize), int(s.unit))
		if bytes.Equal(chosen, trimZeros(now)) {
			delete(medium, u)
		} else {
			medium[u] = append([]byte(nil), chosen...)
		}
	}
	clear(n.damage.phantom)
	s.dropHistory(n)
}

// misplace is what a phantom or misdirected write does to the units it was
// to reach, once the write itself is done.
func (s *state) misplace(n *inode, off int64, data []byte, o *outcome) {
	first, last := off/s.unit, (off+int64(len(data))-1)/s.unit
	d := s.damagedFile(n)
	for u := first; u <= last; u++ {
		d.phantom[u] = true
	}
	units := (n.size + s.unit - 1) / s.unit
	if !o.has(MisdirectedWrite) || units < 2 {
		return
	}
	// Anywhere but where it should have gone.
	u := int64(o.key.Uint64() % uint64(units-1))
	if u >= first {
		u++
	}
	d.medium[u] = append([]byte(nil), data[:min(int64(len(data)), s.unit)]...)
}

// harm is what latent errors and bit rot do to what is about to be read.
func (s *state) harm(n *inode, off, size int64, o *outcome) {
	at := off + int64(o.key.Uint64()%uint64(size))
	if o.has(LatentError) {
		s.damagedFile(n).bad[at/s.unit] = true
	}
	if o.has(BitRot) {
		bit := byte(1) << (o.key.Num(1).Uint64() % 8)
		p := s.ownPage(n, at/pageSize)
		p.reach(int(at%pageSize) + 1)
		p.buf[at%pageSize] ^= bit
		p.changed()
	}
}

// unreadable tells whether a part of a file cannot be read.
func (n *inode) unreadable(unit, off, size int64) bool {
	if n.damage == nil || len(n.damage.bad) == 0 {
		return false
	}
	for u := off / unit; u*unit < off+size; u++ {
		if n.damage.bad[u] {
			return true
		}
	}
	return false
}

// heal makes sectors readable that have been written again.
func (n *inode) heal(unit, off, size int64) {
	if n.damage == nil || len(n.damage.bad) == 0 {
		return
	}
	for u := off / unit; u*unit < off+size; u++ {
		delete(n.damage.bad, u)
	}
}

// revealDamage makes the files what the medium holds, where the two differ.
func (s *state) revealDamage() {
	for _, number := range sortedKeys(s.damaged) {
		n := s.own(number)
		for _, u := range sortedKeys(n.damage.medium) {
			if limit := n.size - u*s.unit; limit > 0 {
				s.putUnit(n, u, cut(n.damage.medium[u], int(min(limit, s.unit))))
			}
		}
		clear(n.damage.medium)
		clear(n.damage.phantom)
	}
}
