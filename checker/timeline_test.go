package checker

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// The page holds all operations, and as linearized those of the order that is given, however many others there are.
func TestTimeline(t *testing.T) {
	ops := []TimelineOp{
		{Client: 0, Text: "write(1) -> ok", Call: 1, Return: 4},
		{Client: 1, Text: "write(2) -> unknown", Call: 2, Return: -1},
		{Client: 0, Text: "read() -> 2", Call: 5, Return: 6},
		{Client: 0, Text: "read() -> 7", Call: 7, Return: 8},
	}
	for name, tt := range map[string]struct {
		order []int
		legal bool
	}{"part": {[]int{1, 0, 2}, false}, "all": {[]int{0, 1, 2, 3}, true}} {
		var b bytes.Buffer
		if err := WriteTimeline(&b, ops, tt.order); err != nil {
			t.Fatal(err)
		}
		page := strings.ReplaceAll(b.String(), `\u003e`, ">")
		for _, op := range ops {
			if !strings.Contains(page, op.Text) {
				t.Errorf("%s: %q is not on the page", name, op.Text)
			}
		}
		longest := 0
		for _, m := range regexp.MustCompile(`"PartialLinearizations":\[(\[.*?\])\]`).FindAllStringSubmatch(page, -1) {
			longest = max(longest, strings.Count(m[1], `"Index"`))
		}
		if longest != len(tt.order) {
			t.Errorf("%s: %d operations are shown as linearized; want %d", name, longest, len(tt.order))
		}
	}
}
