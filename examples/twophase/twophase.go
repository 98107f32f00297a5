// Package twophase moves money between banks by two-phase commit: a coordinator asks the banks to prepare a transfer, and when
// both have promised to carry it out whatever happens, it decides, and tells them. A transfer that a bank has prepared is in doubt
// until it hears the decision, through crashes too: [Config.ForgetInDoubt] is the bug of a bank that does not remember.
package twophase

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/examples/internal/ask"
	"github.com/terrella-go/terrella/examples/internal/journal"
)

// A Config describes a server, a bank or the coordinator.
type Config struct {
	Net  ask.Network
	Disk disk.FS

	// ForgetInDoubt is a bug to be found: when a bank starts again it drops the transfers that it had prepared.
	ForgetInDoubt bool
}

// A Transfer moves an amount between accounts, of which each bank has one.
type Transfer struct {
	ID       string
	From, To string
	Amount   int
}

// verb says what a bank is asked.
type verb string

const (
	prepare verb = "prepare"
	commit  verb = "commit"
	abort   verb = "abort"
	balance verb = "balance"
)

// bankRequest is what a bank is asked, and what it writes in its journal.
type bankRequest struct {
	Verb     verb
	Transfer Transfer `json:",omitzero"`
}

// Balance is what a bank holds, and how many transfers are in doubt there.
type Balance struct{ Money, InDoubt int }

// initial is what each account holds at first.
const initial = 100

// A bank holds one account.
type bank struct {
	config  Config
	name    string
	journal *journal.Records

	mu       sync.Mutex
	broken   error // of the journal: the bank has to start again
	money    int
	prepared map[string]Transfer
	done     map[string]bool // transfers that were decided
}

// ServeBank runs a bank until the context ends.
func ServeBank(ctx context.Context, name string, c Config) (err error) {
	b := &bank{config: c, name: name, money: initial, prepared: make(map[string]Transfer), done: make(map[string]bool)}
	if b.journal, err = journal.OpenRecords(c.Disk, b.apply); err != nil {
		return err
	}
	if c.ForgetInDoubt {
		clear(b.prepared) // "whoever prepared them will have given up by now"
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go b.settle(ctx)
	err = ask.Serve(ctx, c.Net, func(ctx context.Context, r bankRequest) (Balance, error) {
		out, err := b.answer(r)
		if b.broken != nil {
			cancel(b.broken)
		}
		return out, err
	})
	if b.broken != nil {
		return b.broken
	}
	return err
}

// apply does what a record of the journal says.
func (b *bank) apply(r bankRequest) {
	switch t := r.Transfer; r.Verb {
	case prepare:
		b.prepared[t.ID] = t
	case commit:
		if _, known := b.prepared[t.ID]; !known {
			return
		}
		if t.From == b.name {
			b.money -= t.Amount
		} else {
			b.money += t.Amount
		}
		fallthrough
	case abort:
		delete(b.prepared, t.ID)
		b.done[t.ID] = true
	}
}

func (b *bank) answer(r bankRequest) (Balance, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.Verb == balance {
		return Balance{b.money, len(b.prepared)}, b.broken
	}
	t := r.Transfer
	if b.broken != nil {
		return Balance{}, b.broken
	}
	if b.done[t.ID] {
		if r.Verb == prepare {
			return Balance{}, fmt.Errorf("transfer %s is over", t.ID)
		}
		return Balance{}, nil
	}
	_, known := b.prepared[t.ID]
	switch {
	case r.Verb == prepare && known, r.Verb == commit && !known:
		return Balance{}, nil
	case r.Verb == prepare && t.From == b.name && b.free() < t.Amount:
		return Balance{}, fmt.Errorf("%s has not enough money for %s", b.name, t.ID)
	}
	if err := b.journal.Add(r); err != nil {
		b.broken = err
		return Balance{}, err
	}
	b.apply(r)
	return Balance{}, nil
}

// free is the money that is not promised.
func (b *bank) free() int {
	free := b.money
	for _, t := range b.prepared {
		if t.From == b.name {
			free -= t.Amount
		}
	}
	return free
}

// doubtFor is how long a bank waits for a decision before it asks.
const doubtFor = 2 * time.Second

// settle asks the coordinator about transfers in doubt.
func (b *bank) settle(ctx context.Context) {
	for ctx.Err() == nil {
		time.Sleep(doubtFor)
		b.mu.Lock()
		var doubt []Transfer
		for _, t := range b.prepared {
			doubt = append(doubt, t)
		}
		b.mu.Unlock()
		for _, t := range doubt {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			verdict, err := ask.To[verb](ctx, b.config.Net, Coordinator, coordinatorRequest{Inquire: t.ID})
			cancel()
			if err == nil && verdict != prepare {
				b.answer(bankRequest{verdict, t})
			}
		}
	}
}
