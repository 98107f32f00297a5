package kernel_test

import (
	cryptorand "crypto/rand"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
)

// busy leans on everything that a world has to decide and returns what it has seen.
func busy() string {
	var (
		mu   sync.Mutex
		wg   sync.WaitGroup
		seen strings.Builder
		pool = sync.Pool{New: func() any { return new([64]byte) }}
		ch   = make(chan int)
	)
	note := func(args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(&seen, args...)
	}
	for i := range 12 {
		wg.Go(func() {
			for range 6 {
				time.Sleep(time.Duration(rand.Intn(5)) * time.Millisecond)
				m := make(map[string]int)
				for j := range 40 {
					m[fmt.Sprint(j)] = j
				}
				sum := 0
				for _, v := range m {
					sum = sum*3 + v
				}
				block := pool.Get().(*[64]byte)
				block[i]++
				pool.Put(block)
				runtime.Gosched()
				select {
				case ch <- i:
				case v := <-ch:
					note("got", v, sum)
				case <-time.After(time.Duration(rand.Intn(3)) * time.Millisecond):
					note("nobody", i, block[i])
				}
				if i == 0 {
					runtime.GC()
				}
			}
		})
	}
	wg.Wait()
	note(time.Now().UnixNano())
	return seen.String()
}

func run(seed uint64, strategy kernel.Strategy) (string, kernel.Result) {
	var seen string
	r := kernel.Run(kernel.Config{Seed: seed, Strategy: strategy}, func() { seen = busy() })
	return seen, r
}

func TestSameSeedSameWorld(t *testing.T) {
	distinct := make(map[uint64]bool)
	for seed := range uint64(100) {
		seen1, r1 := run(seed, kernel.Random)
		seen2, r2 := run(seed, kernel.Random)
		if r1.Outcome != kernel.Done || r1.Steps != r2.Steps || r1.Hash != r2.Hash || r1.Elapsed != r2.Elapsed {
			t.Fatalf("seed %d: %+v, then %+v", seed, r1, r2)
		}
		if seen1 != seen2 {
			t.Fatalf("seed %d: the program saw\n%s\nand then\n%s", seed, seen1, seen2)
		}
		distinct[r1.Hash] = true
	}
	if len(distinct) != 100 {
		t.Errorf("100 seeds gave %d schedules", len(distinct))
	}
}

func TestFIFOHasNoScheduleNoise(t *testing.T) {
	order := func(seed uint64) string {
		var out strings.Builder
		kernel.Run(kernel.Config{Seed: seed, Strategy: kernel.FIFO}, func() {
			var wg sync.WaitGroup
			var mu sync.Mutex
			for i := range 8 {
				wg.Go(func() {
					for range 3 {
						mu.Lock()
						fmt.Fprint(&out, i, " ")
						mu.Unlock()
						runtime.Gosched()
					}
				})
			}
			wg.Wait()
		})
		return out.String()
	}
	want := strings.Repeat("0 1 2 3 4 5 6 7 ", 3)
	for seed := range uint64(5) {
		if got := order(seed); got != want {
			t.Errorf("seed %d: %s; want %s", seed, got, want)
		}
	}
}

// A bug that only an ill-placed switch shows: what was checked under the lock is acted
// upon under the next.
func checkThenAct() (lost bool) {
	var mu sync.Mutex
	balance := 100
	withdraw := func() {
		mu.Lock()
		enough := balance >= 100
		mu.Unlock()
		if enough {
			mu.Lock()
			balance -= 100
			mu.Unlock()
		}
	}
	var wg sync.WaitGroup
	wg.Go(withdraw)
	wg.Go(withdraw)
	wg.Wait()
	return balance < 0
}

func TestUncontendedLocksAreSchedulingPoints(t *testing.T) {
	const seeds = 50
	found := 0
	for seed := range uint64(seeds) {
		kernel.Run(kernel.Config{Seed: seed}, func() {
			if checkThenAct() {
				found++
			}
		})
	}
	if found == 0 {
		t.Errorf("the lost update was found in none of %d seeds", seeds)
	}
	t.Logf("found in %d of %d seeds", found, seeds)
}

func TestOutcomes(t *testing.T) {
	tests := []struct {
		name   string
		config kernel.Config
		f      func()
		want   kernel.Outcome
		at     time.Duration
	}{
		{"returns", kernel.Config{}, func() { time.Sleep(time.Hour) }, kernel.Done, time.Hour},
		{"leaves others behind", kernel.Config{}, func() { go func() { select {} }() }, kernel.Done, 0},
		{"goexit", kernel.Config{}, runtime.Goexit, kernel.Done, 0},
		{"stop", kernel.Config{}, func() {
			go func() { time.Sleep(2 * time.Second); kernel.Stop() }()
			select {}
		}, kernel.Done, 2 * time.Second},
		{"deadlock", kernel.Config{}, func() {
			var mu sync.Mutex
			mu.Lock()
			time.Sleep(time.Second)
			mu.Lock()
		}, kernel.Deadlock, time.Second},
		{"deadlock on a channel from outside", kernel.Config{}, func() { <-outside }, kernel.Deadlock, 0},
		{"step limit", kernel.Config{MaxSteps: 1000}, func() {
			for {
				time.Sleep(1)
			}
		}, kernel.StepLimit, 999},
		{"time limit", kernel.Config{MaxTime: time.Minute}, func() { time.Sleep(time.Hour) }, kernel.TimeLimit, time.Minute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := kernel.Run(test.config, test.f)
			if r.Outcome != test.want || r.Elapsed != test.at {
				t.Errorf("%v after %v; want %v after %v", r.Outcome, r.Elapsed, test.want, test.at)
			}
		})
	}
}

var outside = make(chan int)

func TestTimeStopsForHeldMutex(t *testing.T) {
	// In a plain synctest bubble this hangs: a goroutine that waits for a mutex keeps time from passing.
	r := kernel.Run(kernel.Config{}, func() {
		var mu sync.Mutex
		mu.Lock()
		go func() {
			time.Sleep(time.Minute)
			mu.Unlock()
		}()
		mu.Lock()
	})
	if r.Outcome != kernel.Done || r.Elapsed != time.Minute {
		t.Errorf("%v after %v; want done after a minute", r.Outcome, r.Elapsed)
	}
}

func TestDumpNamesWhereGoroutinesWait(t *testing.T) {
	r := kernel.Run(kernel.Config{Dump: true}, func() {
		var a, b sync.Mutex
		go func() {
			a.Lock()
			time.Sleep(1)
			b.Lock()
		}()
		b.Lock()
		time.Sleep(1)
		a.Lock()
	})
	if r.Outcome != kernel.Deadlock || len(r.Stacks) != 2 {
		t.Fatalf("%v with %d stacks; want a deadlock of 2 goroutines", r.Outcome, len(r.Stacks))
	}
	for _, s := range r.Stacks {
		if s.State != "sync.Mutex.Lock" {
			t.Errorf("goroutine %d is said to be in %q", s.Goroutine, s.State)
		}
		found := false
		for _, f := range s.Frames {
			found = found || strings.Contains(f.Func, "TestDumpNamesWhereGoroutinesWait") && strings.HasSuffix(f.File, "world_test.go")
		}
		if !found {
			t.Errorf("the stack of goroutine %d does not lead here: %v", s.Goroutine, s.Frames)
		}
	}
}

func TestWaitIdleSeesOnlyQuietMoments(t *testing.T) {
	for seed := range uint64(50) {
		var quiet []time.Duration
		kernel.Run(kernel.Config{Seed: seed}, func() {
			var busy unseen // goroutines between two sleeps
			start := time.Now()
			for i := range 5 {
				go func() {
					for range 4 {
						time.Sleep(time.Duration(i+1) * time.Second)
						busy.add(1)
						for range 10 {
							runtime.Gosched()
						}
						busy.add(-1)
					}
				}()
			}
			go func() {
				for {
					kernel.WaitIdle()
					if n := busy.get(); n != 0 {
						t.Errorf("seed %d: %d goroutines ran during WaitIdle", seed, n)
					}
					quiet = append(quiet, time.Since(start))
				}
			}()
			time.Sleep(time.Minute)
		})
		// Before each moment at which a sleep of 1, 2, 3, 4 or 5 seconds ends, time stood once.
		var want []time.Duration
		for _, s := range []int{0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 20} {
			want = append(want, time.Duration(s)*time.Second)
		}
		if fmt.Sprint(quiet) != fmt.Sprint(want) {
			t.Fatalf("seed %d: idle at %v; want %v", seed, quiet, want)
		}
	}
}

func TestTimeDoesNotPauseForStoppedTimers(t *testing.T) {
	var quiet []time.Duration
	kernel.Run(kernel.Config{}, func() {
		start := time.Now()
		var stopped []*time.Timer
		for i := range 10 {
			stopped = append(stopped, time.AfterFunc(time.Duration(i+1)*time.Second, func() {}))
		}
		for _, timer := range stopped[:5] {
			timer.Stop()
		}
		for _, timer := range stopped[5:] {
			timer.Reset(20 * time.Second)
		}
		stopped[9].Reset(time.Second / 2)
		go func() {
			for {
				kernel.WaitIdle()
				quiet = append(quiet, time.Since(start))
			}
		}()
		time.Sleep(time.Minute)
	})
	if got := fmt.Sprint(quiet); got != "[0s 500ms 20s]" {
		t.Errorf("time paused at %s; want the start, 500ms and 20s", got)
	}
}

func TestPlantedDifferenceIsReported(t *testing.T) {
	calls := 0
	program := func() {
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				for range 20 {
					time.Sleep(time.Duration(i+1) * time.Millisecond)
				}
				if i == 2 {
					if calls++; calls == 2 { // the second world does something else here
						time.Sleep(time.Microsecond)
					}
				}
			})
		}
		wg.Wait()
	}
	var first, second kernel.Record
	kernel.Run(kernel.Config{Seed: 1, Record: &first}, program)
	r := kernel.Run(kernel.Config{Seed: 1, Record: &second, Compare: &first}, program)
	if r.Outcome != kernel.Diverged {
		t.Fatalf("the second world ended by being %v; want diverged", r.Outcome)
	}
	last := second.Len() - 1
	if first.Hash(last) == second.Hash(last) {
		t.Errorf("step %d is said to differ and has the same hash", last)
	}
	for i := range last {
		if first.Hash(i) != second.Hash(i) {
			t.Errorf("step %d differs already", i)
		}
	}
	if at := second.Time(last); at != 60*time.Millisecond+time.Microsecond {
		t.Errorf("the difference is said to be at %v; want just after 60ms", at)
	}
	frames := fmt.Sprint(second.Stack(last).Frames)
	if !strings.Contains(frames, "TestPlantedDifferenceIsReported") {
		t.Errorf("the stack at the difference is %s", frames)
	}
}

func TestThingsOfAnotherWorldAreRefused(t *testing.T) {
	var ch chan int
	var timer *time.Timer
	kernel.Run(kernel.Config{}, func() {
		ch = make(chan int, 1)
		timer = time.NewTimer(time.Hour)
	})
	uses := map[string]func(){
		"send on":      func() { ch <- 1 },
		"receive from": func() { <-ch },
		"close of":     func() { close(ch) },
		"select on": func() {
			select {
			case <-ch:
			case ch <- 1:
			}
		},
		"Stop of":  func() { timer.Stop() },
		"Reset of": func() { timer.Reset(time.Second) },
	}
	for name, use := range uses {
		for _, inWorld := range []bool{true, false} {
			var message string
			try := func() {
				defer func() { message = fmt.Sprint(recover()) }()
				use()
			}
			want := "of a world from outside of it"
			if inWorld {
				want = "that was made in another world"
				kernel.Run(kernel.Config{}, try)
			} else {
				try()
			}
			if !strings.HasPrefix(message, "terrella: "+name) || !strings.Contains(message, want) {
				t.Errorf("%s, in a world %v: %q; want %q in it", name, inWorld, message, want)
			}
		}
	}
}

func TestWorldsDoNotNest(t *testing.T) {
	var message string
	kernel.Run(kernel.Config{}, func() {
		defer func() { message = fmt.Sprint(recover()) }()
		kernel.Run(kernel.Config{}, func() {})
	})
	if !strings.Contains(message, "inside another world") {
		t.Errorf("Run inside a world: %q", message)
	}
}

// What runs once in a process leaves no mark in the schedule of the world that happens to be first.
func TestFirstUseLeavesNoMark(t *testing.T) {
	var once sync.Once
	var cache sync.Map
	program := func() {
		var wg sync.WaitGroup
		var mu sync.Mutex
		for i := range 6 {
			wg.Go(func() {
				for j := range 10 {
					mu.Lock()
					mu.Unlock()
					once.Do(func() {
						var own sync.Mutex
						for range 100 {
							own.Lock()
							rand.Int()
							own.Unlock()
						}
					})
					cache.LoadOrStore(j%3, i)
				}
			})
		}
		wg.Wait()
	}
	for seed := range uint64(200) {
		once, cache = sync.Once{}, sync.Map{}
		first := kernel.Run(kernel.Config{Seed: seed}, program)
		again := kernel.Run(kernel.Config{Seed: seed}, program)
		if first.Hash != again.Hash {
			t.Fatalf("seed %d: the first world has hash %x, the second %x", seed, first.Hash, again.Hash)
		}
	}
}

// Whoever could run does so in the end, even if others that wait for it try again and again, and its place in the queue is the last.
func TestNobodyStarves(t *testing.T) {
	const writers = 64
	longest := uint64(0)
	for seed := range uint64(6000) {
		r := kernel.Run(kernel.Config{Seed: seed, MaxStill: 20_000}, func() {
			var mu sync.Mutex
			written := 0
			for range writers {
				go func() {
					mu.Lock()
					defer mu.Unlock()
					written++
				}()
			}
			for done := false; !done; {
				mu.Lock()
				done = written == writers
				mu.Unlock()
			}
		})
		if r.Outcome != kernel.Done {
			t.Errorf("seed %d: %v after %d steps", seed, r.Outcome, r.Steps)
		}
		longest = max(longest, r.Steps)
	}
	t.Logf("the longest world took %d steps", longest)
}

// What a program can ask of the machine is the same on all machines.
func TestMachineIsTheWorlds(t *testing.T) {
	ask := func(seed uint64) string {
		var out string
		temp := t.TempDir()
		kernel.Run(kernel.Config{Seed: seed}, func() {
			for range 3 {
				go func() { select {} }()
			}
			key := make([]byte, 16)
			if _, err := cryptorand.Read(key); err != nil {
				t.Error(err)
			}
			dir, err := os.MkdirTemp(temp, "")
			if err != nil {
				t.Error(err)
			}
			out = fmt.Sprintf("%d %d %d %x %s", runtime.NumCPU(), runtime.GOMAXPROCS(0), runtime.NumGoroutine(), key, filepath.Base(dir))
		})
		return out
	}
	first := ask(1)
	if !strings.HasPrefix(first, "4 4 4 ") {
		t.Errorf("a world of four goroutines sees %s", first)
	}
	if again := ask(1); again != first {
		t.Errorf("the same seed saw %s and then %s", first, again)
	}
	if other := ask(2); other == first {
		t.Errorf("two seeds see the same: %s", other)
	}
}

func TestLocksThatWaitForEachOther(t *testing.T) {
	abba := func(first, second sync.Locker) {
		first.Lock()
		time.Sleep(time.Second)
		second.Lock()
		second.Unlock()
		first.Unlock()
	}
	tests := []struct {
		name string
		f    func()
		want kernel.Outcome
		at   time.Duration
	}{
		{"mutexes", func() {
			var a, b sync.Mutex
			go abba(&a, &b)
			go abba(&b, &a)
			time.Sleep(time.Hour)
		}, kernel.LockCycle, time.Second},
		{"until the function returns", func() {
			var a, b sync.Mutex
			go abba(&a, &b)
			go abba(&b, &a)
			time.Sleep(2 * time.Second)
		}, kernel.LockCycle, 2 * time.Second},
		{"one locked twice", func() {
			var a sync.Mutex
			go abba(&a, &a)
			time.Sleep(time.Hour)
		}, kernel.LockCycle, time.Second},
		{"three", func() {
			var a, b, c sync.Mutex
			go abba(&a, &b)
			go abba(&b, &c)
			go abba(&c, &a)
			time.Sleep(time.Hour)
		}, kernel.LockCycle, time.Second},
		{"a writer between two readings of one goroutine", func() {
			var rw sync.RWMutex
			go abba(rw.RLocker(), rw.RLocker())
			go func() {
				time.Sleep(time.Millisecond)
				rw.Lock()
			}()
			time.Sleep(time.Hour)
		}, kernel.LockCycle, time.Second},
		{"reader and writer", func() {
			var rw sync.RWMutex
			var mu sync.Mutex
			go abba(rw.RLocker(), &mu)
			go abba(&mu, &rw)
			time.Sleep(time.Hour)
		}, kernel.LockCycle, time.Second},
		{"more locks than a goroutine notes", func() {
			var locks [8]sync.Mutex
			for i := range locks {
				locks[i].Lock()
			}
			go func() {
				locks[7].Lock()
				locks[7].Unlock()
			}()
			time.Sleep(time.Hour)
			for i := range locks {
				locks[i].Unlock()
			}
			time.Sleep(time.Hour)
		}, kernel.Done, 2 * time.Hour},
		{"unlocked by another in time", func() {
			var a, b sync.Mutex
			both := func(first, second *sync.Mutex) {
				first.Lock()
				time.Sleep(time.Second)
				second.Lock()
			}
			go both(&a, &b)
			go both(&b, &a)
			time.Sleep(30 * time.Second)
			a.Unlock()
			b.Unlock()
			time.Sleep(time.Hour)
		}, kernel.Done, time.Hour + 30*time.Second},
		{"the same order", func() {
			var a, b sync.Mutex
			go abba(&a, &b)
			go abba(&a, &b)
			time.Sleep(time.Hour)
		}, kernel.Done, time.Hour},
		{"unlocked by one that was locked by an exited one", func() {
			var a sync.Mutex
			go a.Lock()
			time.Sleep(time.Second)
			go func() {
				time.Sleep(time.Second)
				a.Unlock()
			}()
			a.Lock()
		}, kernel.Done, 2 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for seed := range uint64(20) {
				r := kernel.Run(kernel.Config{Seed: seed, Dump: true}, test.f)
				if r.Outcome != test.want || r.Elapsed != test.at {
					t.Fatalf("%v after %v; want %v after %v", r.Outcome, r.Elapsed, test.want, test.at)
				}
				if r.Outcome == kernel.LockCycle && !aHolderIsNamed(r.Stacks) {
					t.Errorf("no goroutine waits for one that is there: %+v", r.Stacks)
				}
			}
		})
	}
}

func TestHeldLocksAreLocated(t *testing.T) {
	r := kernel.Run(kernel.Config{Dump: true}, func() {
		var a sync.Mutex
		a.Lock()
		a.Lock()
	})
	_, file, line, _ := runtime.Caller(0)
	if len(r.Stacks) != 1 || r.Stacks[0].Waits == nil || len(r.Stacks[0].Holds) != 1 {
		t.Fatalf("want one goroutine that holds and waits in %+v", r.Stacks)
	}
	for i, l := range []kernel.HeldLock{r.Stacks[0].Holds[0], *r.Stacks[0].Waits} {
		if want := line - 3 + i; l.Where.File != file || l.Where.Line != want || l.How != kernel.LockMutex {
			t.Errorf("%v at %s:%d; want locked at line %d", l.How, l.Where.File, l.Where.Line, want)
		}
	}
}

// aHolderIsNamed reports whether some goroutine waits for a lock that another one is known to hold.
func aHolderIsNamed(stacks []kernel.Stack) bool {
	for _, s := range stacks {
		if s.Waits == nil {
			continue
		}
		for _, o := range stacks {
			if slices.Contains(s.Waits.Holders, o.Goroutine) {
				return true
			}
		}
	}
	return false
}

var shared struct {
	sync.Mutex
	rw sync.RWMutex
}

// What a killed goroutine held is free for others: on other nodes, and in later worlds.
func TestLocksOfTheDeadAreFree(t *testing.T) {
	holders := map[string]func(){
		"mutex":   func() { shared.Lock(); select {} },
		"reading": func() { shared.rw.RLock(); select {} },
		"writing": func() { shared.rw.Lock(); select {} },
		"about to write": func() {
			shared.rw.RLock()
			go shared.rw.Lock()
			time.Sleep(1)
			go shared.rw.RLock()
			select {}
		},
		"waiting": func() {
			shared.Lock()
			go shared.Lock()
			select {}
		},
	}
	for name, hold := range holders {
		t.Run(name, func(t *testing.T) {
			lockAll := func() {
				shared.Lock()
				shared.rw.Lock()
				shared.rw.Unlock()
				shared.rw.RLock()
				shared.rw.RUnlock()
				shared.Unlock()
			}
			for _, kill := range []bool{true, false} {
				r := kernel.Run(kernel.Config{Seed: 3}, func() {
					g := kernel.NewGroup()
					g.Go(1, hold)
					time.Sleep(time.Second)
					if kill {
						g.Kill()
						lockAll()
					}
				})
				if r.Outcome != kernel.Done {
					t.Errorf("with kill=%v: %v", kill, r.Outcome)
				}
				lockAll()
			}
		})
	}
}

func TestGoroutinesAreNumberedInTheirStacks(t *testing.T) {
	r := kernel.Run(kernel.Config{}, func() {
		buf := make([]byte, 1<<12)
		done := make(chan string)
		go func() { done <- string(buf[:runtime.Stack(buf, false)]) }()
		text := <-done
		if !strings.HasPrefix(text, "goroutine 2 [running") || !strings.Contains(text, "in goroutine 1\n") {
			t.Errorf("want goroutine 2, made by 1, in\n%s", text)
		}
	})
	if r.Outcome != kernel.Done {
		t.Error(r.Outcome)
	}
}

// Who is killed after it was woken to take a mutex does not keep the others from it.
func TestKilledBetweenWakingAndLocking(t *testing.T) {
	for _, held := range []time.Duration{time.Microsecond, 10 * time.Millisecond} { // longer than a millisecond the mutex is handed over
		for _, barge := range []bool{false, true} {
			r := kernel.Run(kernel.Config{Strategy: kernel.FIFO}, func() {
				var mu sync.Mutex
				var got unseen
				mu.Lock()
				g := kernel.NewGroup()
				g.Go(1, mu.Lock)
				time.Sleep(held)
				for range 2 {
					go func() {
						mu.Lock()
						got.add(1)
						mu.Unlock()
					}()
				}
				time.Sleep(held)
				mu.Unlock() // wakes the one in g
				if barge && mu.TryLock() {
					g.Kill()
					mu.Unlock()
				} else {
					g.Kill()
				}
				time.Sleep(time.Second)
				if got.get() != 2 {
					t.Errorf("held for %v: %d of 2 have got the mutex", held, got.get())
				}
				mu.Lock()
				mu.Unlock()
			})
			if r.Outcome != kernel.Done {
				t.Error(r.Outcome)
			}
		}
	}
}

// Who unlocks a mutex that others have waited long for hands it over, with the turn. If he is killed then, it is not his to
// be unlocked.
func TestKilledWhileHandingOver(t *testing.T) {
	type locker interface {
		sync.Locker
		TryLock() bool
	}
	for _, mu := range []locker{new(sync.Mutex), new(sync.RWMutex)} {
		r := kernel.Run(kernel.Config{Strategy: kernel.FIFO}, func() {
			g := kernel.NewGroup()
			after := false
			g.Go(1, func() {
				mu.Lock()
				time.Sleep(20 * time.Millisecond)
				mu.Unlock()
				mu.Lock() // barges in front of the one who was woken, who then asks for it to be handed over
				time.Sleep(20 * time.Millisecond)
				mu.Unlock()
				after = true
			})
			time.Sleep(10 * time.Millisecond)
			mu.Lock()
			if after {
				t.Errorf("%T: was not handed over", mu)
			}
			g.Kill()
			if mu.TryLock() {
				t.Errorf("%T: was unlocked for another", mu)
			}
			mu.Unlock()
		})
		if r.Outcome != kernel.Done {
			t.Errorf("%T: %v", mu, r.Outcome)
		}
	}
}

// A lock that is unlocked for one who was killed still belongs, in the world's lists, to those who are about to take it.
func TestKilledHolderLeavesOthersEntries(t *testing.T) {
	r := kernel.Run(kernel.Config{Strategy: kernel.FIFO}, func() {
		var mu sync.Mutex
		g := kernel.NewGroup()
		mu.Lock()
		go func() {
			mu.Lock()
			time.Sleep(time.Second)
			mu.Unlock()
		}()
		time.Sleep(time.Microsecond)
		g.Go(1, func() {
			mu.Unlock() // wakes the other
			mu.TryLock()
			select {}
		})
		runtime.Gosched()
		g.Kill()
		time.Sleep(time.Millisecond)
		mu.Lock() // waits for the other, who has it
		mu.Unlock()
	})
	if r.Outcome != kernel.Done {
		t.Error(r.Outcome)
	}
}
