//go:build !race

package kernel

import (
	"os"
	"syscall"
	"testing"
	"unsafe"
)

// TestBallastIsNotResident: the ballast takes no memory from the machine, and is not counted as the world's.
func TestBallastIsNotResident(t *testing.T) {
	Run(Config{Seed: 1}, func() {})
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		if ballast != nil {
			t.Error("there is a ballast, though the environment says how much garbage may lie about")
		}
		return
	}
	if len(ballast) != ballastSize {
		t.Fatalf("the ballast has %d bytes", len(ballast))
	}
	if n := residentPages(t, ballast); n > len(ballast)/os.Getpagesize()/16 {
		t.Errorf("%d pages of the ballast are resident", n)
	}
	if got := heapSize(1 << 40); got >= ballastSize {
		t.Errorf("the heap has %d bytes, which must be with the ballast", got)
	}
	touched := make([]byte, 1<<20)
	for i := range touched {
		touched[i] = 1
	}
	if n := residentPages(t, touched); n < len(touched)/os.Getpagesize()-1 {
		t.Errorf("memory that was touched has %d resident pages", n)
	}
}

// residentPages counts the pages of b, from the first that begins there, which lie in memory.
func residentPages(t *testing.T, b []byte) int {
	t.Helper()
	size := uintptr(os.Getpagesize())
	start := (uintptr(unsafe.Pointer(&b[0])) + size - 1) &^ (size - 1)
	end := (uintptr(unsafe.Pointer(&b[0])) + uintptr(len(b))) &^ (size - 1)
	pages := make([]byte, (end-start)/size)
	if _, _, err := syscall.Syscall(syscall.SYS_MINCORE, start, end-start, uintptr(unsafe.Pointer(&pages[0]))); err != 0 {
		t.Fatal("mincore:", err)
	}
	n := 0
	for _, p := range pages {
		n += int(p & 1)
	}
	return n
}
