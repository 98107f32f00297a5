package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// suggestFlag adds to the error about an unknown flag those of the verb that may have been meant.
func suggestFlag(cmd *cobra.Command, err error) error {
	_, name, ok := strings.Cut(err.Error(), "unknown flag: --")
	if !ok {
		return err
	}
	var near []string
	for line := range strings.Lines(cmd.Flags().FlagUsages()) {
		_, flag, ok := strings.Cut(line, "--")
		if !ok {
			continue
		}
		flag, _, _ = strings.Cut(strings.TrimSpace(flag), " ")
		if distance(name, flag) <= max(1, len(name)/3) || strings.HasPrefix(flag, name) {
			near = append(near, "\t--"+flag)
		}
	}
	if near == nil {
		return err
	}
	return fmt.Errorf("%w\n\nDid you mean this?\n%s\n", err, strings.Join(near, "\n"))
}

// distance returns how many letters have to be put in, taken out, replaced, or swapped with the next, to make b of a.
func distance(a, b string) int {
	var before, last []int
	for i := range len(a) + 1 {
		row := make([]int, len(b)+1)
		for j := range row {
			switch {
			case i == 0:
				row[j] = j
			case j == 0:
				row[j] = i
			default:
				same := 1
				if a[i-1] == b[j-1] {
					same = 0
				}
				row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+same)
				if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
					row[j] = min(row[j], before[j-2]+1)
				}
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
