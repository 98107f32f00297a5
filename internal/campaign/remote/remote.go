// Package remote lets a campaign take its worlds from a queue that another process keeps, so that
// the program need not be linked with what the queue is made of.
//
// The other process is started with its standard input and output as pipes. It writes a [Hello], reads
// requests and writes replies, all as lines of JSON. Replies come in any order. It ends when
// its input does, and what was leased by it goes back.
package remote

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"

	"github.com/terrella-go/terrella/internal/campaign"
	"github.com/terrella-go/terrella/internal/campaign/protocol"
	"github.com/terrella-go/terrella/internal/plan"
)

// Version is that of what is said. Both sides must have the same.
const Version = 1

// CallTimeout is how long a call may take: longer than the other process itself tries to reach a server that is being restarted.
const CallTimeout = 5 * time.Minute

// A Hello is the first line of the other process.
type Hello struct {
	Version int `json:"version"`
	// Error is why there is no queue; empty if there is one.
	Error string `json:"error,omitempty"`
	// Seed is what the seeds of worlds are derived from, and Runs how many worlds of each target there are, 0 if there is no
	// limit: by whoever began the campaign.
	Seed plan.Number `json:"seed"`
	Runs uint64      `json:"runs"`
	// Server is where others find the queue.
	Server string `json:"server"`
}

// A Request has one of its fields beside the number.
type Request struct {
	Number uint64  `json:"number"` // of the request, which its reply repeats
	Lease  *Lease  `json:"lease,omitempty"`
	Settle *Settle `json:"settle,omitempty"`
	Share  *Share  `json:"share,omitempty"`
	// Give and Take are campaign.Corpus's methods.
	Give *campaign.Seen `json:"give,omitempty"`
	Take bool           `json:"take,omitempty"`
}

// Lease has the arguments of campaign.Queue's method.
type Lease struct {
	Target campaign.Target `json:"target"`
	Size   uint64          `json:"size"`
}

// Settle has the arguments of campaign.Queue's method. Answers are without Checks.
type Settle struct {
	Chunk   campaign.Chunk    `json:"chunk"`
	Answers []protocol.Answer `json:"answers,omitempty"`
	Died    bool              `json:"died,omitempty"`
}

// Share gives a file to all that work on the campaign.
type Share struct {
	Name string `json:"name"` // with slashes
	Data []byte `json:"data"`
}

// A Reply is the answer to a request.
type Reply struct {
	Number  uint64          `json:"number"`
	Error   string          `json:"error,omitempty"`
	Chunk   *campaign.Chunk `json:"chunk,omitempty"`
	Drained bool            `json:"drained,omitempty"`
	Counted bool            `json:"counted,omitempty"`
	Taken   []campaign.Seen `json:"taken,omitempty"`
}

// A Backend is what the other process keeps.
type Backend interface {
	campaign.Queue
	campaign.Corpus
	// Share stores a file under a name. The same file may be given again.
	Share(ctx context.Context, name string, data []byte) error
}

// Serve is the other process's part: it says hello and answers requests until the input ends.
func Serve(ctx context.Context, b Backend, hello Hello, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	hello.Version = Version
	var mu sync.Mutex
	enc := json.NewEncoder(out)
	if err := enc.Encode(hello); err != nil {
		return err
	}
	dec := json.NewDecoder(in)
	for {
		var q Request
		switch err := dec.Decode(&q); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("a request can't be read: %w", err)
		}
		all.Go(func() {
			r := answer(ctx, b, &q)
			mu.Lock()
			defer mu.Unlock()
			_ = enc.Encode(r) // whoever asked is gone if it fails, and so is the input
		})
	}
}

func answer(ctx context.Context, b Backend, q *Request) *Reply {
	r := &Reply{Number: q.Number}
	var err error
	switch {
	case q.Lease != nil:
		r.Chunk, err = b.Lease(ctx, q.Lease.Target, q.Lease.Size)
		if errors.Is(err, campaign.ErrDrained) {
			r.Drained, err = true, nil
		}
	case q.Settle != nil:
		r.Counted, err = b.Settle(ctx, &q.Settle.Chunk, q.Settle.Answers, q.Settle.Died)
	case q.Share != nil:
		err = b.Share(ctx, q.Share.Name, q.Share.Data)
	case q.Give != nil:
		err = b.Give(ctx, *q.Give)
	case q.Take:
		r.Taken, err = b.Take(ctx)
	default:
		err = errors.New("the request asks for nothing that is known here")
	}
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

// maxRestarts is how often the other process is started again in a campaign.
const maxRestarts = 20

// A Queue is a [Backend] in another process, which is started again if it dies. What was leased from the one that died is lost
// to the campaign, and comes again.
type Queue struct {
	command func() *exec.Cmd

	mu       sync.Mutex
	process  *process
	restarts int
	closed   bool
}

// Start starts the other process and reads its hello. Command returns a new command each time.
func Start(command func() *exec.Cmd) (*Queue, *Hello, error) {
	p, hello, err := start(command())
	if err != nil {
		return nil, nil, err
	}
	return &Queue{command: command, process: p}, hello, nil
}

// running returns the process, a new one if it has ended.
func (q *Queue) running() (*process, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-q.process.ended:
	default:
		return q.process, nil
	}
	if q.closed || q.restarts == maxRestarts {
		return nil, fmt.Errorf("%s has ended", q.process.cmd.Path)
	}
	q.restarts++
	q.process.close()
	p, _, err := start(q.command())
	if err != nil {
		return nil, fmt.Errorf("it has ended and can't be started again: %w", err)
	}
	q.process = p
	return p, nil
}

// call makes a request and waits for the reply. If the process dies it makes the request again to the next one.
func (q *Queue) call(ctx context.Context, r Request) (*Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	for {
		p, err := q.running()
		if err != nil {
			return nil, err
		}
		reply, err := p.call(ctx, r)
		switch {
		case errors.Is(err, errEnded):
			<-p.ended // its input may be closed before its output is
			continue
		case err != nil:
			return nil, err
		case reply.Error != "":
			return nil, errors.New(reply.Error)
		}
		return reply, nil
	}
}

// Give implements [campaign.Corpus].
func (q *Queue) Give(ctx context.Context, s campaign.Seen) error {
	_, err := q.call(ctx, Request{Give: &s})
	return err
}

// Take implements [campaign.Corpus].
func (q *Queue) Take(ctx context.Context) ([]campaign.Seen, error) {
	r, err := q.call(ctx, Request{Take: true})
	if err != nil {
		return nil, err
	}
	return r.Taken, nil
}

// Close ends the other process.
func (q *Queue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.process.close()
}

// A process is one that was started.
type process struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	ended chan struct{} // closed when its output ends

	mu      sync.Mutex
	enc     *json.Encoder
	number  uint64
	waiting map[uint64]chan *Reply
}

func start(cmd *exec.Cmd) (*process, *Hello, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	p := &process{cmd: cmd, in: in, ended: make(chan struct{}), enc: json.NewEncoder(in), waiting: make(map[uint64]chan *Reply)}
	dec := json.NewDecoder(bufio.NewReader(out))
	hello := new(Hello)
	err = dec.Decode(hello)
	switch {
	case err != nil:
		err = fmt.Errorf("it ended without a word: %w", err)
	case hello.Error != "":
		err = errors.New(hello.Error)
	case hello.Version != Version:
		err = fmt.Errorf("it speaks version %d, this program version %d; build both from the same source", hello.Version, Version)
	}
	if err != nil {
		close(p.ended)
		p.close()
		return nil, nil, fmt.Errorf("%s: %w", cmd.Path, err)
	}
	go p.read(dec)
	return p, hello, nil
}

func (p *process) read(dec *json.Decoder) {
	defer close(p.ended)
	for {
		r := new(Reply)
		if dec.Decode(r) != nil {
			return
		}
		p.mu.Lock()
		if to := p.waiting[r.Number]; to != nil {
			to <- r // there is room for one
			delete(p.waiting, r.Number)
		}
		p.mu.Unlock()
	}
}

// errEnded says that the process has ended before it has replied.
var errEnded = errors.New("the process has ended")

func (p *process) call(ctx context.Context, r Request) (*Reply, error) {
	reply := make(chan *Reply, 1)
	p.mu.Lock()
	p.number++
	r.Number = p.number
	p.waiting[r.Number] = reply
	err := p.enc.Encode(&r)
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.waiting, r.Number)
		p.mu.Unlock()
	}()
	if err != nil {
		_ = p.cmd.Process.Kill() // it is of no use if it does not read
		return nil, errEnded
	}
	select {
	case r := <-reply:
		return r, nil
	case <-p.ended:
		return nil, errEnded
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// close ends the process and frees what it held.
func (p *process) close() {
	_ = p.in.Close()
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
	}
	_ = p.cmd.Wait()
}

// Lease implements [campaign.Queue].
func (q *Queue) Lease(ctx context.Context, t campaign.Target, size uint64) (*campaign.Chunk, error) {
	r, err := q.call(ctx, Request{Lease: &Lease{t, size}})
	switch {
	case ctx.Err() != nil:
		return nil, nil // the time is over, and nothing is wrong
	case err != nil:
		return nil, err
	case r.Drained:
		return nil, campaign.ErrDrained
	}
	return r.Chunk, nil
}

// Settle implements [campaign.Queue]. It goes on after the context is done: what was run is to count.
func (q *Queue) Settle(ctx context.Context, c *campaign.Chunk, answers []protocol.Answer, died bool) (bool, error) {
	bare := make([]protocol.Answer, len(answers))
	for i, a := range answers {
		a.Checks = nil
		bare[i] = a
	}
	r, err := q.call(context.WithoutCancel(ctx), Request{Settle: &Settle{*c, bare, died}})
	if err != nil {
		return false, err
	}
	return r.Counted, nil
}

// Share implements [Backend].
func (q *Queue) Share(ctx context.Context, name string, data []byte) error {
	_, err := q.call(ctx, Request{Share: &Share{name, data}})
	return err
}
