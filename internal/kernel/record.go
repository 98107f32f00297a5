package kernel

import (
	"bytes"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

// What follows is declared again, field by field, in package runtime; see
// internal/overlay/inserts/runtime.

type config struct {
	seed     uint64
	start    int64
	maxTime  int64
	maxSteps uint64
	maxStill uint64
	spread   uint32
	passOn   bool
	fifo     bool
	shared   bool
	record   bool
	steps    []step
	stacks   []uintptr
	expect   []step
	note     string
	onPanic  func(any)
	value    any

	redraw     uint64
	redrawFrom uint64
}

type result struct {
	outcome Outcome
	steps   uint64
	hash    uint64
	now     int64
	created uint64
	live    int
	logged  int
	foreign bool
}

type step struct {
	hash  uint64
	num   uint64
	now   int64
	stack uint32
	group uint32
}

const stackDepth = 16

// A Record is the steps of a world and, for each, where the goroutine that was given the turn had
// left off. Its zero value has room for DefaultRecord steps.
type Record struct {
	// Room is how many steps are recorded; later ones are known by the final hash alone.
	Room int

	start  int64
	steps  []step
	stacks []uintptr
}

// DefaultRecord is the number of steps that a Record has room for unless told otherwise.
const DefaultRecord = 1 << 16

func (r *Record) prepare(c *config) {
	room := r.Room
	if room == 0 {
		room = DefaultRecord
	}
	if cap(r.steps) < room {
		r.steps = make([]step, 0, room)
		r.stacks = make([]uintptr, 0, room*stackDepth)
	}
	r.start = c.start
	r.steps, r.stacks = r.steps[:0], r.stacks[:0]
	c.record, c.steps, c.stacks = true, r.steps, r.stacks
}

func (r *Record) finish(res *result) {
	r.steps = r.steps[:res.logged]
	r.stacks = r.stacks[:cap(r.stacks)]
}

// Len returns the number of steps recorded.
func (r *Record) Len() int { return len(r.steps) }

// Hash returns the schedule hash as it was at step i, counted from 0.
func (r *Record) Hash(i int) uint64 { return r.steps[i].hash }

// Time returns the virtual time, since the start of the world, of step i.
func (r *Record) Time(i int) time.Duration { return time.Duration(r.steps[i].now - r.start) }

// Stack returns the goroutine that was given the turn at step i and where it had left off.
func (r *Record) Stack(i int) Stack {
	s := &r.steps[i]
	out := Stack{Goroutine: s.num, Group: Group(s.group), State: "runs next"}
	if s.stack == 0 {
		return out
	}
	pcs := r.stacks[int(s.stack-1)*stackDepth:][:stackDepth]
	n := 0
	for n < len(pcs) && pcs[n] != 0 {
		n++
	}
	frames := runtime.CallersFrames(pcs[:n])
	for {
		f, more := frames.Next()
		if f.Function != "" && !strings.HasPrefix(f.Function, "runtime.") {
			out.Frames = append(out.Frames, Frame{Func: f.Function, File: f.File, Line: f.Line})
		}
		if !more {
			return out
		}
	}
}

// A Stack is a goroutine and what it is doing.
type Stack struct {
	Goroutine uint64 // number in the world's order of creation, from 1
	Group     Group
	State     string // why it waits, or "runnable"
	Frames    []Frame
	Holds     []HeldLock // locks that it holds
	Waits     *HeldLock  // lock that it waits for
}

// A Frame is one call in a stack, the innermost first.
type Frame struct {
	Func string
	File string
	Line int
}

// Stacks returns the stacks of the goroutines of the current world, but for the current one.
func Stacks() []Stack { return stacks(simCurrent()) }

// PanicStack returns the current goroutine as it was when it panicked. It is called while the panic lasts.
func PanicStack() Stack {
	m, _ := Now()
	s := Stack{Goroutine: m.Goroutine, Group: m.Group, State: "panicked"}
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic" || f.Function == "runtime.fatal":
			s.Frames = nil // what is above has panicked
		case f.Function != "" && !strings.HasPrefix(f.Function, "runtime."):
			s.Frames = append(s.Frames, Frame{Func: f.Function, File: f.File, Line: f.Line})
		}
		if !more {
			return s
		}
	}
}

// stacks returns the stacks of all goroutines of an ended world.
func stacks(world unsafe.Pointer) []Stack {
	for size := 1 << 18; ; size *= 4 {
		buf := make([]byte, size)
		if n := simStacks(world, buf); n < size || size > 1<<26 {
			out := parseStacks(buf[:n])
			addLocks(out, simLocks(world))
			return out
		}
	}
}

var stackHeader = regexp.MustCompile(`^goroutine (\d+) (\d+) \[(.*)\]:$`)

// parseStacks reads the runtime's own way of printing stacks. Arguments, which
// hold addresses, are left out.
func parseStacks(text []byte) []Stack {
	var out []Stack
	var fn string
	for line := range bytes.Lines(text) {
		l := strings.TrimRight(string(line), "\n")
		if m := stackHeader.FindStringSubmatch(l); m != nil {
			num, _ := strconv.ParseUint(m[1], 10, 64)
			group, _ := strconv.ParseUint(m[2], 10, 32)
			state := strings.TrimSuffix(m[3], " (durable)")
			out = append(out, Stack{Goroutine: num, Group: Group(group), State: state})
			continue
		}
		if len(out) == 0 || l == "" {
			continue
		}
		if !strings.HasPrefix(l, "\t") {
			fn = l
			continue
		}
		file, line := splitPosition(l[1:])
		fn = strings.TrimPrefix(fn, "created by ")
		fn, _, _ = strings.Cut(fn, " in goroutine ")
		if i := strings.LastIndexByte(fn, '('); i > 0 && strings.HasSuffix(fn, ")") {
			fn = fn[:i]
		}
		if fn == "runtime.goexit" || strings.HasPrefix(fn, "runtime.gopark") {
			continue
		}
		s := &out[len(out)-1]
		s.Frames = append(s.Frames, Frame{Func: fn, File: file, Line: line})
	}
	return out
}

// splitPosition takes "file.go:12 +0x34" apart.
func splitPosition(s string) (file string, line int) {
	s, _, _ = strings.Cut(s, " +0x")
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, 0
	}
	line, _ = strconv.Atoi(s[i+1:])
	return s[:i], line
}
