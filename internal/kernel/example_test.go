package kernel_test

import (
	"fmt"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
)

func ExampleRun() {
	r := kernel.Run(kernel.Config{Seed: 7}, func() {
		done := make(chan bool)
		go func() {
			time.Sleep(time.Hour)
			close(done)
		}()
		<-done
	})
	fmt.Println(r.Outcome, "after", r.Elapsed)
	// Output: done after 1h0m0s
}
