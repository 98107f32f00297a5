//go:build ignore && !race

package atomic

func simPoint() {}
