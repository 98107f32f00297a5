// Package kernel runs worlds.
package kernel
