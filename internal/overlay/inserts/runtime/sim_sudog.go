//go:build ignore && go1.26

package runtime

import "unsafe"

// simElem returns the semaphore or condition that sg waits for.
func simElem(sg *sudog) unsafe.Pointer { return sg.elem.get() }

// simChan returns the channel that sg waits for, nil if it is none.
func simChan(sg *sudog) *hchan { return sg.c.get() }

// simForget leaves sg to the collector: the caches of sudogs belong to whoever waited.
func simForget(sg *sudog) {
	sg.g = nil
	sg.elem.set(nil)
	sg.c.set(nil)
}
