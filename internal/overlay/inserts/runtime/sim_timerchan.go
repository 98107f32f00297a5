//go:build ignore && !go1.27

package runtime

// simAsyncTimers reports whether channels of timers have a buffer, as they had up to Go 1.22. The
// setting is gone since Go 1.27.
func simAsyncTimers() bool { return debug.asynctimerchan.Load() != 0 }
