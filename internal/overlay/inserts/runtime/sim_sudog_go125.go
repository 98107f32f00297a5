//go:build ignore && !go1.26

package runtime

import "unsafe"

// The functions of sim_sudog.go for Go 1.25, whose sudogs hold plain pointers.

func simElem(sg *sudog) unsafe.Pointer { return sg.elem }

func simChan(sg *sudog) *hchan { return sg.c }

func simForget(sg *sudog) {
	sg.g = nil
	sg.elem = nil
	sg.c = nil
}
