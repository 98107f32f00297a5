//go:build !unix

package sim

// closeOnExec does nothing: processes inherit no files here that they are not given.
func closeOnExec(uintptr) {}
