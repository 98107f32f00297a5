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

// ranSchema is the version of files that tell which tests ran.
const ranSchema = 1

// ranFile is the form of such a file.
type ranFile struct {
	Schema int   `json:"schema"`
	Ran    []Ran `json:"ran"`
}

// WriteRan writes which tests ran, as a whole or not at all.
func WriteRan(name string, ran []Ran) error {
	data, err := json.MarshalIndent(ranFile{ranSchema, SumRan(ran)}, "", "  ")
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

// ReadRan reads which tests ran: from a file that WriteRan has written, or from what go test -json has printed.
func ReadRan(name string) ([]Ran, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	ran, err := decodeRan(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return ran, nil
}

func decodeRan(data []byte) ([]Ran, error) {
	var f struct {
		Schema *int
		Ran    []Ran
	}
	if json.Unmarshal(data, &f) == nil && f.Schema != nil {
		if *f.Schema != ranSchema {
			return nil, fmt.Errorf("has schema %d, and this version of Terrella reads schema %d: use the version that wrote it", *f.Schema, ranSchema)
		}
		for i, r := range f.Ran {
			if r.Test == "" || r.Seeds < 0 {
				return nil, fmt.Errorf("ran[%d] wants a test, and seeds not below 0", i)
			}
		}
		return SumRan(f.Ran), nil
	}
	return ranOf(bytes.NewReader(data))
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
		return nil, errors.New("holds neither what a campaign has run nor what go test -json prints")
	}
	return SumRan(ran), nil
}
