package findings

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The form of JUnit XML that Jenkins, GitLab, Azure and the actions of GitHub read.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name      string      `xml:"name,attr"`
		ClassName string      `xml:"classname,attr"`
		File      string      `xml:"file,attr,omitempty"`
		Line      int         `xml:"line,attr,omitempty"`
		Failure   *junitFault `xml:"failure"`
		Error     *junitFault `xml:"error"`
		Out       string      `xml:"system-out,omitempty"`
	}
	junitFault struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes the report as JUnit XML: a suite a package, a failed case a bucket that is open, and a passed case for each test
// that ran and has none. A panic, a world that did not finish and a seed that is not the same twice are errors, as the format has it;
// the rest are failures.
func (r *Report) WriteJUnit(to io.Writer) error {
	suites := make(map[string]*junitSuite)
	failed := make(map[Ran]bool)
	suite := func(pkg string) *junitSuite {
		if suites[pkg] == nil {
			suites[pkg] = &junitSuite{Name: pkg}
		}
		suites[pkg].Tests++
		return suites[pkg]
	}
	for _, row := range r.Rows() {
		if row.State == Resolved {
			continue
		}
		f := row.Smallest
		failed[Ran{Package: f.Package, Test: f.Test}] = true
		s := suite(f.Package)
		c := junitCase{Name: clean(fmt.Sprintf("%s: %s [%s]", f.Test, f.label(), row.ID)), ClassName: clean(f.Package), File: clean(f.Path)}
		if f.Path != "" {
			c.Line = f.Site.Line
		}
		fault := &junitFault{Message: clean(cmp.Or(oneLine(f.Message), f.Title())), Type: string(f.Kind), Text: clean(row.text())}
		switch f.Kind {
		case Property, Unreached:
			c.Failure = fault
			s.Failures++
		default:
			c.Error = fault
			s.Errors++
		}
		s.Cases = append(s.Cases, c)
	}
	for _, ran := range SumRan(r.Ran) {
		if !failed[Ran{Package: ran.Package, Test: ran.Test}] {
			s := suite(ran.Package)
			s.Cases = append(s.Cases, junitCase{Name: clean(ran.Test), ClassName: clean(ran.Package), Out: count(ran.Seeds, "seed")})
		}
	}
	all := junitSuites{Name: "terrella"}
	for _, s := range suites {
		s.Name = clean(s.Name)
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
		all.Suites = append(all.Suites, *s)
	}
	slices.SortFunc(all.Suites, func(a, b junitSuite) int { return strings.Compare(a.Name, b.Name) })
	if _, err := io.WriteString(to, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(to)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(to, "\n")
	return err
}

// text returns all that is known of a row's failure.
func (row *Row) text() string {
	f := row.Smallest
	var b strings.Builder
	for _, part := range []string{f.Story, f.Message} {
		if part != "" {
			fmt.Fprintf(&b, "%s\n\n", strings.TrimSpace(clean(part)))
		}
	}
	if where := f.Where(); where != "" {
		fmt.Fprintf(&b, "found at %s\n", where)
	}
	if f.hasPlan() {
		fmt.Fprintf(&b, "faults: %s; %s\n", f.faultText(), f.Size())
	}
	if text := row.history(); text != "" {
		fmt.Fprintf(&b, "%s\n", text)
	}
	fmt.Fprintf(&b, "to see it again:\n%s\n", f.Replay())
	return b.String()
}

// clean takes out control characters, which steer terminals and most of which XML 1.0 can't hold.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return -1
		case r == '\t', r == '\n', r >= 0x20 && r < 0x7F, r > 0x9F && r <= 0xD7FF, r >= 0xE000 && r <= 0xFFFD, r >= 0x10000:
			return r
		}
		return '\uFFFD'
	}, s)
}
