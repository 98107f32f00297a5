// Package prng turns a seed into decisions.
//
// Decisions are keyed by what they decide, not by the order in which they are
// asked for. A [Key] is derived from the seed and the stable names of the thing
// to be decided ("link a->b", connection 2, packet 3), so a decision that is
// added, dropped or asked for twice moves no other.
//
//	key := prng.Seed(seed).Name("link").Name("a").Name("b")
//	lost := key.Num(packet).Stream().Chance(1, 100)
//
// A key costs a few nanoseconds and no memory. A [Stream] is drawn from
// when one decision needs several numbers.
//
// The generator is PCG (O'Neill 2014) in the variant of golang.org/x/exp/rand,
// 128 bits of state, XSL-RR output. That package is imported here and nowhere
// else, at a pinned version: [Algorithm] names the stream it yields, and files
// that hold seeds hold that name as well.
package prng

import (
	"hash/fnv"
	"math"
	"math/bits"

	"golang.org/x/exp/rand"
)

// Algorithm names the way from a seed to a stream. It changes whenever the same
// seed would no longer give the same numbers.
const Algorithm = "splitmix64-keys/pcg-xsl-rr-128/1"

// A Key identifies one decision, or a family of decisions, of one seed.
type Key uint64

// Seed returns the root key of a seed.
func Seed(seed uint64) Key { return Key(mix(seed + golden)) }

// Name returns the key of the member of k's family that is called name.
func (k Key) Name(name string) Key {
	// FNV-1a, begun at the parent's key: short names are the rule, and the
	// finaliser below does the spreading that FNV lacks.
	h := uint64(k) ^ 14695981039346656037
	for i := 0; i < len(name); i++ {
		h ^= uint64(name[i])
		h *= 1099511628211
	}
	return Key(mix(h + golden*uint64(len(name)+1)))
}

// Num returns the key of the member of k's family that has number n.
func (k Key) Num(n uint64) Key {
	// The multiplication keeps key and number apart: number 2 of key 1 is not number 1 of key 2.
	return Key(mix(uint64(k)*0xd1342543de82ef95 + mix(n+golden)))
}

// Worlds returns the key from whose numbers the seeds of a test's worlds come: world n has the seed Worlds(base, test).Num(n).Uint64().
func Worlds(base uint64, test string) Key {
	name := fnv.New64a()
	name.Write([]byte(test))
	return Seed(base).Name("runs").Num(name.Sum64())
}

// Uint64 returns the key's own number, uniform over 64 bits: enough for a key
// that decides a single thing.
func (k Key) Uint64() uint64 { return mix(uint64(k) + golden) }

// Stream returns the stream of numbers of this key, from its beginning.
func (k Key) Stream() *Stream {
	s := new(Stream)
	s.src.Seed(k.Uint64())
	return s
}

// A Stream yields the numbers of one key in turn. It is a math/rand/v2 Source.
// A Stream may not be used by two goroutines at once.
type Stream struct{ src rand.PCGSource }

// Uint64 returns the next number, uniform over 64 bits.
func (s *Stream) Uint64() uint64 { return s.src.Uint64() }

// Uint64N returns a number in [0, n); it panics if n is 0.
// Its bias, n/2^64, is left in: rejection would make the number of draws vary.
func (s *Stream) Uint64N(n uint64) uint64 {
	if n == 0 {
		panic("prng: Uint64N of 0")
	}
	hi, _ := bits.Mul64(s.Uint64(), n)
	return hi
}

// IntN returns a number in [0, n); it panics if n is not positive.
func (s *Stream) IntN(n int) int {
	if n <= 0 {
		panic("prng: IntN of a number that is not positive")
	}
	return int(s.Uint64N(uint64(n)))
}

// Float64 returns a number in [0, 1), a multiple of 2^-53.
func (s *Stream) Float64() float64 { return float64(s.Uint64()>>11) / (1 << 53) }

// Chance reports true with probability num/den. A ratio over 1 is always true.
func (s *Stream) Chance(num, den uint64) bool { return s.Uint64N(den) < num }

// ExpFloat64 returns a number with the exponential distribution of mean 1.
func (s *Stream) ExpFloat64() float64 { return -math.Log(1 - s.Float64()) }

// NormFloat64 returns a number with the standard normal distribution, by the
// Box–Muller transform: two draws, always.
func (s *Stream) NormFloat64() float64 {
	r := math.Sqrt(2 * s.ExpFloat64())
	return r * math.Cos(2*math.Pi*s.Float64())
}

// Shuffle puts n things in a random order by swapping pairs (Fisher–Yates).
func (s *Stream) Shuffle(n int, swap func(i, j int)) {
	for i := n - 1; i > 0; i-- {
		swap(i, s.IntN(i+1))
	}
}

// golden is 2^64 divided by the golden ratio, the increment of SplitMix64.
const golden = 0x9e3779b97f4a7c15

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
