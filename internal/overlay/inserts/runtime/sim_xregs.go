//go:build ignore && go1.26

package runtime

// simDropRegs forgets the registers that were saved when gp was preempted where it stood: it won't
// go on from there. It is called on g0.
func simDropRegs(gp *g) {
	if !gp.asyncSafePoint {
		return
	}
	gp.asyncSafePoint = false
	setMNoWB(&gp.m, getg().m)
	xRegRestore(gp)
	setMNoWB(&gp.m, nil)
}
