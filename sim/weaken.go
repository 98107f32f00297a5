package sim

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/terrella-go/terrella/clock"
	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/internal/shell"
	"github.com/terrella-go/terrella/internal/turn"
)

// A weakening is a promise that the worlds of this process do not keep: what -sim.mutate asks for. It tests tests: one that
// relies on the promise has to fail.
type weakening struct {
	on    bool   // weakenings are counted
	what  string // one of the names, or pointPrefix and the name of a point; empty for none
	point string
}

// The promises, by name.
const (
	weakSync      = "sync"      // syncs of files do nothing
	weakDirSync   = "dirsync"   // syncs of directories do nothing
	weakRename    = "rename"    // a crash may fall into a rename that replaces a file
	weakPartition = "partition" // what is cut off stays so, through Heal
	weakClock     = "clock"     // the clocks of every second node are an hour ahead
	noWeakening   = "none"      // nothing is weakened, and points are counted
	pointPrefix   = "point:"
)

var weakenings = []string{weakSync, weakDirSync, weakRename, weakPartition, weakClock}

// hourAhead is how wrong clocks are.
const hourAhead = time.Hour

func (w *weakening) String() string {
	if w == nil {
		return ""
	}
	return w.what
}

func (w *weakening) Set(text string) error {
	point, isPoint := strings.CutPrefix(text, pointPrefix)
	switch {
	case text == noWeakening:
		*w = weakening{on: true}
	case slices.Contains(weakenings, text):
		*w = weakening{on: true, what: text}
	case isPoint && point != "":
		*w = weakening{on: true, what: text, point: point}
	default:
		return fmt.Errorf("%q is no weakening; there are %s, %sNAME and %s", text, strings.Join(weakenings, ", "), pointPrefix, noWeakening)
	}
	return nil
}

// Weakened counts how often a world did not keep a promise, by weakening, and how often marked points were come to.
type weakened struct {
	mu   turn.Lock
	uses map[string]uint64
}

func (c *weakened) count(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.uses == nil {
		c.uses = make(map[string]uint64)
	}
	c.uses[what]++
}

// use counts a promise that was not kept.
func (w *World) use() { w.weakened.count(options.mutate.what) }

// weakenNet has the network break its promise, if that is asked for.
func (w *World) weakenNet() {
	if options.mutate.what == weakPartition {
		w.net.KeepCuts(w.use)
	}
}

// weakenDisk has a disk break its promises.
func (w *World) weakenDisk(o *disk.Options) {
	weak := disk.Weakness{Used: w.use}
	switch options.mutate.what {
	case weakSync:
		weak.Sync = true
	case weakDirSync:
		weak.SyncDir = true
	case weakRename:
		weak.Rename = true
	default:
		return
	}
	o.Weakness = &weak
}

// newClock returns the clock of a new node.
func (w *World) newClock() *clock.Skewed {
	ahead := time.Duration(0)
	if options.mutate.what == weakClock && len(w.dir.all())%2 == 1 {
		ahead = hourAhead
		w.use()
	}
	return clock.NewSkewed(ahead, 0)
}

// mutates reports whether a marked point is to be weakened.
func mutates(name string) bool {
	if !options.mutate.on {
		return false
	}
	w := here()
	if w == nil {
		return false
	}
	w.weakened.count(pointPrefix + name)
	return name == options.mutate.point
}

// failureFolder returns where failure files are kept, "" if they are not. Those of worlds that break promises are kept only where
// it is said: they would fail among those of real worlds.
func failureFolder() string {
	if options.dir == noFolder || options.mutate.on && options.dir == usualFolder {
		return ""
	}
	return options.dir
}

// usualFolder is where failure files are kept unless -sim.dir says otherwise.
var usualFolder = filepath.Join("testdata", "sim")

// mutateFlag returns the flag that weakens worlds as these were, for a line that shows one again.
func mutateFlag() string {
	if options.mutate.what == "" {
		return ""
	}
	return " -sim.mutate=" + shell.Quote(options.mutate.what)
}

// tellWeakened tells the command how often promises were not kept: one line of JSON a test in the file that TERRELLA_MUTATED
// names. Points that are only in the source have zeros.
func (r *runner) tellWeakened() {
	name := os.Getenv("TERRELLA_MUTATED")
	if name == "" || !options.mutate.on {
		return
	}
	uses := maps.Clone(r.weakened)
	if uses == nil {
		uses = make(map[string]uint64)
	}
	where := make(map[string]string)
	if c, err := catalogue(); err == nil { // without the source there are those that were come to
		for _, p := range c.points {
			uses[pointPrefix+p.name] += 0
			where[pointPrefix+p.name] = p.where
		}
	}
	text, err := json.Marshal(struct {
		Test  string            `json:"test"`
		Uses  map[string]uint64 `json:"uses"`
		Where map[string]string `json:"where,omitempty"`
	}{r.t.Name(), uses, where})
	if err == nil {
		err = appendLine(name, text)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "sim: cannot record what was weakened: %v\n", err)
	}
}
