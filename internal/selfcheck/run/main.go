// The program run is one process of the self-check. Built with the patched runtime and run by
// the command's doctor, it prints the report of package selfcheck as JSON.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/selfcheck"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "self-check: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	if !kernel.Patched {
		return errors.New("built without the patched runtime; run it with `terrella doctor`")
	}
	report, err := selfcheck.Run()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(report)
}
