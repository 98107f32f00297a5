package findings

import (
	"testing"

	"github.com/terrella-go/terrella/internal/plan"
)

const twoLocks = `all goroutines wait, and no timer is pending:
goroutine 1 [sync.WaitGroup.Wait] (world)
    sync.(*WaitGroup).Wait
        /usr/local/go/src/sync/waitgroup.go:206
    example.com/bank.TestTransfer.func1
        /home/user/bank/bank_test.go:32
goroutine 5 [sync.Mutex.Lock] (world)
    waits for a lock of goroutine 6
    has locked, at /home/user/bank/bank.go:12
    sync.(*Mutex).Lock
        /usr/local/go/src/sync/mutex.go:46
    example.com/bank.(*Account).Withdraw
        /home/user/bank/bank.go:15
    example.com/bank.TestTransfer.func1.1
        /home/user/bank/bank_test.go:30
goroutine 6 [sync.Mutex.Lock] (world)
    waits for a lock of goroutine 5
    has locked, at /home/user/bank/bank.go:20
    sync.(*Mutex).Lock
        /usr/local/go/src/sync/mutex.go:46
    example.com/bank.(*Account).Deposit
        /home/user/bank/bank.go:23
    example.com/bank.TestTransfer.func1.2
        /home/user/bank/bank_test.go:31`

// Two deadlocks of one test are two bugs if the functions that wait are others.
func TestDeadlocks(t *testing.T) {
	deadlock := func(message string) *Finding {
		return FromFile(failure(1, func(f *plan.File) {
			f.Package, f.Property, f.Message, f.Site = "example.com/bank", "deadlock", message, plan.Site{}
		}), "")
	}
	f := deadlock(twoLocks)
	if want := (plan.Site{Func: "example.com/bank.(*Account).Deposit", File: "bank/bank.go", Line: 23}); f.Site != want {
		t.Errorf("site %+v; want %+v", f.Site, want)
	}
	if f.Kind != Property {
		t.Errorf("kind %q", f.Kind)
	}
	for message, want := range map[string]plan.Site{
		"all goroutines wait, and no timer is pending:\ngoroutine 1 [chan receive] (world)\n    example.com/bank.Test\n        /b/bank_test.go:3": {},
		"goroutines wait\ngoroutine 5 [sync.Mutex.Lock] (node n)\n    waits for a lock of goroutine 5\n    sync.(*Mutex).Lock\n        /go/mutex.go:46\n" +
			"    net/http.(*Transport).get\n        /go/http.go:4\n    github.com/terrella-go/terrella/sim.(*Node).start\n        /t/node.go:9\n    example.com/other/pool.Get\n        /p/pool/pool.go:7": {Func: "example.com/other/pool.Get", File: "pool/pool.go", Line: 7},
		"": {},
	} {
		if got := deadlock(message).Site; got != want {
			t.Errorf("site %+v; want %+v, of\n%s", got, want, message)
		}
	}
	other := deadlock("goroutine 5 [sync.Mutex.Lock] (world)\n    waits for a lock of goroutine 6\n    example.com/bank.(*Account).Close\n        /home/user/bank/bank.go:40")
	if f.Key() == other.Key() {
		t.Error("deadlocks in other functions have one key")
	}
}

func TestPrograms(t *testing.T) {
	for fn, want := range map[string]bool{
		"sync.(*Mutex).Lock": false, "net/http.(*Server).Serve": false, "example.com/x.F": true, "bank/store.F": true, "bank.F": true,
		"github.com/terrella-go/terrella/sim.(*World).Run": false, "github.com/terrella-go/terrella/internal/kernel.Run": false,
		"github.com/terrella-go/terrella/examples/register.Serve": true,
	} {
		if got := programs(fn, "bank/service"); got != want {
			t.Errorf("%s: %t", fn, got)
		}
	}
}
