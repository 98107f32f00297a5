package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/terrella-go/terrella/internal/overlay"
	"github.com/terrella-go/terrella/internal/prng"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print versions",
		Long:    `Version prints what a report of a bug should hold. It needs no go command.`,
		Example: "  terrella version",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			release := "none on the path"
			if tc, err := overlay.Find("."); err == nil {
				release = tc.Release
			}
			first, last := overlay.Releases()
			if first != last {
				first += " to " + last
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "terrella  %s, built with %s for %s/%s\ngo        %s (supported: %s)\nrandom    %s\n",
				moduleVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH, release, first, prng.Algorithm)
			return outputError(err)
		},
	}
}

// moduleVersion returns the version of the command's module, with the commit if it was built in a checkout.
func moduleVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "of unknown version"
	}
	version := info.Main.Version
	if version == "" {
		version = "(devel)"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && version == "(devel)" {
			version += " " + s.Value
		}
	}
	return version
}
