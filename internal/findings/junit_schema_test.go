package findings

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A junitElement is what the common schema says of an element: that of Ant's JUnit task as Jenkins, GitLab and Azure Pipelines read it.
type junitElement struct {
	required, optional []string // attributes
	numbers            []string // attributes that count
	children           []string // in this order, each as often as it likes
	text               bool
}

var junitSchema = map[string]junitElement{
	"testsuites": {optional: []string{"name", "tests", "failures", "errors", "disabled", "time"}, numbers: []string{"tests", "failures", "errors"},
		children: []string{"testsuite"}},
	"testsuite": {required: []string{"name", "tests"}, optional: []string{"failures", "errors", "skipped", "disabled", "time", "timestamp", "hostname", "id", "package", "file"},
		numbers: []string{"tests", "failures", "errors", "skipped"}, children: []string{"properties", "testcase", "system-out", "system-err"}},
	"testcase": {required: []string{"name", "classname"}, optional: []string{"time", "status", "assertions", "file", "line"}, numbers: []string{"line"},
		children: []string{"skipped", "error", "failure", "system-out", "system-err"}},
	"failure":    {required: []string{"type"}, optional: []string{"message"}, text: true},
	"error":      {required: []string{"type"}, optional: []string{"message"}, text: true},
	"system-out": {text: true},
}

// junitProblems returns what in a document is not as the schema has it.
func junitProblems(data []byte) (problems []string) {
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	type open struct {
		name string
		last int // place of the last child among those allowed
	}
	var path []open
	for d := xml.NewDecoder(bytes.NewReader(data)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return problems
		}
		if err != nil {
			return append(problems, err.Error())
		}
		switch x := token.(type) {
		case xml.StartElement:
			name := x.Name.Local
			if len(path) == 0 && name != "testsuites" {
				bad("the root is %s", name)
			} else if len(path) > 0 {
				in := &path[len(path)-1]
				at := slices.Index(junitSchema[in.name].children, name)
				if at < in.last {
					bad("%s in %s, out of order or not allowed", name, in.name)
				}
				in.last = max(at, in.last)
			}
			s := junitSchema[name]
			have := make(map[string]bool)
			for _, a := range x.Attr {
				have[a.Name.Local] = true
				if !slices.Contains(append(s.required, s.optional...), a.Name.Local) {
					bad("%s has an attribute %s", name, a.Name.Local)
				}
				if n, err := strconv.Atoi(a.Value); slices.Contains(s.numbers, a.Name.Local) && (err != nil || n < 0) {
					bad("%s of %s is %q", a.Name.Local, name, a.Value)
				}
			}
			for _, a := range s.required {
				if !have[a] {
					bad("%s has no attribute %s", name, a)
				}
			}
			path = append(path, open{name, 0})
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			if len(path) > 0 && len(bytes.TrimSpace(x)) > 0 && !junitSchema[path[len(path)-1].name].text {
				bad("text in %s", path[len(path)-1].name)
			}
		}
	}
}

func TestJUnitSchema(t *testing.T) {
	var b bytes.Buffer
	if err := example(t, true).WriteJUnit(&b); err != nil {
		t.Fatal(err)
	}
	for _, p := range junitProblems(b.Bytes()) {
		t.Error(p)
	}
	for _, flaw := range [][3]string{
		{"testsuites", "suites", "the root is suites"},
		{` classname="example.com/queue"`, "", "testcase has no attribute classname"},
		{` type="nondeterminism"`, "", "error has no attribute type"},
		{`tests="1"`, `tests="one"`, `tests of testsuite is "one"`},
		{"</testcase>\n  </testsuite>", "</testcase><case></case>\n  </testsuite>", "case in testsuite"},
		{`skipped="0"`, `skips="0"`, "testsuite has an attribute skips"},
		{"<system-out>", "<system-out></system-out><failure type=\"x\"></failure><system-out>", "failure in testcase, out of order"},
		{"<testsuite name", "text<testsuite name", "text in testsuites"},
	} {
		n := 1
		if flaw[0] == "testsuites" { // its end too
			n = -1
		}
		broken := strings.Replace(b.String(), flaw[0], flaw[1], n)
		if got := strings.Join(junitProblems([]byte(broken)), "\n"); !strings.Contains(got, flaw[2]) {
			t.Errorf("%q for %q: want %q, got\n%s", flaw[1], flaw[0], flaw[2], got)
		}
	}
}
