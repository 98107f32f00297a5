package twophase

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/terrella-go/terrella/examples/internal/ask"
	"github.com/terrella-go/terrella/examples/internal/journal"
)

// Coordinator is the name of the machine that decides.
const Coordinator = "coordinator"

// coordinatorRequest asks for a transfer, or what became of one.
type coordinatorRequest struct {
	Transfer *Transfer `json:",omitempty"`
	Inquire  string    `json:",omitempty"`
}

// A coordinator decides transfers.
type coordinator struct {
	config  Config
	journal *journal.Records

	mu        sync.Mutex
	committed map[string]Transfer
	running   map[string]bool // not decided yet
	broken    error
}

// ServeCoordinator runs the coordinator until the context ends.
func ServeCoordinator(ctx context.Context, c Config) (err error) {
	co := &coordinator{config: c, committed: make(map[string]Transfer), running: make(map[string]bool)}
	co.journal, err = journal.OpenRecords(c.Disk, func(t Transfer) { co.committed[t.ID] = t })
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	err = ask.Serve(ctx, c.Net, func(ctx context.Context, r coordinatorRequest) (verb, error) {
		if r.Transfer == nil {
			return co.verdict(r.Inquire), nil
		}
		v, err := co.decide(ctx, *r.Transfer)
		if errors.Is(err, errBroken) {
			cancel(err)
		}
		return v, err
	})
	if co.broken != nil {
		return co.broken
	}
	return err
}

// errBroken is returned when the journal can't be trusted any more.
var errBroken = errors.New("the coordinator has to start again")

// verdict tells what was decided. What was not, and is not about to be, is aborted: whoever comes to prepare it later finds that it is over.
func (co *coordinator) verdict(id string) verb {
	co.mu.Lock()
	defer co.mu.Unlock()
	if _, ok := co.committed[id]; ok {
		return commit
	}
	if co.running[id] || co.broken != nil {
		return prepare
	}
	return abort
}

// decide carries out a transfer: it has both banks prepare, writes the decision down, and tells them.
func (co *coordinator) decide(ctx context.Context, t Transfer) (verb, error) {
	co.mu.Lock()
	_, before := co.committed[t.ID]
	taken := co.running[t.ID] || co.broken != nil
	if !before && !taken {
		co.running[t.ID] = true
	}
	co.mu.Unlock()
	if before {
		return commit, nil
	}
	if taken {
		return prepare, nil
	}
	v := commit
	if !co.tell(ctx, prepare, t) {
		v = abort
	}
	co.mu.Lock()
	if v == commit {
		if err := co.journal.Add(t); err != nil {
			co.broken = errors.Join(errBroken, err)
			co.mu.Unlock()
			return prepare, co.broken
		}
		co.committed[t.ID] = t
	}
	delete(co.running, t.ID)
	co.mu.Unlock()
	co.tell(ctx, v, t) // who does not hear it will ask
	return v, nil
}

// tell tells both banks, and reports whether both agree.
func (co *coordinator) tell(ctx context.Context, v verb, t Transfer) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return len(ask.All[Balance](ctx, co.config.Net, []string{t.From, t.To}, 2, bankRequest{v, t})) == 2
}

// Do asks the coordinator for a transfer. After an error it may have happened, or may still.
func (t Transfer) Do(ctx context.Context, n ask.Network) error {
	_, err := ask.To[verb](ctx, n, Coordinator, coordinatorRequest{Transfer: &t})
	return err
}

// BalanceOf asks a bank what it holds.
func BalanceOf(ctx context.Context, n ask.Network, bank string) (Balance, error) {
	return ask.To[Balance](ctx, n, bank, bankRequest{Verb: balance})
}
