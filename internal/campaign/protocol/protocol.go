// Package protocol is what a campaign and the test binaries that work for it say to each other.
//
// A worker is a test binary that was started for one test with [Variable] in its environment. It writes answers to
// the file descriptor named there and reads requests from its standard input, both as lines of JSON.
//
//	worker    campaign
//	Hello               a call of sim.Config.Test was reached
//	          Run       worlds to be run there
//	Begun               the first of them begins
//	Answer              one for each of them, in order, as soon as it has ended
//	          Keep      a failure that is to be made smaller and kept
//	Answer
//	          Leave     the call is to return; the test goes on, perhaps to another Hello
//
// A worker ends when its test does, and at once when its standard input ends: when the campaign is gone, however that came about.
package protocol

import (
	"time"

	"github.com/terrella-go/terrella/internal/plan"
)

// Variable is the environment variable that makes a test binary a worker. It holds a Duty in JSON.
const Variable = "TERRELLA_WORKER"

// A Duty is what a worker is told when it starts.
type Duty struct {
	Answers uintptr     `json:"answers"` // file descriptor
	Base    plan.Number `json:"base"`    // what seeds are derived from, together with the test's name
	Guide   bool        `json:"guide"`   // tell what is new in each world
}

// A Request is one of its fields.
type Request struct {
	Run   *Run  `json:"run,omitempty"`
	Keep  *Keep `json:"keep,omitempty"`
	Leave bool  `json:"leave,omitempty"`
}

// Run asks for worlds.
type Run struct {
	// Fresh worlds have the seeds number First, First+Stride and so on, Count of them.
	First  uint64 `json:"first,omitempty"`
	Stride uint64 `json:"stride,omitempty"`
	Count  uint64 `json:"count,omitempty"`
	// Cases are worlds of which more is given. They are run in place of fresh ones, and answered with their place in
	// the list as their number.
	Cases []plan.Plan `json:"cases,omitempty"`
	// Varied tells that the cases are worlds whose faults were changed: what the storms of the test could not have drawn is left out.
	Varied bool `json:"varied,omitempty"`
	// Verify runs each world twice. Without it a fixed share of the fresh ones is.
	Verify bool `json:"verify,omitempty"`
}

// Keep asks for a failure to be made smaller, and for a failure file, a trace and a page of it.
type Keep struct {
	Case plan.Plan `json:"case"`
	// Dir is a folder for the three files and nothing else.
	Dir string `json:"dir"`
	// Work bounds the search for a smaller case, as -sim.shrinktime does.
	Work time.Duration `json:"work"`
}

// An Answer is a Hello, or says that what a Run asks for begins, or what came of a request.
type Answer struct {
	Hello *Hello `json:"hello,omitempty"`
	Begun bool   `json:"begun,omitempty"`

	Number   uint64        `json:"number"` // of the world, as the request has it
	Seed     plan.Number   `json:"seed"`
	Steps    uint64        `json:"steps"`
	Elapsed  time.Duration `json:"elapsed"` // virtual
	Schedule plan.Number   `json:"schedule"`
	Events   plan.Number   `json:"events"`
	Failure  *Failure      `json:"failure,omitempty"`
	// Divergence tells where two runs of the seed parted; empty if they did not, or there was one run.
	Divergence string `json:"divergence,omitempty"`
	// Checks are those of package prop that were reached, or held, for the first time in this process.
	Checks []Check `json:"checks,omitempty"`
	// New are numbers of what this process has not come to before: code, by the counters of coverage (even
	// numbers), and states (odd ones). Plan is the world's plan, with its faults written out: if there is something new, if a varied world
	// has failed, and of the process's first worlds.
	New  []uint64   `json:"new,omitempty"`
	Plan *plan.Plan `json:"plan,omitempty"`
	// Kept is the answer to Keep.
	Kept *Kept `json:"kept,omitempty"`
	// Spent tells that the process ends now: what it holds would disturb other worlds.
	Spent bool `json:"spent,omitempty"`
}

// A Hello says which call of sim.Config.Test was reached.
type Hello struct {
	Test string `json:"test"` // with the names of subtests
	Call int    `json:"call"` // in that test, from 1
	// Planted is Config.Planted.
	Planted bool `json:"planted,omitempty"`
}

// A Failure is how a world failed, before anything is made smaller.
type Failure struct {
	Property string        `json:"property"`
	Message  string        `json:"message"`
	Site     plan.Site     `json:"site"`
	Node     string        `json:"node,omitempty"`
	Step     uint64        `json:"step"`
	At       time.Duration `json:"at"` // virtual
	// Machine tells that where it was depends on the machine: a limit of real time or memory.
	Machine bool `json:"machine,omitempty"`
}

// A Check is one of package prop.
type Check struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	Held bool   `json:"held"`
}

// Kept tells what was left in the folder.
type Kept struct {
	// Repeats tells whether the failure happened again in the same way in this process; otherwise nothing is kept.
	Repeats bool   `json:"repeats"`
	File    string `json:"file,omitempty"` // names without the folder
	Trace   string `json:"trace,omitempty"`
	Page    string `json:"page,omitempty"`
	// Trouble is why a file is missing.
	Trouble string `json:"trouble,omitempty"`
}
