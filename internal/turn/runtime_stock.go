//go:build !terrella

package turn

func hold()    {}
func release() {}

func apart() (group uint32) { return 0 }
func together(group uint32) {}

// soonest keeps clear of a fault of Go 1.25: in a bubble of testing/synctest the Reset of a stopped timer that
// somebody waits for never returns if the timer is due at once.
const soonest = 1
