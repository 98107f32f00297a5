// Package random has the random numbers of the Antithesis SDK. In a world they are those of package math/rand/v2, which the world's seed decides.
package random

import (
	"math/rand"
	randv2 "math/rand/v2"
)

// GetRandom returns a random number.
func GetRandom() uint64 { return randv2.Uint64() }

// RandomChoice returns one of things, false if there is none.
func RandomChoice[T any](things []T) (T, bool) {
	if len(things) == 0 {
		var zero T
		return zero, false
	}
	return things[randv2.IntN(len(things))], true
}

// Source returns a source of random numbers.
func Source() rand.Source { return source{} }

type source struct{}

func (source) Int63() int64   { return randv2.Int64() }
func (source) Uint64() uint64 { return randv2.Uint64() }
func (source) Seed(int64)     {}
