package shell

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// A shell reads back what was quoted.
func TestQuote(t *testing.T) {
	for _, word := range []string{"", "plain/word-1.json", "two words", "it's", `a 'b' $c "d"`, "`x`", "a\nb", "^TestX$", "{a,b}", "~", "#", "a;b&c|d<e>f", `\`} {
		quoted := Quote(word)
		out, err := exec.Command("sh", "-c", "printf %s "+quoted).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q is quoted as %s, which a shell reads as %q (%v)", word, quoted, out, err)
		}
	}
	if got := Quote("plain/word-1.json"); got != "plain/word-1.json" {
		t.Errorf("quoted for no reason: %s", got)
	}
}

// The pattern selects the test, and no other, by the rules of go test.
func TestRunPattern(t *testing.T) {
	for _, test := range []string{"TestX", "TestX/a+b", "TestX/(1)_[2]", `TestX/it's_$5`} {
		patterns, names := strings.Split(RunPattern(test), "/"), strings.Split(test, "/")
		for i, p := range patterns {
			re := regexp.MustCompile(p)
			if !re.MatchString(names[i]) || re.MatchString(names[i]+"x") || re.MatchString("x"+names[i]) {
				t.Errorf("%s: %s for %s", test, p, names[i])
			}
		}
	}
}
