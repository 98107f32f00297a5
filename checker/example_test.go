package checker_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/terrella-go/terrella/checker"
)

// A printer stands in for a *testing.T.
type printer struct{}

func (printer) Helper()                           {}
func (printer) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (printer) Fatalf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

func Example() {
	var (
		t printer // in a test, its *testing.T
		h checker.History[checker.Op[int], checker.OpResult[int]]
	)
	write := func(v int) checker.Op[int] { return checker.Op[int]{Kind: checker.Write, Value: v} }
	read := checker.Op[int]{Kind: checker.Read}
	answer := func(v int) func() (checker.OpResult[int], error) {
		return func() (checker.OpResult[int], error) { return checker.OpResult[int]{Value: v}, nil }
	}
	h.Do(0, write(1), answer(0))
	h.Do(1, write(2), answer(0))
	h.Do(2, read, answer(2))
	h.Do(3, read, answer(1)) // a replica that lags behind
	checker.Linearizable(t, checker.Register(0), &h)
	// Output:
	// stale read on the register: read() -> 1: the value that it observed had been replaced by then
	//
	// 3 of 4 operations on the register are a contradiction by themselves:
	//   [1, 2]             client 0   #0      write(1)
	//   [3, 4]             client 1   #1      write(2)
	//   [7, 8]             client 3   #3      read() -> 1
	// because
	//   #0 write(1) returned before the call of #1 write(2)
	//   #1 write(2) returned before the call of #3 read() -> 1
	//   #3 read() -> 1 is about the same value as #0 write(1)
	// after #0, #1 the state is 2, and
	//   #3 read() -> 1 cannot come next: it would have been read() -> 2
	// the strongest level that the history meets: sequentially consistent
}

func ExampleSequential() {
	// A counter that answers with the number it reached.
	counter := checker.Sequential("counter", 0, func(n int, add int) (int, int) { return n + add, n + add })
	var h checker.History[int, int]
	h.Do(0, 5, func() (int, error) { return 5, nil })
	h.Do(1, 2, func() (int, error) { return 0, errors.New("time-out") }) // it may have happened
	h.Do(0, 1, func() (int, error) { return 8, nil })
	fmt.Println(checker.Check(counter, h.Operations(), checker.Config{}))
	// Output:
	// Ok: 3 operations on a counter are linearizable, in 1 parts, by search
}

func ExampleTransactions() {
	var (
		t printer
		h checker.History[checker.Txn, checker.Txn]
	)
	// Two doctors each see that the other is on call, and both go home.
	txn := func(id, call, ret int, ops ...checker.Micro) {
		h.Add(checker.Operation[checker.Txn, checker.Txn]{ID: id, Client: id, In: ops, Out: ops,
			Call: checker.Stamp{Order: uint64(call)}, Return: checker.Stamp{Order: uint64(ret)}})
	}
	txn(0, 1, 4, checker.Micro{Kind: checker.Read, Key: "alice"}, checker.Micro{Kind: checker.Write, Key: "bob", Value: 1})
	txn(1, 2, 5, checker.Micro{Kind: checker.Read, Key: "bob"}, checker.Micro{Kind: checker.Write, Key: "alice", Value: 2})
	checker.Transactions(t, checker.Serializable, &h)
	// Output:
	// write skew (G2-item): 2 transactions are not serializable
	//   T0 came before T1 (rw): it read alice as it was before T1 wrote to it
	//   T1 came before T0 (rw): it read bob as it was before T0 wrote to it
	//   T0 = client 0: read(alice) -> [], write(bob, 1)
	//   T1 = client 1: read(bob) -> [], write(alice, 2)
	// the strongest level that the history meets: snapshot isolation
}

func ExampleReadJSON() {
	const file = `{"id":0,"client":1,"in":{"kind":"write","value":3},"out":{},"outcome":"ok","call":{"order":1},"return":{"order":4}}
{"id":1,"client":1,"in":{"kind":"read"},"out":{"value":3},"outcome":"ok","call":{"order":3},"return":{"order":6}}
`
	_, err := checker.ReadJSON[checker.Op[int], checker.OpResult[int]](strings.NewReader(file))
	fmt.Println(err)
	// Output:
	// checker: line 2: operation 1: client 1 called it at 3 while its operation 0 was open, until 4
}

func ExampleWithinTime() {
	m := checker.Register(0)
	at := func(ms int) checker.Stamp {
		return checker.Stamp{Order: uint64(ms), At: time.Duration(ms) * time.Millisecond}
	}
	type op = checker.Operation[checker.Op[int], checker.OpResult[int]]
	ops := []op{
		{ID: 0, Client: 0, In: checker.Op[int]{Kind: checker.Write, Value: 1}, Call: at(10), Return: at(20)},
		{ID: 1, Client: 1, In: checker.Op[int]{Kind: checker.Read}, Call: at(25), Return: at(30)}, // still reads 0
	}
	for _, d := range []time.Duration{0, 4 * time.Millisecond, 6 * time.Millisecond} {
		fmt.Println(d, checker.Check(m, checker.WithinTime(m, ops, d), checker.Config{}).Verdict)
	}
	// Output:
	// 0s Illegal
	// 4ms Illegal
	// 6ms Ok
}

func ExampleSameState() {
	type state struct{ Leader string }
	fmt.Println(checker.SameState("replica b", state{"a"}, state{"a"}))
	// Output:
	// <nil>
}
