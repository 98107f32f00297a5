package globals

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"
)

// A Saved is the contents of some variables.
type Saved struct {
	vars     []variable
	contents [][]byte
}

// Save keeps the present contents of variables, named as a Change names them. They must hold no
// pointers: what a pointer leads to would stay as it is, and not fit to the pointer.
func (t *Table) Save(names []string) (*Saved, error) {
	s := &Saved{}
	for _, name := range names {
		i, found := slices.BinarySearchFunc(t.named, name, func(v variable, name string) int { return strings.Compare(v.name, name) })
		if !found {
			return nil, fmt.Errorf("the program has no package-level variable %q; write it with the path of its package, such as example.com/counter.next (one that nothing uses is not in the program)", name)
		}
		v := t.named[i]
		if v.pointers {
			return nil, fmt.Errorf("%s holds pointers, and what they lead to can't be put back with it; set it at the beginning of each world, or use Config.Fresh", name)
		}
		s.vars = append(s.vars, v)
		s.contents = append(s.contents, slices.Clone(v.bytes()))
	}
	return s, nil
}

// Restore puts the contents back. A nil Saved holds none.
func (s *Saved) Restore() {
	if s == nil {
		return
	}
	for i := range s.vars {
		store(s.vars[i].bytes(), s.contents[i])
	}
}

// bytes returns the memory of a variable.
func (v *variable) bytes() []byte {
	addr := v.addr
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&addr)), v.size)
}

// store is copy, of which the race detector knows nothing: the goroutines that used the variables are gone.
//
//go:norace
func store(to, from []byte) {
	for i := range to {
		to[i] = from[i]
	}
}
