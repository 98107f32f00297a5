// Terrella runs Go tests in simulated worlds, on a runtime patched for determinism.
//
//	terrella demo      see a bug found, made smaller, explained and kept
//	terrella init      write a first test with worlds for a package of one's own
//	terrella test      run go test with the patched runtime
//	terrella replay    run a failure again, and tell how it came about
//	terrella shrink    make a failure smaller, with more work than the test did
//	terrella fuzz      run worlds of many tests for a long time
//	terrella triage    put failures into buckets, and follow them from run to run
//	terrella bisect    find the commit that brought a failure in
//	terrella mutate    break what the platform promises, and tell what no property notices
//	terrella trace     print the events of a run
//	terrella diff      show where two runs part
//	terrella view      make the page that shows a run
//	terrella doctor    check the toolchain, the patched runtime and its determinism
//	terrella env       print the variables with which other tools use the patched runtime
//	terrella man       print the manual page of a verb, or write those of all
//	terrella version   print versions
//
// Each verb has help of its own: terrella help test.
//
// Exit codes: 0, all is well; 1, a test or property failed; 2, the command was used wrongly; 3,
// the environment is at fault (no Go, an unknown release, a failed build, a cache that
// can't be written); 4, something that has to be deterministic is not. Ended by a
// signal, the command exits with 128 and the signal's number, as shells have it.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

func main() {
	os.Exit(run(os.Args[1:]))
}

// run runs the command and returns its exit code.
func run(args []string) int {
	root := newRoot()
	root.SetArgs(args)
	err := root.Execute()
	if err == nil {
		return exitClean
	}
	var e *exitError
	if !errors.As(err, &e) {
		// Cobra's own errors are all about arguments.
		e = usage("%s\nRun terrella help for the verbs and their flags.", strings.TrimSpace(err.Error()))
	}
	if e.err != nil {
		fmt.Fprintf(os.Stderr, "terrella: %v\n", e.err)
	}
	return e.code
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "terrella",
		Short: "Deterministic simulation testing of ordinary Go programs",
		Long: `Terrella runs Go tests in simulated worlds, on a runtime patched for determinism.

Exit codes: 0, all is well; 1, a test or property failed; 2, the command was
used wrongly; 3, the environment is at fault (no Go, an unknown release, a failed
build, a cache that can't be written); 4, something that has to be
deterministic is not.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SetOut(cmd.ErrOrStderr())
			if err := cmd.Help(); err != nil {
				return err
			}
			return &exitError{code: exitUsage}
		},
	}
	root.SetFlagErrorFunc(suggestFlag)
	root.AddCommand(
		newDemo(),
		newInit(),
		newTest(),
		newReplay(),
		newShrink(),
		newFuzz(),
		newTriage(),
		newBisect(),
		newMutate(),
		newTrace(),
		newDiff(),
		newView(),
		newDoctor(),
		newEnv(),
		newMan(),
		newVersion(),
	)
	return root
}
