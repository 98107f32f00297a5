//go:build !planted

package planted

const tagged = false
