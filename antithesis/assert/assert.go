// Package assert has the assertions of the Antithesis SDK, reported to Terrella's worlds.
package assert

import (
	"cmp"
	"maps"
	"slices"

	"github.com/terrella-go/terrella/sim/prop"
)

// Number is what the comparisons compare.
type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~float32 | ~float64 | ~uint64 | ~uint | ~uintptr
}

// NamedBool is a condition with a name.
type NamedBool struct {
	First  string `json:"first"`
	Second bool   `json:"second"`
}

// NewNamedBool returns a condition with a name.
func NewNamedBool(first string, second bool) *NamedBool { return &NamedBool{first, second} }

// flat returns details as package prop takes them.
func flat(details map[string]any) []any {
	var out []any
	for _, key := range slices.Sorted(maps.Keys(details)) {
		out = append(out, key, details[key])
	}
	return out
}

// Always fails the world if the condition does not hold.
func Always(condition bool, message string, details map[string]any) {
	prop.Always(condition, message, flat(details)...)
}

// AlwaysOrUnreachable is Always for a place that need not be reached.
func AlwaysOrUnreachable(condition bool, message string, details map[string]any) {
	if !condition {
		prop.Unreachable(message, flat(details)...)
	}
}

// Sometimes asks that the condition holds at least once.
func Sometimes(condition bool, message string, details map[string]any) {
	prop.Sometimes(condition, message, flat(details)...)
}

// Unreachable fails the world.
func Unreachable(message string, details map[string]any) {
	prop.Unreachable(message, flat(details)...)
}

// Reachable asks that it is called at least once.
func Reachable(message string, details map[string]any) { prop.Reachable(message, flat(details)...) }

// sides adds the numbers that were compared to the details.
func sides[T Number](left, right T, details map[string]any) []any {
	return append([]any{"left", left, "right", right}, flat(details)...)
}

// AlwaysGreaterThan is Always with left > right.
func AlwaysGreaterThan[T Number](left, right T, message string, details map[string]any) {
	prop.Always(cmp.Compare(left, right) > 0, message, sides(left, right, details)...)
}

// AlwaysGreaterThanOrEqualTo is Always with left >= right.
func AlwaysGreaterThanOrEqualTo[T Number](left, right T, message string, details map[string]any) {
	prop.Always(cmp.Compare(left, right) >= 0, message, sides(left, right, details)...)
}

// SometimesGreaterThan is Sometimes with left > right.
func SometimesGreaterThan[T Number](left, right T, message string, details map[string]any) {
	prop.Sometimes(cmp.Compare(left, right) > 0, message, sides(left, right, details)...)
}

// SometimesGreaterThanOrEqualTo is Sometimes with left >= right.
func SometimesGreaterThanOrEqualTo[T Number](left, right T, message string, details map[string]any) {
	prop.Sometimes(cmp.Compare(left, right) >= 0, message, sides(left, right, details)...)
}

// AlwaysLessThan is Always with left < right.
func AlwaysLessThan[T Number](left, right T, message string, details map[string]any) {
	prop.Always(cmp.Compare(left, right) < 0, message, sides(left, right, details)...)
}

// AlwaysLessThanOrEqualTo is Always with left <= right.
func AlwaysLessThanOrEqualTo[T Number](left, right T, message string, details map[string]any) {
	prop.Always(cmp.Compare(left, right) <= 0, message, sides(left, right, details)...)
}

// SometimesLessThan is Sometimes with left < right.
func SometimesLessThan[T Number](left, right T, message string, details map[string]any) {
	prop.Sometimes(cmp.Compare(left, right) < 0, message, sides(left, right, details)...)
}

// SometimesLessThanOrEqualTo is Sometimes with left <= right.
func SometimesLessThanOrEqualTo[T Number](left, right T, message string, details map[string]any) {
	prop.Sometimes(cmp.Compare(left, right) <= 0, message, sides(left, right, details)...)
}

// AlwaysSome is Always with at least one of the conditions.
func AlwaysSome(conditions []NamedBool, message string, details map[string]any) {
	prop.Always(slices.ContainsFunc(conditions, holds), message, named(conditions, details)...)
}

// SometimesAll is Sometimes with all of the conditions.
func SometimesAll(conditions []NamedBool, message string, details map[string]any) {
	all := !slices.ContainsFunc(conditions, func(c NamedBool) bool { return !c.Second })
	prop.Sometimes(all, message, named(conditions, details)...)
}

func holds(c NamedBool) bool { return c.Second }

// named adds the conditions to the details.
func named(conditions []NamedBool, details map[string]any) []any {
	var out []any
	for _, c := range conditions {
		out = append(out, c.First, c.Second)
	}
	return append(out, flat(details)...)
}
