package prop_test

import (
	"fmt"

	"github.com/terrella-go/terrella/sim/prop"
)

// A mark in a program: under terrella mutate the write would not be synced, and a test that cares has to fail.
func ExampleMutate() {
	fmt.Println("written")
	if !prop.Mutate("no sync") {
		fmt.Println("synced")
	}
	// Output:
	// written
	// synced
}
