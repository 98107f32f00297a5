package globals

import (
	"encoding/binary"
	"fmt"
	"slices"
	"unsafe"
)

// A Table knows the program's variables.
type Table struct {
	segments segments
	named    []variable // the program's, by name
	all      []variable // by address
	seen     map[uintptr]place
}

// Open reads the symbol table of the running program, which must have the patched runtime. The error
// says what it lacks.
func Open() (*Table, error) {
	t := &Table{segments: simSegments(), seen: make(map[uintptr]place)}
	var err error
	if t.named, t.all, err = readVariables(&t.segments); err != nil {
		return nil, err
	}
	return t, nil
}

// Len returns the number of variables.
func (t *Table) Len() int { return len(t.named) }

// A Snapshot is the state of all variables at one moment.
type Snapshot struct {
	named  []variable
	hashes []uint64
	values [][8]byte // of variables without pointers; the first bytes
}

// Take returns the present state.
func (t *Table) Take() *Snapshot { return t.take(t.named) }

// TakeWith is Take with what a function has of variables from where it was made, which lies on the heap. f points to the function. The
// object that but points to is left out, with all that is reached by it alone.
func (t *Table) TakeWith(f, but unsafe.Pointer) *Snapshot {
	return t.take(append(slices.Clip(t.named), variable{name: ofFunction, addr: uintptr(f), size: unsafe.Sizeof(f), pointers: true}), uintptr(but))
}

// ofFunction is the name under which the variables of a function change.
const ofFunction = "variables of the test's function"

func (t *Table) take(named []variable, but ...uintptr) *Snapshot {
	clear(t.seen)
	for _, addr := range but {
		if base, size, _ := simObject(addr); size != 0 {
			t.seen[base] = place{of: -1}
		}
	}
	w := &walker{segments: &t.segments, all: t.all, seen: t.seen}
	s := &Snapshot{named: named, hashes: w.run(named), values: make([][8]byte, len(named))}
	for i, v := range named {
		if v.number() {
			for k := range v.size {
				s.values[i][k] = loadByte(v.addr + k)
			}
		}
	}
	return s
}

// number reports whether a variable can be shown as one: it has the size of one, and no pointers.
func (v *variable) number() bool {
	return !v.pointers && (v.size == 1 || v.size == 2 || v.size == 4 || v.size == 8)
}

// A Change is a variable that differs between two snapshots.
type Change struct {
	Name string // with the path of its package
	// Values tells both values, of a variable as large as a number and without pointers; otherwise it is empty. Types are not
	// known: all are shown as integers.
	Values string
}

func (c Change) String() string {
	if c.Values == "" {
		return c.Name
	}
	return c.Name + " (" + c.Values + ")"
}

// Since returns what has changed from an earlier snapshot of the same table and function to this one, by name.
func (s *Snapshot) Since(earlier *Snapshot) []Change {
	var out []Change
	for i, h := range s.hashes {
		if h == earlier.hashes[i] {
			continue
		}
		c := Change{Name: s.named[i].name}
		if s.named[i].number() {
			c.Values = fmt.Sprintf("%d, then %d", int64(binary.LittleEndian.Uint64(earlier.values[i][:])), int64(binary.LittleEndian.Uint64(s.values[i][:])))
		}
		out = append(out, c)
	}
	return slices.Clip(out)
}
