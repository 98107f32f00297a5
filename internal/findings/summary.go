package findings

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"

	"github.com/terrella-go/terrella/internal/wholefile"
)

// Ran tells that a test was run with new seeds. A bucket is resolved only by tests that ran.
type Ran struct {
	Package string `json:"package"`
	Test    string `json:"test"`
	Seeds   int    `json:"seeds"`
}

// SummaryName is the name of the file that a campaign leaves in its folder, beside the failure files.
const SummaryName = "campaign.json"

// summarySchema is the version of such files.
const summarySchema = 1

// A Summary is what a campaign tells beside its failure files: which tests ran, and the findings that have no failure file, such as
// two runs of a seed that differ.
type Summary struct {
	Schema   int        `json:"schema"`
	Ran      []Ran      `json:"ran"`
	Findings []*Finding `json:"findings,omitempty"`
	// Counted are failures beside these and those that have a file: how many there were is all that is known.
	Counted []Counted `json:"counted,omitempty"`
}

// Counted tells of failures that belong to a bucket and of which nothing else is kept.
type Counted struct {
	Key      string `json:"bucket"` // Key.Text
	Failures int    `json:"failures"`
}

// Write writes the summary as a whole or not at all.
func (s *Summary) Write(name string) error {
	s.Schema, s.Ran = summarySchema, SumRan(s.Ran)
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return wholefile.Write(name, append(data, '\n'), 0o644)
}

// SumRan returns each test once, with the sum of its seeds, in order.
func SumRan(ran []Ran) []Ran {
	sums := make(map[Ran]int)
	for _, r := range ran {
		sums[Ran{Package: r.Package, Test: r.Test}] += r.Seeds
	}
	out := make([]Ran, 0, len(sums))
	for r, seeds := range sums {
		r.Seeds = seeds
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Ran) int { return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Test, b.Test)) })
	return out
}

// ReadSummary reads a file that Write has written, or what go test -json has printed, from which it takes which tests ran.
func ReadSummary(name string) (*Summary, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	s, err := decodeSummary(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

func decodeSummary(data []byte) (*Summary, error) {
	var head struct{ Schema *int }
	if json.Unmarshal(data, &head) != nil || head.Schema == nil {
		ran, err := ranOf(bytes.NewReader(data))
		return &Summary{Schema: summarySchema, Ran: ran}, err
	}
	s := new(Summary)
	if err := decode(data, "summary of a campaign", summarySchema, s); err != nil {
		return nil, err
	}
	for i, r := range s.Ran {
		if r.Test == "" || r.Seeds < 0 {
			return nil, fmt.Errorf("ran[%d] wants a test, and seeds not below 0", i)
		}
	}
	for i, f := range s.Findings {
		if f == nil {
			return nil, fmt.Errorf("findings[%d] is nothing", i)
		}
		if err := f.check(); err != nil {
			return nil, fmt.Errorf("findings[%d]: %w", i, err)
		}
	}
	for i, c := range s.Counted {
		if c.Key == "" || c.Failures < 0 {
			return nil, fmt.Errorf("counted[%d] wants a bucket, and failures not below 0", i)
		}
	}
	s.Ran = SumRan(s.Ran)
	return s, nil
}

// summaryLine matches what package sim prints at the end of a test, and failedLine what it prints when a seed fails.
var (
	summaryLine = regexp.MustCompile(`^\s*(?:\S+\.go:\d+: )?sim: (\S+): (\d+) seeds?, \d+ steps?, `)
	failedLine  = regexp.MustCompile(`^\s*(?:\S+\.go:\d+: )?sim: (\S+) failed at seed 0x[0-9a-f]+ \((\d+) of \d+\)`)
)

// ranOf reads what go test -json has printed.
func ranOf(r io.Reader) ([]Ran, error) {
	var ran []Ran
	events, n := 0, 0
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			n++
			var event struct{ Action, Package, Output string }
			if json.Unmarshal(line, &event) == nil && event.Action != "" {
				events++
				for _, pattern := range []*regexp.Regexp{summaryLine, failedLine} {
					if m := pattern.FindStringSubmatch(event.Output); m != nil {
						seeds, err := strconv.Atoi(m[2])
						if err != nil {
							return nil, err
						}
						ran = append(ran, Ran{event.Package, m[1], seeds})
					}
				}
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if events == 0 && n > 0 {
		return nil, errors.New("holds neither the summary of a campaign nor what go test -json prints")
	}
	return SumRan(ran), nil
}
