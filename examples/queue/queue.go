// Package queue is a work queue with workers and a till. The queue hands a job to a worker, and again to another when it has not
// heard that the job is done: at least once. A worker has the till count the job's amount. Since a worker
// may end after that and before it says so, the till has to know jobs that it has counted: [Config.NoKeys] is the
// bug of a till that does not.
package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/examples/internal/ask"
	"github.com/terrella-go/terrella/examples/internal/journal"
)

// A Config describes a server.
type Config struct {
	Net  ask.Network
	Disk disk.FS

	// NoKeys is a bug to be found: the till counts whatever it is sent.
	NoKeys bool
}

// The names of the machines that serve.
const (
	Queue = "queue"
	Till  = "till"
)

// A Job is an amount to be counted. Its key is unique.
type Job struct {
	Key    string
	Amount int
}

// request asks the queue to take a job in, to hand one out, or to note that one is done.
type request struct {
	Put  *Job   `json:",omitempty"`
	Take bool   `json:",omitempty"`
	Done string `json:",omitempty"`
}

// A server is a queue or a till: what both have in common.
type server struct {
	journal *journal.Records
	mu      sync.Mutex
	broken  error // of the journal: the server has to start again
}

// add writes a record down.
func (s *server) add(record any) error {
	if s.broken == nil {
		s.broken = s.journal.Add(record)
	}
	return s.broken
}

// serve answers until the context ends or the journal is broken.
func serve[In, Out any](ctx context.Context, s *server, n ask.Network, answer func(In) (Out, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err := ask.Serve(ctx, n, func(_ context.Context, in In) (Out, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		out, err := answer(in)
		if s.broken != nil {
			cancel()
		}
		return out, err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.broken, err)
}

// handed is how long a worker has for a job before another gets it.
const handed = time.Second

// ServeQueue runs the queue until the context ends.
func ServeQueue(ctx context.Context, c Config) (err error) {
	var s server
	var jobs []Job
	over := make(map[string]bool)     // taken in or done
	due := make(map[string]time.Time) // when a job is handed out again
	s.journal, err = journal.OpenRecords(c.Disk, func(r request) {
		if r.Put != nil {
			jobs = append(jobs, *r.Put)
		} else {
			over[r.Done] = true
		}
	})
	if err != nil {
		return err
	}
	return serve(ctx, &s, c.Net, func(r request) (*Job, error) {
		switch {
		case r.Put != nil:
			for _, j := range jobs {
				if j.Key == r.Put.Key {
					return nil, nil
				}
			}
			if err := s.add(r); err != nil {
				return nil, err
			}
			jobs = append(jobs, *r.Put)
		case r.Take:
			for _, j := range jobs {
				if !over[j.Key] && !time.Now().Before(due[j.Key]) {
					due[j.Key] = time.Now().Add(handed)
					return &j, nil
				}
			}
		case !over[r.Done]:
			if err := s.add(r); err != nil {
				return nil, err
			}
			over[r.Done] = true
		}
		return nil, nil
	})
}

// A Sum is what a till has counted.
type Sum struct{ Money, Jobs int }

// ServeTill runs the till until the context ends.
func ServeTill(ctx context.Context, c Config) (err error) {
	var s server
	var sum Sum
	counted := make(map[string]bool)
	count := func(j Job) {
		counted[j.Key] = true
		sum.Money += j.Amount
		sum.Jobs++
	}
	if s.journal, err = journal.OpenRecords(c.Disk, count); err != nil {
		return err
	}
	return serve(ctx, &s, c.Net, func(j Job) (Sum, error) {
		if j.Key == "" || counted[j.Key] && !c.NoKeys {
			return sum, nil
		}
		if err := s.add(j); err != nil {
			return sum, err
		}
		count(j)
		return sum, nil
	})
}

// Work takes jobs and has them counted until the context ends.
func Work(ctx context.Context, n ask.Network) error {
	for ctx.Err() == nil {
		if err := workOnce(ctx, n); err != nil {
			time.Sleep(50 * time.Millisecond)
		}
	}
	return nil
}

var errIdle = errors.New("no job is due")

func workOnce(ctx context.Context, n ask.Network) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	job, err := ask.To[*Job](ctx, n, Queue, request{Take: true})
	if err != nil {
		return err
	}
	if job == nil {
		return errIdle
	}
	if _, err := ask.To[Sum](ctx, n, Till, *job); err != nil {
		return fmt.Errorf("job %s: %w", job.Key, err)
	}
	_, err = ask.To[*Job](ctx, n, Queue, request{Done: job.Key})
	return err
}

// Put hands a job in. After an error the queue may have it all the same.
func Put(ctx context.Context, n ask.Network, j Job) error {
	_, err := ask.To[*Job](ctx, n, Queue, request{Put: &j})
	return err
}

// Counted returns what the till has counted.
func Counted(ctx context.Context, n ask.Network) (Sum, error) {
	return ask.To[Sum](ctx, n, Till, Job{})
}
