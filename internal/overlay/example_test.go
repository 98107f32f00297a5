package overlay_test

import (
	"fmt"

	"github.com/terrella-go/terrella/internal/overlay"
)

func Example() {
	tc, err := overlay.Find(".")
	if err != nil {
		fmt.Println(err)
		return
	}
	o, err := overlay.Make(tc)
	if err != nil {
		fmt.Println(err)
		return
	}
	// go build -overlay=o.File -tags=terrella
	fmt.Println(o.File != "", overlay.Tag)
	// Output: true terrella
}
