package main

import (
	"fmt"
	"os"
	"github.com/terrella-go/terrella/internal/overlay"
)

func main() {
	tc, err := overlay.Find(".")
	if err != nil { fmt.Println(err); os.Exit(1) }
	o, err := overlay.Make(tc)
	if err != nil { fmt.Println(err); os.Exit(1) }
	fmt.Println(o.File)
}
