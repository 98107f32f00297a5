//go:build unix

package simnet

import (
	"syscall"
	"testing"
)

// measureCPU reports the processor time of f, of all threads and in the
// kernel too: real sockets spend most of theirs there.
func measureCPU(b *testing.B, f func()) {
	b.Helper()
	b.ReportAllocs()
	b.ResetTimer()
	begun := processorTime()
	f()
	b.ReportMetric(float64(processorTime()-begun)/float64(b.N), "cpu-ns/op")
}

func processorTime() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
