package overlay_test

import (
	"fmt"
	"os/exec"

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
	build := append(append([]string{"build"}, o.Flags()...), "-tags="+overlay.Tag)
	cmd := exec.Command(o.Command, append(build, "runtime")...)
	cmd.Env = append(cmd.Environ(), o.Env()...)
	out, err := cmd.CombinedOutput()
	fmt.Printf("%s%v", out, err)
	// Output: <nil>
}
