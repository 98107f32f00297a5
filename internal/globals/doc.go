// Package globals tells which package-level variables of the program differ between two moments.
//
// The program's variables are those of all packages but the standard library's and Terrella's own. Their
// names and places come from the symbol table of the running binary. A [Snapshot] holds a hash of
// each variable and of what it points to: the objects of the heap that can be reached
// from it, nearest first, each counted for the first variable by name that reaches it. Addresses
// don't enter the hash, only which object is which, so a copy of equal shape is no change.
//
// How far a snapshot looks is bounded, so that it costs a few milliseconds at most: each variable has
// the same share of the objects (see maxObjects), and of large ones only the beginning is looked at. A change beyond is not seen.
// The scheduler's own objects, the contents of [sync.Pool] and the counters
// of coverage are left out; they change by themselves.
package globals
