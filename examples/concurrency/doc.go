// Package concurrency is a collection of small programs with a mistake that code reviews miss. Each has a
// field Careless: with it the program makes the mistake, without it is right.
//
//	Account   check-then-act: what was read under a lock is acted on under another
//	Counter   a lost update: an atomic load and an atomic store are not an atomic addition
//	Bank      a deadlock: two locks are taken in both orders
//	Ledger    a torn snapshot: goes wrong only if two goroutines change places three times
//	Service   a double close: two goroutines find a channel open, and both close it
//	Gate      a lost wake-up: a condition changes between a look at it and the waiting for it
//	Pool      a WaitGroup that is used again before all who wait for it have left
//
// None of them needs a fault: a world without nodes, and a schedule that the seed decides, is enough. The test
// finds each within 50 seeds, wherever one begins to count:
//
//	go test -v -run TestMistakesAreFound ./examples/concurrency
//
// and runs the programs without mistakes through as many seeds as one has time for:
//
//	go test -run TestPrograms ./examples/concurrency -sim.runs=5000
//
// To see what the report of one looks like:
//
//	CONCURRENCY_CARELESS=1 go test -run TestPrograms/Bank ./examples/concurrency
//
// Atomic operations are scheduling points only under -race, which the Counter's mistake needs.
package concurrency
