package hashiraft

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/raft"
)

// Registers is the state machine: numbers by name. A command raises one
// to a value and has no effect if it is there already. Raising to 0 reads.
type Registers struct {
	values map[string]uint64
	// digest stands for all commands applied since the beginning of the log, in their order. It survives
	// snapshots, so two servers that have applied up to the same entry can be compared by it.
	digest uint64

	observer Observer
}

// NewRegisters returns registers of which all are 0. The observer may be nil.
func NewRegisters(o Observer) *Registers {
	return &Registers{values: make(map[string]uint64), observer: o}
}

// raiseCommand is the command that raises a register.
func raiseCommand(name string, to uint64) []byte {
	return fmt.Appendf(nil, "%s %d", name, to)
}

// Apply executes a command and returns the register's value as a uint64, or an error.
func (r *Registers) Apply(entry *raft.Log) any {
	r.digest = foldEntry(r.digest, entry)
	value, err := r.raise(string(entry.Data))
	if r.observer != nil {
		r.observer.Applied(entry, r.digest)
	}
	if err != nil {
		return err
	}
	return value
}

func (r *Registers) raise(command string) (uint64, error) {
	name, number, ok := strings.Cut(command, " ")
	to, err := strconv.ParseUint(number, 10, 64)
	if !ok || err != nil {
		return 0, fmt.Errorf("hashiraft: command %q is none", command)
	}
	if to > r.values[name] {
		r.values[name] = to
	}
	return r.values[name], nil
}

// foldEntry extends a digest by an entry.
func foldEntry(digest uint64, entry *raft.Log) uint64 {
	var head [24]byte
	binary.LittleEndian.PutUint64(head[0:], digest)
	binary.LittleEndian.PutUint64(head[8:], entry.Index)
	binary.LittleEndian.PutUint64(head[16:], entry.Term)
	h := fnv.New64a()
	h.Write(head[:])
	h.Write(entry.Data)
	return h.Sum64()
}

// Snapshot returns a copy of the state.
func (r *Registers) Snapshot() (raft.FSMSnapshot, error) {
	b := binary.AppendUvarint(nil, r.digest)
	for _, name := range slices.Sorted(maps.Keys(r.values)) {
		b = binary.AppendUvarint(b, uint64(len(name)))
		b = append(b, name...)
		b = binary.AppendUvarint(b, r.values[name])
	}
	return registersSnapshot(b), nil
}

// Restore replaces the state by that of a snapshot.
func (r *Registers) Restore(snapshot io.ReadCloser) error {
	b, err := io.ReadAll(snapshot)
	if err != nil {
		return err
	}
	d := decoder{rest: b}
	digest, values := d.uvarint(), make(map[string]uint64)
	for d.err == nil && len(d.rest) > 0 {
		name := string(d.bytes(d.uvarint()))
		values[name] = d.uvarint()
	}
	if d.err != nil {
		return fmt.Errorf("hashiraft: snapshot: %w", d.err)
	}
	r.digest, r.values = digest, values
	if r.observer != nil {
		r.observer.Restored(digest)
	}
	return nil
}

// A registersSnapshot is an encoded state.
type registersSnapshot []byte

// Persist writes the state; raft closes the sink.
func (s registersSnapshot) Persist(sink raft.SnapshotSink) error {
	_, err := sink.Write(s)
	return err
}

// Release does nothing.
func (s registersSnapshot) Release() {}
