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
		g0 := getg()
		g0.m.traceback = 1
		g0.writebuf = buf[0:0:len(buf)]
		for _, gp := range gps {
			if gp == self {
				continue
			}
			reason := "runnable"
			if readgstatus(gp)&^_Gscan == _Gwaiting {
				reason = gp.waitreason.String()
			}
			print("goroutine ", gp.sim.num, " ", gp.sim.group, " [", reason, "]:\n")
			traceback(^uintptr(0), ^uintptr(0), 0, gp)
			print("\n")
		}
		g0.m.traceback = 0
		n = len(g0.writebuf)
		g0.writebuf = nil
	})
	startTheWorld(stw)
	return n
}
