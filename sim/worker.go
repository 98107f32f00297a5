package sim

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/terrella-go/terrella/internal/campaign/protocol"
	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/prng"
)

// duty is the work of this process for a campaign; nil in one that no campaign has started.
var duty = readDuty()

// A worker runs the worlds that a campaign asks for. See package protocol.
type worker struct {
	base     uint64
	answers  *os.File
	requests chan protocol.Request
	known    map[checkID]bool // checks that were told of, and whether they held
	guide    *novelty         // nil if nobody asks what is new
}

func readDuty() *worker {
	text := os.Getenv(protocol.Variable)
	if text == "" {
		return nil
	}
	os.Unsetenv(protocol.Variable) // for processes that the tests start
	var d protocol.Duty
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		usage(fmt.Errorf("%s is for processes of `terrella fuzz`; it holds %q", protocol.Variable, text))
	}
	closeOnExec(d.Answers)
	w := &worker{
		base:     uint64(d.Base),
		answers:  os.NewFile(d.Answers, "answers"),
		requests: make(chan protocol.Request),
		known:    make(map[checkID]bool),
	}
	if d.Guide {
		w.guide = newNovelty()
	}
	go w.read(os.Stdin)
	return w
}

// read hands on requests until there are no more, and ends the process then: whoever made them is gone.
func (w *worker) read(from io.Reader) {
	lines := json.NewDecoder(bufio.NewReader(from))
	for {
		var q protocol.Request
		if err := lines.Decode(&q); err != nil {
			if !errors.Is(err, io.EOF) {
				fmt.Fprintf(os.Stderr, "sim: a request of the campaign makes no sense: %v\n", err)
			}
			os.Exit(1)
		}
		w.requests <- q
	}
}

func (w *worker) answer(a *protocol.Answer) {
	line, err := json.Marshal(a)
	if err == nil {
		_, err = w.answers.Write(append(line, '\n'))
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "sim: cannot answer the campaign: %v\n", err)
		os.Exit(1)
	}
	if a.Spent {
		os.Exit(0)
	}
}

// work runs what a campaign asks for at this call of Test, until it is told to leave.
func (r *runner) work(w *worker, call int) {
	r.t.Helper()
	r.saveVariables()
	r.config.Seed, r.config.Parallel = w.base, 1
	w.answer(&protocol.Answer{Hello: &protocol.Hello{Test: r.t.Name(), Call: call, Planted: r.config.Planted}})
	warm := false
	var records [2]kernel.Record
	for q := range w.requests {
		switch {
		case q.Leave:
			return
		case q.Run != nil:
			w.answer(&protocol.Answer{Begun: true})
			for _, c := range r.cases(q.Run) {
				r.varied = q.Run.Varied
				if !warm {
					r.runCase(c.Case, nil, nil) // see run
					warm = true
				}
				var along *[2]kernel.Record
				if q.Run.Verify || c.fresh && verified(int(c.number)) {
					along = &records
				}
				r.workOn(w, c, along)
			}
		case q.Keep != nil:
			w.answer(&protocol.Answer{Kept: r.keepFor(q.Keep), Spent: true})
		}
	}
}

// A task is a world to be run.
type task struct {
	plan.Case
	number uint64
	fresh  bool // of a seed alone
}

// cases returns the worlds of a request.
func (r *runner) cases(q *protocol.Run) []task {
	var all []task
	for i, p := range q.Cases {
		c, err := p.Case()
		if err != nil {
			r.t.Fatalf("sim: a case of the campaign makes no sense: %v", err)
		}
		all = append(all, task{Case: c, number: uint64(i)})
	}
	key := prng.Worlds(r.config.Seed, r.t.Name())
	for i := range q.Count {
		n := q.First + i*q.Stride
		all = append(all, task{Case: plan.Case{Seed: key.Num(n).Uint64()}, number: n, fresh: true})
	}
	return all
}

// workOn runs a world, twice if there are records for it, and tells the campaign what came of it.
func (r *runner) workOn(w *worker, c task, along *[2]kernel.Record) {
	if w.guide != nil {
		w.guide.begin()
	}
	var o *outcome
	if along != nil {
		o = r.twiceCase(c.Case, along)
	} else {
		o = r.runCase(c.Case, nil, nil)
	}
	a := &protocol.Answer{
		Number:     c.number,
		Seed:       plan.Number(c.Seed),
		Steps:      o.result.Steps,
		Elapsed:    o.result.Elapsed,
		Schedule:   plan.Number(o.result.Hash),
		Events:     plan.Number(o.world.log.Hash()),
		Divergence: o.divergence,
		Checks:     w.news(o.world),
		Spent:      r.config.Fresh,
	}
	if w.guide != nil {
		a.New = w.guide.ended(o.world)
		if w.guide.telling(a.New) || r.varied && o.failure != nil {
			a.Plan = drawnPlan(o)
		}
	}
	if o.failure == nil && r.t.Failed() {
		o.failure = &failure{message: "the test failed by a method of testing.T; use those of the World instead, they record where in the run it was"}
	}
	if f := o.failure; f != nil && o.divergence == "" {
		a.Failure = &protocol.Failure{
			Property: f.property, Message: f.message, Site: plan.Site(f.site), Node: f.where,
			Step: f.step, At: f.at, Machine: o.upToMachine(),
		}
	}
	a.Spent = a.Spent || r.t.Failed() // it stays failed in the eyes of all worlds to come
	w.answer(a)
}

// news returns the checks that a world was the first to reach, or to see hold.
func (w *worker) news(of *World) []protocol.Check {
	var out []protocol.Check
	for _, id := range slices.SortedFunc(maps.Keys(of.checks.counts), compareChecks) {
		n := of.checks.counts[id]
		held, ok := w.known[id]
		if ok && (held || n.held == 0) {
			continue
		}
		w.known[id] = n.held > 0
		out = append(out, protocol.Check{Kind: id.kind.String(), Name: id.name, Held: n.held > 0})
	}
	return out
}

// keepFor makes a failure smaller and leaves it, its trace and its page in the folder that the campaign names.
func (r *runner) keepFor(q *protocol.Keep) *protocol.Kept {
	c, err := q.Case.Case()
	if err != nil {
		return &protocol.Kept{Trouble: err.Error()}
	}
	options.dir, options.shrink = q.Dir, q.Work
	r.runCase(c, nil, nil) // see run
	o := r.runCase(c, nil, nil)
	if o.failure == nil {
		return &protocol.Kept{}
	}
	f := r.investigate(o)
	if !f.repeats {
		return &protocol.Kept{}
	}
	k := &protocol.Kept{Repeats: true}
	if f.trouble != nil {
		k.Trouble = f.trouble.Error()
		return k
	}
	k.File, _ = filepath.Rel(q.Dir, filepath.FromSlash(f.file))
	base := strings.TrimSuffix(k.File, ".json")
	k.Trace, k.Page = base+".trace", base+".html"
	runs := r.runsOf(f.outcome, f.first, filepath.Base(f.file)) // the folder is not where the file stays
	if err := errors.Join(writeFile(filepath.Join(q.Dir, k.Trace), runs[0]), writeFile(filepath.Join(q.Dir, k.Page), runs...)); err != nil {
		k.Trouble = err.Error()
	}
	return k
}

// upToMachine reports whether where a world ended depends on the machine.
func (o *outcome) upToMachine() bool {
	switch o.result.Outcome {
	case kernel.RealLimit, kernel.MemoryLimit, kernel.Stuck:
		return true
	}
	return false
}
