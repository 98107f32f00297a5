package plan

import (
	"fmt"
	"strings"
)

// A Kind describes one kind of fault.
type Kind struct {
	// Name is the first word of a fault's text.
	Name string
	// Layer is what it happens to.
	Layer Layer
	// Victims is how victims are written.
	Victims Shape
	// Amount is what its amount measures.
	Amount Unit
	// Params are the keys that its text may have.
	Params []string
	// Instant faults are over at once: they have no "for".
	Instant bool
	// Setting kinds are no trouble but tell what a machine is like, from the start and for good: they have no time.
	Setting bool
	// Harm is what a budget counts.
	Harm Harm
	// Weaker names the kind that does less of the same.
	Weaker string
	// Begins is what a story says, with %s for the victims, %d for those of the second group and %a for the amount.
	Begins string
	// Ends is what a story says at the end, for the same victims. Empty: "that ends".
	Ends string
}

// A Layer is the part of the world that a fault happens to.
type Layer uint8

// The layers.
const (
	Process Layer = iota
	Network
	Disk
	Clock
	Point
)

// A Shape is a way to write victims.
type Shape uint8

// The shapes.
const (
	Nodes  Shape = iota // a b c
	Pair                // a b, just two
	Groups              // a | b c | d
	Ways                // a b c: all links between them, or of a if it is alone; a b -> c: those from here to there
	Name                // one name of the program's own
)

// A Unit is what an amount measures.
type Unit uint8

// The units. An amount is a whole number of them.
const (
	None     Unit = iota
	Factor        // 10x
	Ratio         // 12.5%, counted in hundredths of a percent
	Span          // 200ms or -3s, counted in nanoseconds
	Rate          // +200ppm
	Bytes         // 64KB/s, counted in bytes a second
	Packet        // 1200B, counted in bytes
	VersionN      // the name of a boot function; no number
)

// Harm is what a fault takes from its victims, as far as budgets care.
type Harm uint8

// The harms.
const (
	Annoys  Harm = iota // nothing is lost but time
	Downs               // the victims do no work while it lasts
	Cuts                // some of the victims can't reach the others while it lasts
	Damages             // what a victim's disk promised to hold may be gone, for good
)

var kinds = []Kind{
	{Name: "crash", Layer: Process, Victims: Nodes, Harm: Downs, Weaker: "kill", Begins: "the power fails on %s", Ends: "it returns on %s"},
	{Name: "kill", Layer: Process, Victims: Nodes, Harm: Downs, Weaker: "stop", Begins: "SIGKILL ends the process on %s", Ends: "another starts on %s"},
	{Name: "stop", Layer: Process, Victims: Nodes, Harm: Downs, Begins: "the process on %s is told to stop", Ends: "another starts on %s"},
	{Name: "pause", Layer: Process, Victims: Nodes, Harm: Downs, Begins: "a pause begins on %s", Ends: "it ends on %s"},
	{Name: "suspend", Layer: Process, Victims: Nodes, Harm: Downs, Weaker: "pause", Begins: "a suspension begins on %s, of the clock too", Ends: "it ends on %s"},
	{Name: "slow", Layer: Process, Victims: Nodes, Amount: Factor, Begins: "a slowness of %a begins on %s", Ends: "it ends on %s"},
	{Name: "wipe", Layer: Process, Victims: Nodes, Harm: Damages, Weaker: "crash", Begins: "the power fails on %s, and the disk is lost", Ends: "it returns on %s, with an empty disk"},
	{Name: "swap-disks", Layer: Process, Victims: Pair, Harm: Damages, Begins: "the power fails on %s, and their disks are exchanged", Ends: "they start with the disk of the other"},
	{Name: "move", Layer: Process, Victims: Nodes, Harm: Downs, Weaker: "crash", Begins: "the power fails on %s", Ends: "it returns on %s, with another address"},
	{Name: "upgrade", Layer: Process, Victims: Nodes, Amount: VersionN, Harm: Downs, Instant: true, Begins: "%a replaces what runs on %s"},

	{Name: "partition", Layer: Network, Victims: Groups, Harm: Cuts, Begins: "the network splits into %s", Ends: "the network is whole again"},
	{Name: "isolate", Layer: Network, Victims: Nodes, Harm: Downs, Begins: "%s is cut off from all others", Ends: "%s is reached again"},
	{Name: "cut", Layer: Network, Victims: Ways, Harm: Cuts, Begins: "nothing passes on %s", Ends: "%s works again"},
	{Name: "ring", Layer: Network, Victims: Nodes, Harm: Cuts, Begins: "%s reach only their neighbours", Ends: "they reach each other again"},
	{Name: "bridge", Layer: Network, Victims: Nodes, Harm: Cuts, Begins: "of %s the others fall in halves that only the first reaches", Ends: "they reach each other again"},
	{Name: "clog", Layer: Network, Victims: Ways, Harm: Cuts, Begins: "packets on %s are held back", Ends: "what was held back on %s arrives"},
	{Name: "swizzle", Layer: Network, Victims: Nodes, Harm: Cuts, Begins: "%s are clogged one after the other", Ends: "all of them are reached again"},
	{Name: "slow-link", Layer: Network, Victims: Ways, Amount: Factor, Begins: "%s takes %a as long", Ends: "%s is as fast as before"},
	{Name: "delay", Layer: Network, Victims: Ways, Amount: Span, Begins: "packets on %s take up to %a more", Ends: "%s is as fast as before"},
	{Name: "loss", Layer: Network, Victims: Ways, Amount: Ratio, Params: []string{"run"}, Begins: "%s loses %a of its packets", Ends: "%s loses no more"},
	{Name: "duplicate", Layer: Network, Victims: Ways, Amount: Ratio, Begins: "%s delivers %a of its packets twice", Ends: "%s delivers them once"},
	{Name: "reorder", Layer: Network, Victims: Ways, Amount: Ratio, Begins: "%s reorders %a of its packets", Ends: "%s keeps them in order"},
	{Name: "corrupt", Layer: Network, Victims: Ways, Amount: Ratio, Begins: "%s breaks %a of its packets", Ends: "%s breaks no more"},
	{Name: "resets", Layer: Network, Victims: Ways, Amount: Ratio, Begins: "%s answers %a of its segments with a reset", Ends: "%s resets no more"},
	{Name: "bandwidth", Layer: Network, Victims: Ways, Amount: Bytes, Begins: "%s carries %a", Ends: "%s is as wide as before"},
	{Name: "lose-over", Layer: Network, Victims: Ways, Amount: Packet, Begins: "%s loses all packets over %a", Ends: "%s takes large packets again"},
	{Name: "flap", Layer: Network, Victims: Ways, Amount: Span, Begins: "%s works and fails in turns of %a", Ends: "%s works again"},
	{Name: "reset-conns", Layer: Network, Victims: Pair, Instant: true, Begins: "the connections between %s are reset"},
	{Name: "forget-conns", Layer: Network, Victims: Pair, Instant: true, Begins: "the connections between %s are half-open"},
	{Name: "dns-fail", Layer: Network, Victims: Name, Amount: Ratio, Begins: "%a of all look-ups of names fail", Ends: "names are found again"},

	{Name: "fsync-error", Layer: Disk, Victims: Nodes, Params: diskParams, Harm: Damages, Begins: "syncs fail on the disk of %s", Ends: "they succeed again"},
	{Name: "io-error", Layer: Disk, Victims: Nodes, Params: diskParams, Weaker: "slow-disk", Begins: "opening and reading files fails on the disk of %s", Ends: "it works again"},
	{Name: "disk-full", Layer: Disk, Victims: Nodes, Params: diskParams, Begins: "the disk of %s is full", Ends: "there is room again"},
	{Name: "short-write", Layer: Disk, Victims: Nodes, Params: diskParams, Begins: "writes fail half-way on the disk of %s", Ends: "they succeed again"},
	{Name: "read-only", Layer: Disk, Victims: Nodes, Begins: "the disk of %s is read-only", Ends: "it can be written again"},
	{Name: "disk-gone", Layer: Disk, Victims: Nodes, Begins: "the disk of %s is gone", Ends: "it is back"},
	{Name: "slow-disk", Layer: Disk, Victims: Nodes, Amount: Span, Params: diskParams, Begins: "each operation on the disk of %s takes %a", Ends: "it is as fast as before"},
	{Name: "latent-error", Layer: Disk, Victims: Nodes, Params: diskParams, Harm: Damages, Begins: "sectors of the disk of %s become unreadable", Ends: "no more of them do"},
	{Name: "bit-rot", Layer: Disk, Victims: Nodes, Params: diskParams, Harm: Damages, Begins: "bits flip on the disk of %s", Ends: "no more of them do"},
	{Name: "phantom-write", Layer: Disk, Victims: Nodes, Params: diskParams, Harm: Damages, Begins: "writes never reach the disk of %s", Ends: "they do again"},
	{Name: "misdirected-write", Layer: Disk, Victims: Nodes, Params: diskParams, Harm: Damages, Begins: "writes reach the wrong place on the disk of %s", Ends: "they reach the right one again"},
	{Name: "lost-sync", Layer: Disk, Victims: Nodes, Params: diskParams, Harm: Damages, Begins: "the disk of %s acknowledges syncs and does nothing", Ends: "it syncs again"},

	{Name: "disk-model", Layer: Disk, Victims: Nodes, Params: modelParams, Instant: true, Setting: true, Begins: "the disk of %s is not the usual one but %a"},

	{Name: "drift", Layer: Clock, Victims: Nodes, Amount: Rate, Begins: "the clock of %s drifts by %a", Ends: "it drifts as before"},
	{Name: "jump", Layer: Clock, Victims: Nodes, Amount: Span, Begins: "the wall clock of %s jumps by %a", Ends: "it jumps back"},
	{Name: "strobe", Layer: Clock, Victims: Nodes, Amount: Span, Params: []string{"period"}, Begins: "the wall clock of %s jumps to and fro by %a", Ends: "it is steady again"},
	{Name: "stop-clock", Layer: Clock, Victims: Nodes, Begins: "the clock of %s stands still", Ends: "it goes on"},
	{Name: "leap-second", Layer: Clock, Victims: Nodes, Instant: true, Begins: "the clock of %s repeats a second"},

	{Name: "fire", Layer: Point, Victims: Name, Instant: true, Begins: "the fault point %s fires"},
}

var diskParams = []string{"path", "times", "chance"}

// The parameters of a disk-model: the file system, the drive under it, and how long a sync and any other operation take.
var modelParams = []string{"fs", "drive", "sync", "io"}

// FileSystems and Drives are the values of fs and drive, each with the one that promises the most first.
var (
	FileSystems = []string{"ext4-ordered", "xfs", "ext4-writeback", "strict"}
	Drives      = []string{"protected-cache", "volatile-cache"}
)

var byName = func() map[string]*Kind {
	m := make(map[string]*Kind)
	for i := range kinds {
		m[kinds[i].Name] = &kinds[i]
	}
	return m
}()

// KindNamed returns the kind of that name, or an error that lists those there are.
func KindNamed(name string) (*Kind, error) {
	if k := byName[name]; k != nil {
		return k, nil
	}
	names := make([]string, len(kinds))
	for i := range kinds {
		names[i] = kinds[i].Name
	}
	return nil, fmt.Errorf("no kind of fault is called %q; there are %s", name, strings.Join(names, ", "))
}

// Kinds returns all kinds of faults, by layer.
func Kinds() []Kind { return append([]Kind(nil), kinds...) }
