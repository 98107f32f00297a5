//go:build !unix

package hashiraft

import (
	"runtime/metrics"
	"time"
)

// cpuTime returns the time that the process has used of all processors, as the runtime estimates it.
func cpuTime() time.Duration {
	s := []metrics.Sample{{Name: "/cpu/classes/total:cpu-seconds"}, {Name: "/cpu/classes/idle:cpu-seconds"}}
	metrics.Read(s)
	return time.Duration((s[0].Value.Float64() - s[1].Value.Float64()) * float64(time.Second))
}
