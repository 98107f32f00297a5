package sim_test

import (
	"fmt"
	"strings"
	"testing"
)

// Which world is meant has to be said, and the step has to be one of it.
func TestStopFlags(t *testing.T) {
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-sim.seed=7", "-sim.stop=2", "-v"}, 0, "TestInvariant at seed 0x7 stands before step 2, virtual time 0s"},
		{[]string{"-sim.stop=5"}, 2, "say which, by -sim.replay=FILE or -sim.seed=SEED"},
		{[]string{"-sim.seed=7", "-sim.stop=x"}, 2, `-sim.stop=x: parse error`},
		{[]string{"-sim.seed=7", "-sim.stop=99999"}, 2, "step 99999 is not reached: the world fails at step "},
		{[]string{"-sim.seed=7", "-sim.stop=9", "-v"}, 0, "planted.TestInvariant.func1\n"},
		{[]string{"-sim.seed=7", "-sim.debug=2"}, 1, "stays small: n is 6"},
	} {
		t.Run(fmt.Sprint(tt.args), func(t *testing.T) {
			out, code := runPlanted(t, append(tt.args, "-run=^TestInvariant$")...)
			if code != tt.code || !strings.Contains(out, tt.want) {
				t.Errorf("exit code %d, want %d; want %q in\n%s", code, tt.code, tt.want, out)
			}
		})
	}
}
