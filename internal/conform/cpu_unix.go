//go:build unix

package conform

import (
	"syscall"
	"testing"
)

// MeasureCPU reports the processor time of f by b.N, of all threads and in the kernel too: real
// sockets spend most of theirs there.
func MeasureCPU(b *testing.B, f func()) {
	b.Helper()
	b.ReportAllocs()
	b.ResetTimer()
	begun := processorTime(b)
	f()
	b.ReportMetric(float64(processorTime(b)-begun)/float64(b.N), "cpu-ns/op")
}

func processorTime(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
