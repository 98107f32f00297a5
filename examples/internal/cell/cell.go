// Package cell has what the tests of systems have in common that hold one number.
package cell

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/terrella-go/terrella/checker"
	"pgregory.net/rapid"
)

// An Op reads or writes the number, and a Result is what it came to.
type (
	Op     = checker.Op[int]
	Result = checker.OpResult[int]
)

// AnyOp generates reads and writes. Hardly any value is written twice.
var AnyOp = rapid.Custom(func(t *rapid.T) Op {
	if rapid.Bool().Draw(t, "read") {
		return Op{Kind: checker.Read}
	}
	return Op{Kind: checker.Write, Value: rapid.IntRange(1, 1_000_000).Draw(t, "value")}
})

// A Client reads and writes the number.
type Client interface {
	Read(context.Context) (int, error)
	Write(context.Context, int) error
}

// Do carries out an operation, within a second. An error that is nothing says that a write has had no effect and never will.
func Do(ctx context.Context, c Client, op Op, nothing error) (r Result, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	switch op.Kind {
	case checker.Read:
		r.Value, err = c.Read(ctx)
	case checker.Write:
		err = c.Write(ctx, op.Value)
	default:
		err = fmt.Errorf("no operation %v", op.Kind)
	}
	if op.Kind == checker.Read || errors.Is(err, nothing) {
		err = checker.Failed(err) // without effect
	}
	return r, err
}
