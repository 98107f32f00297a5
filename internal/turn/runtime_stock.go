//go:build !terrella

package turn

func hold()    {}
func release() {}

func apart() (group uint32) { return 0 }
func together(group uint32) {}
