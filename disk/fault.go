package disk

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A Fault is something that goes wrong, as a value: it says what happens, to
// which operations, and how often. The zero value makes every operation
// fail with EIO.
//
// Faults print as one line of text and are parsed back by [ParseFault].
type Fault struct {
	// Effect is what happens.
	Effect Effect
	// Ops are the operations it happens to. 0 means all that the effect can
	// happen to.
	Ops Op
	// Path is the pattern, as of [path.Match], of the names of the files that it
	// happens to, relative to the root. Empty means all files.
	Path string
	// Skip is how many such operations pass unharmed first.
	Skip int
	// Times is how often the fault strikes at most. 0 means no limit.
	Times int
	// Chance is how likely the fault is to strike when it may. The zero value
	// means always. The draws are keyed by file and operation.
	Chance Ratio
	// Err is the error of Fail and ShortWrite. 0 means EIO, for ShortWrite ENOSPC.
	Err syscall.Errno
	// Delay is how long Stall holds an operation up.
	Delay time.Duration
}

// A Ratio is an exact probability, Num of Den.
type Ratio struct{ Num, Den uint64 }

// An Effect is what a fault does.
type Effect uint8

// The effects, and the operations they can happen to.
const (
	// Fail lets any operation fail and do nothing. A sync that fails has done
	// harm, as on Linux: what was to be written counts as clean, reads go on
	// showing it while it is cached, later syncs succeed and do not write it.
	Fail Effect = iota
	// ShortWrite lets a write fail after a part of it.
	ShortWrite
	// LatentError makes a sector that is read unreadable (EIO) until it is
	// written again.
	LatentError
	// BitRot flips a bit, on the medium, of what is read.
	BitRot
	// PhantomWrite acknowledges a write that never reaches the medium, synced or not.
	// The cache shows it until it is lost.
	PhantomWrite
	// MisdirectedWrite is a phantom write whose first sector reaches another place of
	// the same file's medium.
	MisdirectedWrite
	// LostSync acknowledges a sync and does nothing.
	LostSync
	// ReadOnly lets an operation that changes something fail with EROFS and
	// remounts the file system read-only, as ext4 does with errors=remount-ro.
	ReadOnly
	// Stall holds an operation up for Delay.
	Stall
	// Vanish takes the whole disk away: this operation and all later ones
	// fail with EIO.
	Vanish
	effects
)

var effectNames = []string{"fail", "short-write", "latent-error", "bit-rot", "phantom-write",
	"misdirected-write", "lost-sync", "read-only", "stall", "vanish"}

// String returns the effect's name in the text of a fault.
func (e Effect) String() string { return enumName("Effect", uint8(e), effectNames...) }

// ops returns the operations that the effect can happen to.
func (e Effect) ops() Op {
	switch e {
	case ShortWrite, PhantomWrite, MisdirectedWrite:
		return OpWrite
	case LatentError, BitRot:
		return OpRead
	case LostSync:
		return OpSync
	case ReadOnly:
		return changing
	}
	return allOps
}

// An Op is a set of operations.
type Op uint16

// The operations. Those on names and on open files count alike.
const (
	OpOpen Op = 1 << iota
	OpRead
	OpWrite
	OpSync
	OpTruncate
	OpRename
	OpRemove
	OpMkdir
	OpLink
	OpChmod
	OpStat
	OpReadDir
	OpLock

	allOps   Op = 1<<iota - 1
	changing    = OpWrite | OpTruncate | OpRename | OpRemove | OpMkdir | OpLink | OpChmod
)

var opNames = []string{"open", "read", "write", "sync", "truncate", "rename", "remove",
	"mkdir", "link", "chmod", "stat", "readdir", "lock"}

// String returns the names of the operations with bars between them.
func (o Op) String() string {
	var names []string
	for i, name := range opNames {
		if o&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	if rest := o &^ allOps; rest != 0 || o == 0 {
		names = append(names, fmt.Sprintf("Op(%d)", rest))
	}
	return strings.Join(names, "|")
}

// errnoNames are the errors that a fault has a name for.
var errnoNames = []struct {
	name string
	err  syscall.Errno
}{
	{"EIO", syscall.EIO}, {"ENOSPC", syscall.ENOSPC}, {"EROFS", syscall.EROFS}, {"EDQUOT", syscall.EDQUOT},
	{"EACCES", syscall.EACCES}, {"EPERM", syscall.EPERM}, {"ENOENT", syscall.ENOENT}, {"EMFILE", syscall.EMFILE},
	{"ENFILE", syscall.ENFILE}, {"ENOMEM", syscall.ENOMEM}, {"EINTR", syscall.EINTR}, {"EAGAIN", syscall.EAGAIN},
	{"EBUSY", syscall.EBUSY}, {"ENODEV", syscall.ENODEV}, {"ENXIO", syscall.ENXIO}, {"EFBIG", syscall.EFBIG},
	{"ESTALE", syscall.ESTALE}, {"ETIMEDOUT", syscall.ETIMEDOUT},
}

// validate returns what is wrong with the fault.
func (f *Fault) validate() error {
	switch {
	case f.Effect >= effects:
		return invalid("Fault.Effect", f.Effect)
	case f.Ops&^f.Effect.ops() != 0:
		return invalid("Fault.Ops", fmt.Sprintf("%v cannot happen to %v", f.Effect, f.Ops&^f.Effect.ops()))
	case f.Skip < 0:
		return invalid("Fault.Skip", f.Skip)
	case f.Times < 0:
		return invalid("Fault.Times", f.Times)
	case f.Delay < 0 || f.Delay > 0 && f.Effect != Stall:
		return invalid("Fault.Delay", f.Delay)
	case f.Chance.Num > f.Chance.Den:
		return invalid("Fault.Chance", fmt.Sprintf("%d/%d", f.Chance.Num, f.Chance.Den))
	case strings.ContainsAny(f.Path, " \t\n"):
		return invalid("Fault.Path", strconv.Quote(f.Path))
	}
	if _, err := path.Match(f.Path, ""); err != nil {
		return invalid("Fault.Path", strconv.Quote(f.Path))
	}
	return nil
}

// String returns the fault as text: the effect, then what differs from zero, such as
//
//	fail ops=sync path=wal/* skip=3 times=1 chance=1/10 err=EIO
//	stall ops=read|write delay=2s
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(f.Effect.String())
	add := func(key string, value any) { fmt.Fprintf(&b, " %s=%v", key, value) }
	if f.Ops != 0 {
		add("ops", f.Ops)
	}
	if f.Path != "" {
		add("path", f.Path)
	}
	if f.Skip != 0 {
		add("skip", f.Skip)
	}
	if f.Times != 0 {
		add("times", f.Times)
	}
	if f.Chance != (Ratio{}) {
		add("chance", fmt.Sprintf("%d/%d", f.Chance.Num, f.Chance.Den))
	}
	if f.Err != 0 {
		add("err", errnoName(f.Err))
	}
	if f.Delay != 0 {
		add("delay", f.Delay)
	}
	return b.String()
}

func errnoName(err syscall.Errno) string {
	for _, e := range errnoNames {
		if e.err == err {
			return e.name
		}
	}
	return strconv.FormatUint(uint64(err), 10)
}

// ParseFault returns the fault that prints as text. Its errors are
// [io/fs.ErrInvalid] to [errors.Is].
func ParseFault(text string) (Fault, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return Fault{}, invalid("fault", strconv.Quote(text))
	}
	var f Fault
	i, ok := indexOf(effectNames, words[0])
	if !ok {
		return Fault{}, invalid("effect of fault", strconv.Quote(words[0]))
	}
	f.Effect = Effect(i)
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		if err := f.parseField(key, value); err != nil {
			return Fault{}, invalid("field of fault", fmt.Sprintf("%q: %v", word, err))
		}
	}
	return f, f.validate()
}

func indexOf(names []string, name string) (int, bool) {
	for i := range names {
		if names[i] == name {
			return i, true
		}
	}
	return 0, false
}

// parseField sets one field of the fault from its text.
func (f *Fault) parseField(key, value string) (err error) {
	switch key {
	case "ops":
		f.Ops, err = parseOps(value)
	case "path":
		f.Path = value
	case "skip":
		f.Skip, err = strconv.Atoi(value)
	case "times":
		f.Times, err = strconv.Atoi(value)
	case "chance":
		f.Chance, err = parseRatio(value)
	case "err":
		f.Err, err = parseErrno(value)
	case "delay":
		f.Delay, err = time.ParseDuration(value)
	default:
		err = fmt.Errorf("no such field")
	}
	return err
}

func parseOps(text string) (Op, error) {
	var ops Op
	for _, name := range strings.Split(text, "|") {
		i, ok := indexOf(opNames, name)
		if !ok {
			return 0, fmt.Errorf("no operation %q", name)
		}
		ops |= 1 << i
	}
	return ops, nil
}

func parseRatio(text string) (Ratio, error) {
	num, den, _ := strings.Cut(text, "/")
	n, err := strconv.ParseUint(num, 10, 64)
	if err != nil {
		return Ratio{}, err
	}
	d, err := strconv.ParseUint(den, 10, 64)
	return Ratio{n, d}, err
}

func parseErrno(text string) (syscall.Errno, error) {
	for _, e := range errnoNames {
		if e.name == text {
			return e.err, nil
		}
	}
	n, err := strconv.ParseUint(text, 10, 16)
	return syscall.Errno(n), err
}
