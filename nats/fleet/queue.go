package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/terrella-go/terrella/internal/campaign"
	"github.com/terrella-go/terrella/internal/campaign/protocol"
)

// A lease is a delivery of a chunk.
type lease struct {
	chunk string // its name
	msg   jetstream.Msg
	stop  func() // asking for more time
}

// A state is how far the worlds of a target were put into the queue. It is kept beside the results.
type state struct {
	Target campaign.Target `json:"target"`
	Next   uint64          `json:"next"`
	// Filling are chunks below Next that may not be in the queue yet.
	Filling []campaign.Chunk `json:"filling,omitempty"`
}

// A record is what became of a chunk.
type record struct {
	Owner   string `json:"owner"` // the lease of whoever created it
	First   uint64 `json:"first"`
	Stride  uint64 `json:"stride"`
	Answers uint64 `json:"answers"` // worlds that count
	Failed  uint64 `json:"failed"`  // of these
	Died    bool   `json:"died"`    // a worker died on the world after them
}

// idOf names a chunk. It is one of a kind: a world is first in one chunk for each number of deaths, because what follows from a
// chunk follows from its one record.
func idOf(c *campaign.Chunk) string {
	return fmt.Sprintf("%s.%d.%d", keyOf(c.Target), c.First, c.Deaths)
}

const (
	fillChunks = 4  // that are put into the queue at a time
	shareOf    = 16 // the last chunks are so many, or more
)

// Lease implements [campaign.Queue].
func (f *Fleet) Lease(ctx context.Context, t campaign.Target, size uint64) (*campaign.Chunk, error) {
	for {
		msg, err := f.next(ctx, t)
		if err != nil {
			return nil, err
		}
		if msg == nil {
			more, err := f.fill(ctx, t, max(size, 1))
			if more && err == nil {
				continue
			}
			return nil, err
		}
		c := new(campaign.Chunk)
		if err := json.Unmarshal(msg.Data(), c); err != nil {
			return nil, fmt.Errorf("a chunk can't be read: %w", err)
		}
		found, _, err := f.get(ctx, f.results, "done."+idOf(c))
		switch {
		case err != nil:
			return nil, err
		case found == nil:
			f.hold(c, msg)
			return c, nil
		}
		// It was done by who did not come to take it out of the queue.
		if err := f.follow(ctx, c, found); err != nil {
			return nil, err
		}
		f.ack(ctx, msg)
	}
}

// next takes a message of a target out of the queue for the time of a lease, nil if there is none.
func (f *Fleet) next(ctx context.Context, t campaign.Target) (msg jetstream.Msg, err error) {
	key := keyOf(t)
	err = f.try(ctx, "taking a chunk", func(ctx context.Context) error {
		f.mu.Lock()
		consumer := f.consumers[key]
		f.mu.Unlock()
		if consumer == nil {
			var err error
			consumer, err = f.js.CreateOrUpdateConsumer(ctx, f.config.Name+"-work", jetstream.ConsumerConfig{Durable: key,
				FilterSubject: f.subject(key), AckPolicy: jetstream.AckExplicitPolicy, AckWait: f.config.Lease, MaxAckPending: 100_000})
			if err != nil {
				return err
			}
			f.mu.Lock()
			f.consumers[key] = consumer
			f.mu.Unlock()
		}
		batch, err := consumer.FetchNoWait(1)
		if err != nil {
			return err
		}
		select {
		case msg = <-batch.Messages(): // nil if there is none
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := batch.Error(); msg == nil && err != nil && !errors.Is(err, jetstream.ErrNoMessages) {
			return err
		}
		return nil
	})
	return msg, err
}

// fill puts worlds of a target into the queue. It returns false if there is nothing to be put in.
func (f *Fleet) fill(ctx context.Context, t campaign.Target, size uint64) (more bool, err error) {
	key := "target." + keyOf(t)
	data, revision, err := f.get(ctx, f.results, key)
	if err != nil {
		return false, err
	}
	s := state{Target: t}
	if data != nil {
		if err := json.Unmarshal(data, &s); err != nil {
			return false, fmt.Errorf("the state of %s can't be read: %w", t, err)
		}
	}
	runs := f.campaign.Runs
	switch {
	case len(s.Filling) > 0: // by somebody who may be gone
		for i := range s.Filling {
			if err := f.publish(ctx, &s.Filling[i]); err != nil {
				return false, err
			}
		}
		s.Filling = nil
	case runs > 0 && s.Next >= runs:
		left, err := f.left(ctx, t)
		if left == 0 && err == nil {
			err = campaign.ErrDrained
		}
		return false, err
	default:
		for range fillChunks {
			if runs > 0 {
				size = min(size, (runs-s.Next+shareOf-1)/shareOf)
			}
			if size == 0 {
				break
			}
			s.Filling = append(s.Filling, campaign.Chunk{Target: t, First: s.Next, Stride: 1, Count: size})
			s.Next += size
		}
	}
	if data, err = json.Marshal(&s); err != nil {
		return false, err
	}
	// Where another was faster nothing is written, and the next look shows what it wrote. A write whose answer was lost looks like that too.
	err = f.try(ctx, "writing "+key, func(ctx context.Context) error {
		_, err := f.results.Update(ctx, key, data, revision)
		var api *jetstream.APIError
		if errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
			return nil
		}
		return err
	})
	return true, err
}

// left returns how many chunks of a target are in the queue, leased ones among them.
func (f *Fleet) left(ctx context.Context, t campaign.Target) (n uint64, err error) {
	subject := f.subject(keyOf(t))
	err = f.try(ctx, "looking at the queue", func(ctx context.Context) error {
		stream, err := f.js.Stream(ctx, f.config.Name+"-work")
		if err != nil {
			return err
		}
		info, err := stream.Info(ctx, jetstream.WithSubjectFilter(subject))
		if err == nil {
			n = info.State.Subjects[subject]
		}
		return err
	})
	return n, err
}

// publish puts a chunk into the queue.
func (f *Fleet) publish(ctx context.Context, c *campaign.Chunk) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return f.try(ctx, "putting a chunk into the queue", func(ctx context.Context) error {
		_, err := f.js.Publish(ctx, f.subject(keyOf(c.Target)), data, jetstream.WithMsgID(idOf(c)))
		return err
	})
}

// hold keeps a lease until it is settled.
func (f *Fleet) hold(c *campaign.Chunk, msg jetstream.Msg) {
	c.ID = f.leases.Add(1)
	stop := make(chan struct{})
	f.mu.Lock()
	f.held[c.ID] = &lease{idOf(c), msg, sync.OnceFunc(func() { close(stop) })}
	f.mu.Unlock()
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(f.config.Lease / 4):
				_ = msg.InProgress() // if the server is away the lease may be lost; the record decides then
			}
		}
	}()
}

// Settle implements [campaign.Queue].
func (f *Fleet) Settle(ctx context.Context, c *campaign.Chunk, answers []protocol.Answer, died bool) (bool, error) {
	f.mu.Lock()
	l := f.held[c.ID]
	if l == nil || l.chunk != idOf(c) { // leased from a process that died, with the same number
		f.mu.Unlock()
		return false, nil
	}
	delete(f.held, c.ID)
	f.mu.Unlock()
	defer l.stop()
	if len(answers) == 0 && !died {
		_ = l.msg.Nak() // or when the lease is over
		return true, nil
	}
	mine := record{Owner: fmt.Sprint(f.instance, ".", c.ID), First: c.First, Stride: c.Stride, Answers: uint64(len(answers)), Died: died}
	for i := range answers {
		if a := &answers[i]; a.Failure != nil || a.Divergence != "" {
			mine.Failed++
			if err := f.addFailure(ctx, c.Target, a); err != nil {
				return false, err
			}
		}
	}
	data, err := json.Marshal(&mine)
	if err != nil {
		return false, err
	}
	found, err := f.create(ctx, f.results, "done."+idOf(c), data)
	if err != nil {
		return false, err
	}
	if err := f.follow(ctx, c, found); err != nil {
		return false, err
	}
	f.ack(ctx, l.msg)
	var by record
	if err := json.Unmarshal(found, &by); err != nil {
		return false, err
	}
	return by.Owner == mine.Owner, nil
}

// follow puts into the queue what a record leaves of its chunk.
func (f *Fleet) follow(ctx context.Context, c *campaign.Chunk, data []byte) error {
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return fmt.Errorf("a record can't be read: %w", err)
	}
	rest := c.After(r.Answers)
	rest.ID = 0
	if r.Died && rest.Count > 0 {
		// The world that may be to blame goes alone, so that it takes nothing with it.
		suspect := rest
		suspect.Count, suspect.Deaths = 1, rest.Deaths+1
		if suspect.Deaths < campaign.MaxDeaths {
			if err := f.publish(ctx, &suspect); err != nil {
				return err
			}
		}
		rest = rest.After(1)
	}
	if rest.Count == 0 {
		return nil
	}
	return f.publish(ctx, &rest)
}

// ack takes a chunk out of the queue. If it does not come through the chunk is delivered again, and found to be done.
func (f *Fleet) ack(ctx context.Context, msg jetstream.Msg) {
	ctx, cancel := context.WithTimeout(ctx, f.config.CallTimeout)
	defer cancel()
	_ = msg.DoubleAck(ctx)
}
