// Package hook joins package prop, which production code may import, to the worlds of package sim, which it may not.
package hook

import "sync/atomic"

// A Kind says what a check asks for.
type Kind uint8

// The kinds of checks.
const (
	Always      Kind = iota // holds each time
	Sometimes               // holds at least once in a campaign
	Reachable               // is come to at least once in a campaign
	Unreachable             // is never come to
)

// String returns the name of the function of package prop.
func (k Kind) String() string {
	return [...]string{"Always", "Sometimes", "Reachable", "Unreachable"}[k]
}

// Hooks are what checks and fault points call in a program that can hold worlds.
type Hooks struct {
	Check func(kind Kind, name string, holds bool, details []any)
	Fault func(name string) bool
	// Mutate reports whether a marked point is to be weakened.
	Mutate func(name string) bool
}

// Installed are the hooks of this program; nil in production.
var Installed atomic.Pointer[Hooks]
