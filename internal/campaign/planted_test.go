package campaign

import (
	"os/exec"
	"strings"
	"testing"
)

// Outside of campaigns a test with Config.Planted passes when the bug is found, and fails when it is not; a single seed
// is reported as that of any test.
func TestPlantedOutsideOfCampaigns(t *testing.T) {
	p := of(t)[0]
	for _, test := range []struct {
		args  string
		fails bool
		says  string
	}{
		{"-test.run=^TestPlantedAndFound$ -test.v", false, "the planted bug is found at seed 0x"},
		{"-test.run=^TestPlantedAndFound$ -sim.runs=1", false, "PASS"},
		{"-test.run=^TestPlantedAndFound$ -sim.seed=7 -sim.dir=none", true, "failed at seed 0x7 (1 of 1)"},
		{"-test.run=^TestPlantedAndMissed$", true, "no world of 32 failed, and the program has a bug that was put there on purpose"},
		{"-test.run=^TestPlantedAndMissed$ -sim.runs=40", true, "no world of 40 failed"},
	} {
		cmd := exec.Command(p.Binary, strings.Fields(test.args)...)
		cmd.Dir = p.Dir
		out, err := cmd.CombinedOutput()
		if (err != nil) != test.fails || !strings.Contains(string(out), test.says) {
			t.Errorf("%s: %v; want %q in\n%s", test.args, err, test.says, out)
		}
	}
}
