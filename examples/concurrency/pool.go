package concurrency

import "sync"

// A Pool runs jobs, batch after batch.
type Pool struct {
	// Careless has all batches share one WaitGroup. The next batch may begin before
	// all who waited for the last one have been told that it is over, which the WaitGroup answers with a panic.
	Careless bool

	shared sync.WaitGroup
}

// Run starts a batch of jobs and returns a function that waits for them. It may be
// called by several goroutines.
func (p *Pool) Run(jobs ...func()) (wait func()) {
	batch := new(sync.WaitGroup)
	if p.Careless {
		batch = &p.shared
	}
	for _, job := range jobs {
		batch.Go(job)
	}
	return batch.Wait
}
