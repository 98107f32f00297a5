package main

import "testing"

// What package testing prints round the report is taken away, what the program prints is not.
func TestReport(t *testing.T) {
	const out = `TestMain: before
=== RUN   TestX
    x_test.go:12: sim: TestX: 1 seed, 5 steps, virtual 1s in real 1ms, schedule hash 0x1, event hash 0x2
printed by the program
    x_test.go:12: sim: TestX failed again, as kept in f.json
        ` + `
        At 1s it fails.

        to see it as a picture, add -sim.trace=run.html, and open that in a browser
        ` + `
        stack:
            deeper
--- FAIL: TestX (0.01s)
FAIL
exit status 1
`
	const want = `TestMain: before
printed by the program
sim: TestX failed again, as kept in f.json

At 1s it fails.

stack:
    deeper

sim: TestX: 1 seed, 5 steps, virtual 1s in real 1ms, schedule hash 0x1, event hash 0x2`
	if got := report([]byte(out)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
