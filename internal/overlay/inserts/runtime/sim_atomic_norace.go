//go:build ignore && !race

package runtime

type simCallers struct{}
