package plan

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docs/faults.md has a row for each kind, whose example is read back as it is written and whose columns say what is so.
func TestDocumentedKinds(t *testing.T) {
	page, err := os.ReadFile("../../docs/faults.md")
	if err != nil {
		t.Fatal(err)
	}
	harms := map[Harm]string{Annoys: "", Downs: "down", Cuts: "cut", Damages: "damage"}
	row := regexp.MustCompile("(?m)^\\| `(.*?)` \\| .* \\| (.*?) ?\\| (?:`(.*?)`)? ?\\|$")
	var documented []string
	for _, m := range row.FindAllStringSubmatch(string(page), -1) {
		text, harm, weaker := strings.ReplaceAll(m[1], `\|`, "|"), m[2], m[3]
		f, err := Parse(text)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := f.String(); got != text {
			t.Errorf("%q prints as %q", text, got)
		}
		k := f.Spec()
		if harm != harms[k.Harm] || weaker != k.Weaker {
			t.Errorf("%s: harm %q and weaker %q; want %q and %q", k.Name, harm, weaker, harms[k.Harm], k.Weaker)
		}
		documented = append(documented, k.Name)
	}
	var all []string
	for _, k := range kinds {
		all = append(all, k.Name)
	}
	if !slices.Equal(documented, all) {
		t.Errorf("the page has %v; want %v", documented, all)
	}
	for _, e := range Events {
		if !strings.Contains(string(page), "`"+e+"`") {
			t.Errorf("the page does not have the event %s", e)
		}
	}
}
