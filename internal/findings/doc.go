// Package findings puts what failed into order: failures into buckets, buckets into a record across runs, and both
// into the forms that people and CI systems read.
//
// A finding is one failure: of a seed, or of a test as a whole. A bucket holds the findings that are probably one bug: those of one test
// that break the same property, at the same function of the program, under the same kinds of faults. A set is what one
// run found. A record is a file that is kept from run to run, and knows which buckets are new, which go on, which are
// resolved, and which came back.
//
// Nothing here runs a test. Nothing depends on the order in which findings come, or on the time of day.
package findings
