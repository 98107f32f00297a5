package main

import "testing"

// What --nats needs is told before anything is built.
func TestNatsProgramIsMissing(t *testing.T) {
	call{args: []string{"fuzz", "--nats", "nats://127.0.0.1:4222", "./nothing"}}.run(t).want(t, 3,
		"--nats needs the program terrella-nats, and it is neither in PATH nor beside", "go build -o DIR ./terrella-nats")
	call{args: []string{"fuzz", "--nats", "embedded", "--shard", "1/2"}}.run(t).want(t, 2, "two ways to divide worlds")
}
