//go:build !unix

package main

import (
	"os"
	"os/exec"
)

// forwarded are the signals that the command outlives. They reach what it runs by themselves.
var forwarded = []os.Signal{os.Interrupt}

func detach(*exec.Cmd) {}

func forward(*os.Process, os.Signal) {}

// signalNumber returns the number of an interrupt on Unix.
func signalNumber(os.Signal) int { return 2 }

// endings are the signals that end a campaign in order.
var endings = []os.Signal{os.Interrupt}
