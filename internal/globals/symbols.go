package globals

import (
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
)

// A variable is a symbol of one of the segments that can be written.
type variable struct {
	name     string
	addr     uintptr
	size     uintptr
	pointers bool // whether it may hold any
}

// segments are where variables lie, by pairs of bounds; see simSegments.
type segments [10]uintptr

const (
	withPointers = 4 // the first so many bounds are those of segments with pointers
	counters     = 8 // from here on, of the counters of coverage
)

// in returns whether an address is that of a variable, and whether in a segment with pointers.
func (s *segments) in(addr uintptr) (pointers, ok bool) {
	if s[counters] <= addr && addr < s[counters+1] {
		return false, false
	}
	for i := 0; i < counters; i += 2 {
		if s[i] <= addr && addr < s[i+1] {
			return i < withPointers, true
		}
	}
	return false, false
}

var errNoSymbols = errors.New("this test binary holds no symbol table (it was linked with -s), from which the names of variables are taken")

// readVariables returns the program's variables, by name, and all symbols of the segments of variables, by address.
func readVariables(seg *segments) (named, all []variable, err error) {
	name, err := os.Executable()
	if err != nil {
		return nil, nil, fmt.Errorf("cannot find the test binary: %w", err)
	}
	f, err := elf.Open(name)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the symbols of the test binary: %w", err)
	}
	defer f.Close()
	table := f.SectionByType(elf.SHT_SYMTAB)
	if table == nil || int(table.Link) >= len(f.Sections) || f.Class != elf.ELFCLASS64 {
		return nil, nil, errNoSymbols
	}
	symbols, err := table.Data()
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the symbols of the test binary: %w", err)
	}
	names, err := f.Sections[table.Link].Data()
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the symbols of the test binary: %w", err)
	}
	own := newOwner()
	// Package elf would make a string of each name, of which most are of no interest.
	entry := func(i int) (name []byte, addr, size uintptr, object bool) {
		e := symbols[i*elf.Sym64Size:]
		name = names[min(int(f.ByteOrder.Uint32(e)), len(names)):]
		return name, uintptr(f.ByteOrder.Uint64(e[8:])), uintptr(f.ByteOrder.Uint64(e[16:])), elf.ST_TYPE(e[4]) == elf.STT_OBJECT
	}
	// A binary that can be moved has been, by the distance between where its data is said to be and where it is.
	var moved uintptr
	for i := range len(symbols) / elf.Sym64Size {
		if name, addr, _, _ := entry(i); strings.HasPrefix(string(name[:min(13, len(name))]), "runtime.data\x00") {
			moved = seg[0] - addr
			break
		}
	}
	for i := range len(symbols) / elf.Sym64Size {
		name, addr, size, object := entry(i)
		addr += moved
		pointers, ok := seg.in(addr)
		if !object || !ok || size == 0 {
			continue
		}
		text := cString(name)
		v := variable{text, addr, size, pointers}
		all = append(all, v)
		if pkg, rest := splitSymbol(text); own.has(pkg) && !strings.ContainsAny(rest, ".·") && rest != "_" {
			named = append(named, v)
		}
	}
	slices.SortFunc(named, func(a, b variable) int { return strings.Compare(a.name, b.name) })
	slices.SortFunc(all, func(a, b variable) int { return cmp.Compare(a.addr, b.addr) })
	return named, all, nil
}

// cString returns the string that ends at the first zero byte.
func cString(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

// splitSymbol takes "path/of/package.Name" apart. In the path's last element, dots are written as %2e.
func splitSymbol(symbol string) (pkg, name string) {
	if strings.HasPrefix(symbol, "go:") || strings.HasPrefix(symbol, "type:") {
		return "", symbol
	}
	slash := strings.LastIndexByte(symbol, '/') + 1
	dot := strings.IndexByte(symbol[slash:], '.')
	if dot < 0 {
		return "", symbol
	}
	return strings.ReplaceAll(symbol[:slash+dot], "%2e", "."), symbol[slash+dot+1:]
}

// An owner knows which packages are the program's.
type owner struct {
	modules []string // of the program that have no dot in their first element, as those of the standard library
}

const terrella = "github.com/terrella-go/terrella"

func newOwner() *owner {
	o := &owner{modules: []string{"command-line-arguments"}}
	if info, ok := debug.ReadBuildInfo(); ok {
		o.modules = append(o.modules, info.Main.Path)
		for _, d := range info.Deps {
			o.modules = append(o.modules, d.Path)
		}
	}
	return o
}

// library are the folders of Terrella that are no examples. Of their packages, those of tests are programs.
var library = []string{"sim", "net", "disk", "clock", "checker", "internal", "cmd"}

func (o *owner) has(pkg string) bool {
	if own, ok := strings.CutPrefix(pkg, terrella+"/"); ok {
		folder, _, _ := strings.Cut(own, "/")
		return strings.Contains(own, "/testdata/") || strings.HasSuffix(own, "_test") || !slices.Contains(library, folder)
	}
	if first, _, _ := strings.Cut(pkg, "/"); strings.Contains(first, ".") {
		return true
	}
	for _, m := range o.modules {
		if m != "" && (pkg == m || pkg == m+"_test" || strings.HasPrefix(pkg, m+"/")) {
			return true
		}
	}
	return false
}
