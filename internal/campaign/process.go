package campaign

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/terrella-go/terrella/internal/campaign/protocol"
	"github.com/terrella-go/terrella/internal/plan"
)

// A process is a worker that runs.
type process struct {
	cmd     *exec.Cmd
	orders  io.WriteCloser
	answers chan protocol.Answer // closed when it says no more
	said    clip
	ended   chan struct{} // closed when it has ended, and how is known
	killed  atomic.Pointer[string]
	asked   int          // for worlds
	begun   atomic.Int64 // of these requests
}

// errStart is why no worker could be started. That no worker runs is no property of any world.
var errStart = errors.New("cannot start a worker")

// start starts a worker for a top-level test.
func (c *Campaign) start(root *root) (*process, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStart, err)
	}
	defer write.Close()
	duty, err := json.Marshal(protocol.Duty{Answers: answersFile, Base: plan.Number(c.config.Seed), Guide: c.config.Guide})
	if err != nil {
		return nil, err
	}
	p := &process{answers: make(chan protocol.Answer), ended: make(chan struct{})}
	cmd := exec.Command(root.pkg.Binary, "-test.run=^"+root.test+"$", "-test.timeout=0", "-test.count=1")
	cmd.Dir = root.pkg.Dir
	cmd.Env = append(c.environment(), protocol.Variable+"="+string(duty))
	cmd.ExtraFiles = []*os.File{write}
	cmd.Stdout, cmd.Stderr = &p.said, &p.said
	cmd.WaitDelay = lingering
	detach(cmd)
	if p.orders, err = cmd.StdinPipe(); err == nil {
		err = cmd.Start()
	}
	if err != nil {
		read.Close()
		return nil, fmt.Errorf("%w: %w", errStart, err)
	}
	p.cmd = cmd
	go p.listen(read)
	go p.watchMemory(c.config.Memory)
	if c.started != nil {
		c.started(cmd.Process)
	}
	return p, nil
}

const (
	answersFile = 3           // the first of ExtraFiles
	lingering   = time.Second // for output of processes that a worker leaves behind
)

// environment returns that of workers: without what would change the worlds, or is meant for processes that
// campaigns do not start.
func (c *Campaign) environment() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "TERRELLA_") && !strings.HasPrefix(v, "GOMEMLIMIT=") {
			env = append(env, v)
		}
	}
	// Below the hard bound, so that the collector works harder before a worker is lost.
	// A world runs on one core; a collector that uses the others as well takes them from other workers.
	share := max(1, runtime.NumCPU()/c.config.Workers)
	return append(env, fmt.Sprint("GOMEMLIMIT=", c.config.Memory/4*3), fmt.Sprint("GOMAXPROCS=", share))
}

// listen hands on answers until there are no more, and notes then how the process has ended.
func (p *process) listen(from *os.File) {
	lines := json.NewDecoder(from)
	for {
		var a protocol.Answer
		if lines.Decode(&a) != nil {
			break
		}
		if a.Begun {
			p.begun.Add(1)
			continue
		}
		p.answers <- a
	}
	close(p.answers)
	from.Close()
	_ = p.cmd.Wait() // how it ended is in ProcessState
	close(p.ended)
}

// send makes a request. A process that has ended is noticed by its answers.
func (p *process) send(q *protocol.Request) {
	line, err := json.Marshal(q)
	if err != nil {
		panic(err) // it is ours
	}
	if q.Run != nil {
		p.asked++
	}
	_, _ = p.orders.Write(append(line, '\n'))
}

// atWork reports, of a process that has ended, whether it had begun with the worlds that it was asked for last. One that had not
// has died of something else.
func (p *process) atWork() bool { return int(p.begun.Load()) == p.asked }

// kill ends the process and all that it has started, and waits. The first reason counts.
func (p *process) kill(why string) {
	p.end(why)
	p.wait()
}

// end ends the process and all that it has started, unless it has ended.
func (p *process) end(why string) {
	select {
	case <-p.ended: // another process may have its number
	default:
		p.killed.CompareAndSwap(nil, &why)
		killGroup(p.cmd.Process)
	}
}

// wait waits for the end of a process that is about to end.
func (p *process) wait() {
	p.orders.Close()
	for range p.answers {
	}
	<-p.ended
}

// how tells how the process has ended.
func (p *process) how() string {
	if why := p.killed.Load(); why != nil {
		return *why
	}
	return p.cmd.ProcessState.String()
}

// memoryTick is how often it is looked at how much memory a worker has.
const memoryTick = 100 * time.Millisecond

// watchMemory ends the process when it has more memory than it may.
func (p *process) watchMemory(bound uint64) {
	tick := time.NewTicker(memoryTick)
	defer tick.Stop()
	for {
		select {
		case <-p.ended:
			return
		case <-tick.C:
			if size := resident(p.cmd.Process.Pid); size > bound {
				p.end(fmt.Sprintf("it had %d MiB of memory, more than the %d MiB that a worker may have", size>>20, bound>>20))
			}
		}
	}
}

// A clip keeps the end of what is written to it.
type clip struct {
	mu   sync.Mutex
	tail []byte
}

const clipAt = 1 << 14 // bytes

func (c *clip) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tail = append(c.tail, b[max(0, len(b)-clipAt):]...)
	if over := len(c.tail) - clipAt; over > 0 {
		c.tail = append(c.tail[:0], c.tail[over:]...)
	}
	return len(b), nil
}

func (c *clip) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.tail)
}
