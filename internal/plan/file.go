package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/terrella-go/terrella/internal/wholefile"
)

// Schema is the version of failure files that this package reads and writes.
const Schema = 1

// A File is a failure as it is kept: what is needed to see it again, and what a reader wants to know. Edited by
// hand it still runs; what is needed are the schema, the test and the seed.
type File struct {
	Schema   int    `json:"schema"`
	Test     string `json:"test"`
	Package  string `json:"package,omitempty"`
	Property string `json:"property"`
	Message  string `json:"message,omitempty"`
	Story    string `json:"story,omitempty"`
	Found    Found  `json:"found"`
	Site     Site   `json:"site"`
	Plan     Plan   `json:"plan"`
	// Versions tell what the failure was found with.
	Versions Versions `json:"versions"`
	// Shrunk tells how the plan came about, Original is the plan that it came from.
	Shrunk   *Shrunk   `json:"shrunk,omitempty"`
	Original *Original `json:"original,omitempty"`
}

// A Plan is a case as a file has it.
type Plan struct {
	Seed     Number `json:"seed"`
	Luck     Number `json:"luck,omitempty"`
	Schedule string `json:"schedule,omitempty"` // "fifo" or nothing
	// Redraw, if it is not 0, draws the schedule anew from step RedrawFrom on.
	Redraw     Number `json:"redraw,omitempty"`
	RedrawFrom uint64 `json:"redraw_from,omitempty"`
	// Faults are the lines of the plan; without them they are drawn from the seed.
	Faults *[]string `json:"faults,omitempty"`
	// Operations are what the clients do; without them they are drawn from the seed.
	Operations *[]Operation `json:"operations,omitempty"`
}

// An Operation is an Op as a file has it.
type Operation struct {
	Client string      `json:"client"`
	N      int         `json:"n"`
	At     Duration    `json:"at"`
	Draws  []DrawnText `json:"draws,omitempty"`
}

// DrawnText is a Draw as a file has it. A value in JSON is used as it stands.
type DrawnText struct {
	Label string          `json:"label"`
	Index int             `json:"index,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
	Text  string          `json:"text,omitempty"`
}

// Found tells where in the run the failure was, and by which hashes to know the run again.
type Found struct {
	Step     uint64   `json:"step"`
	Time     Duration `json:"time"`
	Node     string   `json:"node,omitempty"`
	Schedule Number   `json:"schedule_hash"`
	Events   Number   `json:"event_hash"`
}

// A Site is the place in the program where a failure was found.
type Site struct {
	Func string `json:"func,omitempty"`
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}

// Versions are those of all that a run depends on.
type Versions struct {
	Go       string `json:"go"`
	Module   string `json:"module,omitempty"`
	Terrella string `json:"terrella,omitempty"`
	Random   string `json:"random"` // the algorithm from seeds to numbers
	// Race tells that the tests were built with the race detector. It sees more, and has scheduling points of its own: without it the run is another.
	Race bool `json:"race,omitempty"`
}

// Shrunk tells how large the plan was, and what making it smaller took.
type Shrunk struct {
	Faults     [2]int `json:"faults"`     // before and after
	Operations [2]int `json:"operations"` // before and after
	Runs       int    `json:"runs"`
	Finished   bool   `json:"finished"` // nothing smaller was found, as opposed to: the budget was used up
}

// Original is the failure as it was found.
type Original struct {
	Message string `json:"message,omitempty"`
	Found   Found  `json:"found"`
	Plan    Plan   `json:"plan"`
}

// A Number is a seed or a hash, written in hexadecimal.
type Number uint64

// MarshalText returns the number in hexadecimal.
func (n Number) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "0x%x", uint64(n)), nil }

// UnmarshalText reads a number, hexadecimal after 0x.
func (n *Number) UnmarshalText(text []byte) error {
	v, err := strconv.ParseUint(string(text), 0, 64)
	if err != nil {
		return fmt.Errorf("%q is no number such as 0x5eed", text)
	}
	*n = Number(v)
	return nil
}

// A Duration is a time, written like 3.2s.
type Duration time.Duration

// MarshalText returns the time as time.Duration prints it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads a time.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// PlanOf returns a case as a file has it.
func PlanOf(c Case) Plan {
	p := Plan{Seed: Number(c.Seed), Luck: Number(c.Luck), Redraw: Number(c.Redraw), RedrawFrom: c.RedrawFrom}
	if c.FIFO {
		p.Schedule = "fifo"
	}
	if c.Given {
		lines := Texts(c.Faults)
		p.Faults = &lines
	}
	if c.Chosen {
		ops := make([]Operation, 0, len(c.Ops))
		for _, op := range c.Ops {
			o := Operation{Client: op.Node, N: op.N, At: Duration(op.At)}
			for _, d := range op.Draws {
				o.Draws = append(o.Draws, DrawnText{d.Label, d.Index, d.Value, d.Text})
			}
			ops = append(ops, o)
		}
		p.Operations = &ops
	}
	return p
}

// Case returns what a file's plan says.
func (p *Plan) Case() (Case, error) {
	c := Case{Seed: uint64(p.Seed), Luck: uint64(p.Luck), Redraw: uint64(p.Redraw), RedrawFrom: p.RedrawFrom}
	switch p.Schedule {
	case "", "random":
	case "fifo":
		c.FIFO = true
	default:
		return c, fmt.Errorf("plan.schedule is %q; want \"fifo\" or \"random\"", p.Schedule)
	}
	if p.Faults != nil {
		faults, err := ParseAll(*p.Faults)
		if err != nil {
			return c, fmt.Errorf("plan.faults: %w", err)
		}
		c.Given, c.Faults = true, faults
	}
	if p.Operations != nil {
		c.Chosen = true
		for i, o := range *p.Operations {
			if o.Client == "" || o.N < 0 || o.At < 0 {
				return c, fmt.Errorf("plan.operations[%d] wants a client, and n and at not below 0", i)
			}
			op := Op{Node: o.Client, N: o.N, At: time.Duration(o.At)}
			for _, d := range o.Draws {
				op.Draws = append(op.Draws, Draw{Label: d.Label, Index: d.Index, Value: compact(d.Value), Fixed: len(d.Value) > 0, Text: d.Text})
			}
			c.Ops = append(c.Ops, op)
		}
		c.SortOps()
	}
	return c, nil
}

// compact returns a value without the spaces that the file has in it.
func compact(value json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if len(value) == 0 || json.Compact(&b, value) != nil {
		return value
	}
	return b.Bytes()
}

// ReadFile reads a failure file. An error says what is wrong with it and what to do; errors of the file system are
// those of package os to errors.Is.
func ReadFile(name string) (*File, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	f, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, nil
}

// Decode reads a failure file's contents.
func Decode(data []byte) (*File, error) {
	var head struct {
		Schema *int `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("is no failure file, or only a part of one: %w", explain(data, err))
	}
	switch {
	case head.Schema == nil:
		return nil, errors.New(`is no failure file: it has no "schema"`)
	case *head.Schema != Schema:
		return nil, fmt.Errorf("has schema %d, and this version of Terrella reads schema %d: use the version that wrote it", *head.Schema, Schema)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	f := new(File)
	if err := d.Decode(f); err != nil {
		return nil, fmt.Errorf("is no failure file: %w", explain(data, err))
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("has something after its end")
	}
	if f.Test == "" {
		return nil, errors.New(`does not say which "test" failed`)
	}
	if _, err := f.Plan.Case(); err != nil {
		return nil, err
	}
	return f, nil
}

// explain adds the line to an error of package json.
func explain(data []byte, err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("line %d: %w", 1+bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n")), err)
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("line %d: %q: want %v, not %s", 1+bytes.Count(data[:min(int(kind.Offset), len(data))], []byte("\n")), kind.Field, kind.Type, kind.Value)
	}
	return err
}

// Encode returns the contents of a failure file.
func (f *File) Encode() ([]byte, error) {
	f.Schema = Schema
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(f); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// WriteFile writes a failure file as a whole or not at all, making its folder if need be.
func (f *File) WriteFile(name string) error {
	data, err := f.Encode()
	if err != nil {
		return err
	}
	return wholefile.Write(name, data, 0o644)
}

// FileName returns the name of a failure's file within its folder: of the property and the seed.
func (f *File) FileName() string {
	slug := strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, f.Property), "-")
	for strings.Contains(slug, "--") {
		slug = strings.ReplaceAll(slug, "--", "-")
	}
	if len(slug) > 48 {
		slug = strings.Trim(slug[:48], "-")
	}
	if slug == "" {
		slug = "failure"
	}
	return fmt.Sprintf("%s-%x.json", slug, uint64(f.Plan.Seed))
}
