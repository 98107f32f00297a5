package sim

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/terrella-go/terrella/internal/kernel"
)

// requestVariable holds the request of a process that Config.Fresh has started.
const requestVariable = "TERRELLA_FRESH"

// asked is the request of this process; nil in one that was not started by Config.Fresh.
var asked = readRequest()

func readRequest() *request {
	text := os.Getenv(requestVariable)
	if text == "" {
		return nil
	}
	os.Unsetenv(requestVariable) // for processes that the tests start
	q := new(request)
	if err := json.Unmarshal([]byte(text), q); err != nil {
		usage(fmt.Errorf("%s is for processes of Config.Fresh; it holds %q", requestVariable, text))
	}
	return q
}

// serve runs what another process asks for and leaves the answer. It ends the test.
func (r *runner) serve(q *request) {
	r.t.Helper()
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(1) // whom it would answer is gone
	}()
	r.saveVariables()
	r.answer = new(answer)
	if q.Index == keptFailures {
		r.world(r.seeds[0], nil, nil)
		r.replayKept()
	} else {
		r.world(r.seeds[q.Index], nil, nil)
		o := r.runSeed(q.Index, new([2]kernel.Record))
		if o.divergence != "" {
			r.reportDivergence(o)
		}
		r.count(o)
		r.writeHashes(o)
		r.writeTrace(o)
		if o.failure != nil {
			r.reportFailure(q.Index, o)
		}
		r.tellWeakened()
		r.answer.Steps, r.answer.Elapsed = o.result.Steps, o.result.Elapsed
		r.answer.Schedule, r.answer.Events = o.result.Hash, o.world.log.Hash()
		for id, n := range r.checks {
			r.answer.Checks = append(r.answer.Checks, checkCount{id.kind, id.name, n.reached, n.held})
		}
		for _, rec := range r.recoveries {
			r.answer.Recoveries = append(r.answer.Recoveries, recovered{rec.name, rec.took})
		}
	}
	r.sendAnswer()
	r.t.SkipNow() // what follows in the test is for the first process
}

// fatal fails the test with a report: here, or where the answer goes.
func (r *runner) fatal(report string) {
	r.t.Helper()
	if r.answer == nil {
		r.t.Fatal(report)
	}
	r.answer.Report = report
	r.sendAnswer()
	r.t.FailNow()
}

func (r *runner) sendAnswer() {
	r.t.Helper()
	data, err := json.Marshal(r.answer)
	if err == nil {
		err = os.WriteFile(asked.Answer, data, 0o600)
	}
	if err != nil {
		r.t.Fatalf("sim: cannot tell the first process of Config.Fresh how a world ended: %v", err)
	}
}
