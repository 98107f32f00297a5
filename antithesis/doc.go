// Package antithesis is a stand-in for the module github.com/antithesishq/antithesis-sdk-go: the same packages and functions,
// which report to the worlds of Terrella. Programs that use its assertions are tested unchanged:
//
//	go mod edit -replace github.com/antithesishq/antithesis-sdk-go=../terrella/antithesis
//
// in a go.mod of its own for tests, given by -modfile, leaves the program that runs elsewhere with the real one.
//
// An assertion counts as the function of the same name in package prop of Terrella does. Those with numbers count as
// the comparison that they make, those with named conditions as any, or all, of them. Coverage instrumentation is
// left out.
package antithesis
