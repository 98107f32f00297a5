//go:build !terrella

package turn

func hold()    {}
func release() {}
