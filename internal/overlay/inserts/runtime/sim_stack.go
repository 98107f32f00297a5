//go:build ignore

package runtime

import "unsafe"

// simStacks writes the stacks of a world's goroutines into buf, in the order in which they were created,
// each under a line "goroutine NUMBER GROUP [REASON]:". It returns the bytes written. The world
// has ended, or the current goroutine is the one that has its turn.
//
//go:linkname simStacks
func simStacks(p unsafe.Pointer, buf []byte) int {
	w := &(*synctestBubble)(p).sim
	var gps []*g
	for i := range w.groups {
		for gp := w.groups[i].first.ptr(); gp != nil; gp = gp.sim.next.ptr() {
			gps = append(gps, gp)
		}
	}
	for i := 1; i < len(gps); i++ {
		for j := i; j > 0 && gps[j].sim.num < gps[j-1].sim.num; j-- {
			gps[j], gps[j-1] = gps[j-1], gps[j]
		}
	}
	n := 0
	self := getg()
	stw := stopTheWorld(stwAllGoroutinesStack)
	systemstack(func() {
		for _, gp := range gps {
			if gp == self {
				continue
			}
			n += simPrintStack(gp, buf[n:])
		}
	})
	startTheWorld(stw)
	return n
}

// simPrintStack writes one goroutine's stack. It runs on the system stack while all goroutines stand still.
func simPrintStack(gp *g, buf []byte) int {
	g0 := getg()
	g0.m.traceback = 1
	g0.writebuf = buf[0:0:len(buf)]
	reason := "runnable"
	switch readgstatus(gp) &^ _Gscan {
	case _Gwaiting:
		reason = gp.waitreason.String()
	case _Gsyscall:
		reason = "system call"
	}
	print("goroutine ", gp.sim.num, " ", gp.sim.group, " [", reason, "]:\n")
	traceback(^uintptr(0), ^uintptr(0), 0, gp)
	print("\n")
	g0.m.traceback = 0
	n := len(g0.writebuf)
	g0.writebuf = nil
	return n
}
