package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/terrella-go/terrella/internal/selfcheck"
)

// conditions are the environments in which the self-check has to come to the same.
var conditions = [][]string{
	{"GOMAXPROCS=1"},
	{"GOMAXPROCS=8", "GOGC=5"},
	{}, // as the user has it
}

// patience is how long one process of the self-check may take. It takes a fraction of a second; more
// than this means that a world hangs.
const patience = 2 * time.Minute

// runSelfCheck runs the self-check under each of the conditions.
func runSelfCheck(binary string) ([]*selfcheck.Report, error) {
	var reports []*selfcheck.Report
	for i, c := range conditions {
		r, err := runProcess(binary, c)
		if err != nil {
			return nil, fmt.Errorf("process %d (%s): %w", i+1, strings.Join(c, " "), err)
		}
		reports = append(reports, r)
	}
	return reports, nil
}

func runProcess(binary string, env []string) (*selfcheck.Report, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary)
	cmd.Env = append(cmd.Environ(), env...)
	out, err := output(cmd)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("did not end within %v", patience)
	}
	if err != nil {
		return nil, err
	}
	r := new(selfcheck.Report)
	if err := json.Unmarshal(out, r); err != nil {
		return nil, fmt.Errorf("its report makes no sense: %w", err)
	}
	return r, nil
}
