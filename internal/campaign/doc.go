// Package campaign runs the worlds of many tests for a long time, on several processes, and reports what fails.
//
// A package is a test binary on the patched runtime. A root is a top-level test of it; a target is a call of sim.Config.Test that the
// root reaches, itself or in a subtest. A worker is a process of a binary that runs one root and serves its targets, as
// package protocol has it. A slot keeps one worker busy, on one root after the other. A chunk is a run of seeds
// of a target that is leased from a queue, run, and settled.
//
// Each seed is counted once, whatever happens to workers: what a worker has answered counts, what it has not
// goes back into the queue. A world whose worker dies three times is reported as a finding of its own.
//
// A failure is run twice more, each time in a new process. If it does not fail again in the same way, that is
// reported, as nondeterminism; if it does, another new process makes it smaller and keeps it. Of failures of one target with the same
// property and site few are looked into; the others are counted.
package campaign
