package findings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/wholefile"
)

// RecordSchema is the version of records that this package reads and writes.
const RecordSchema = 1

// A State is how a bucket stands after the last run that could tell.
type State string

// The states. All but resolved are open.
const (
	New       State = "new"       // seen by the last run, and by none before
	Ongoing   State = "ongoing"   // known before, and not resolved
	Regressed State = "regressed" // resolved, and seen again by the last run
	Resolved  State = "resolved"
)

// A Record is what is known of all buckets across runs. It is kept in one file.
type Record struct {
	Schema int `json:"schema"`
	// Last is the run that was entered last.
	Last string `json:"last_run,omitempty"`
	// Entries are in the order of their keys.
	Entries []*Entry `json:"buckets"`
}

// An Entry is what a record knows of one bucket.
type Entry struct {
	ID       string    `json:"id"`
	Key      string    `json:"key"`
	Kind     Kind      `json:"kind"`
	Package  string    `json:"package"`
	Test     string    `json:"test"`
	Property string    `json:"property,omitempty"`
	Site     plan.Site `json:"site"`
	Path     string    `json:"path,omitempty"`
	// First is the run that saw it first.
	First string `json:"first_seen"`
	Status
	// Before is the status before the last run, absent if that has not changed it or has made the entry.
	Before *Status `json:"before,omitempty"`
}

// A Status is what runs change of an entry.
type Status struct {
	State State `json:"state"`
	// Seen is the run that saw it last, and Resolved the one that resolved it.
	Seen     string `json:"last_seen"`
	Resolved string `json:"resolved,omitempty"`
	// Count is how many findings of new seeds there were, and at least 1, since it was first seen, or came back, and Seeds how many seeds of the test
	// were run for them; 0 if nobody has told.
	Count int `json:"count"`
	Seeds int `json:"seeds,omitempty"`
	// Quiet is how many seeds of the test were run since without it, its kept failure passing.
	Quiet int `json:"quiet,omitempty"`
	// Smallest is the smallest failure, and Failure the contents of its file.
	Smallest *Finding        `json:"smallest,omitempty"`
	Failure  json.RawMessage `json:"failure,omitempty"`
}

// Open reports whether the bucket is not resolved.
func (s *Status) Open() bool { return s.State != Resolved }

// usualSeeds is how many quiet seeds resolve a bucket of which it isn't known how often it is found.
const usualSeeds = 1000

// Enough returns how many quiet seeds, with the kept failure passing, resolve the bucket: so many that a failure as frequent as this one
// was would show with a probability of 95 % (the rule of three).
func (s *Status) Enough() int {
	if s.Seeds == 0 || s.Count == 0 {
		return usualSeeds
	}
	return max(1, (3*s.Seeds+s.Count-1)/s.Count)
}

// largestFailure is how many bytes a failure file may have to be kept in a record.
const largestFailure = 256 << 10

// ReadRecord reads a record. Without the file it is empty. An error says what is wrong with the file; it must then not
// be written over.
func ReadRecord(name string) (*Record, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return &Record{Schema: RecordSchema}, nil
	}
	if err != nil {
		return nil, err
	}
	r, err := decodeRecord(data)
	if err != nil {
		return nil, fmt.Errorf("%s %w. It is left as it is: move it away to begin a new one", name, err)
	}
	return r, nil
}

func decodeRecord(data []byte) (*Record, error) {
	r := new(Record)
	if err := decode(data, "record of findings", RecordSchema, r); err != nil {
		return nil, err
	}
	for i, e := range r.Entries {
		if err := e.check(); err != nil {
			return nil, fmt.Errorf("is no record of findings: buckets[%d]: %w", i, err)
		}
		if i > 0 && strings.Compare(r.Entries[i-1].Key, e.Key) >= 0 {
			return nil, fmt.Errorf("is no record of findings: buckets[%d]: the key %q stands twice or out of order", i, e.Key)
		}
	}
	return r, nil
}

// decode reads a file of the schema that this version writes.
func decode(data []byte, what string, schema int, to any) error {
	var head struct {
		Schema *int `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return fmt.Errorf("is no %s, or only a part of one: %w", what, err)
	}
	switch {
	case head.Schema == nil:
		return fmt.Errorf(`is no %s: it has no "schema"`, what)
	case *head.Schema != schema:
		return fmt.Errorf("has schema %d, and this version of Terrella reads schema %d: use the version that wrote it", *head.Schema, schema)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return fmt.Errorf("is no %s: %w", what, err)
	}
	return nil
}

func (e *Entry) check() error {
	switch {
	case e == nil || e.ID == "" || e.Key == "" || e.Test == "":
		return errors.New("wants an id, a key and a test")
	case !slices.Contains([]State{New, Ongoing, Regressed, Resolved}, e.State):
		return fmt.Errorf("the state %q is none", e.State)
	case e.Count < 0 || e.Seeds < 0 || e.Quiet < 0:
		return errors.New("counts can't be below 0")
	}
	return nil
}

// Write writes the record as a whole or not at all.
func (r *Record) Write(name string) error {
	r.Schema = RecordSchema
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if r.Entries == nil {
		r.Entries = []*Entry{}
	}
	if err := e.Encode(r); err != nil {
		return err
	}
	return wholefile.Write(name, b.Bytes(), 0o644)
}

// A Run is what one run found out.
type Run struct {
	// ID names the run: a commit, or what the CI system calls it. A run that is entered again under the id of the one
	// entered last takes its place.
	ID string
	// Found is what it found; nil is nothing.
	Found *Set
	// Ran are the tests that were run with new seeds.
	Ran []Ran
	// Passes holds the ids of buckets whose kept failure was replayed and passes.
	Passes map[string]bool
}

// Update enters a run. A bucket that it did not see is resolved if its kept failure passes and its test was run with enough seeds
// without it, in this run or in several in each of which the failure passed.
func (r *Record) Update(run Run) error {
	if run.ID == "" {
		return errors.New("a run needs an id")
	}
	if run.ID == r.Last {
		r.undo()
	} else {
		for _, e := range r.Entries {
			e.Before = nil
		}
	}
	r.Last = run.ID
	found := run.Found
	if found == nil {
		found = new(Set)
	}
	for _, b := range found.Buckets() {
		r.enter(b, run)
	}
	for _, e := range r.Entries {
		if found.buckets[e.Key] == nil {
			e.missed(run)
		}
	}
	return nil
}

// undo takes the last run out again.
func (r *Record) undo() {
	r.Entries = slices.DeleteFunc(r.Entries, func(e *Entry) bool { return e.First == r.Last && e.Before == nil })
	for _, e := range r.Entries {
		if e.Before != nil {
			e.Status, e.Before = *e.Before, nil
		}
	}
}

// enter enters a bucket that a run has seen.
func (r *Record) enter(b *Bucket, run Run) {
	at, known := slices.BinarySearchFunc(r.Entries, b.Key.Text, func(e *Entry, key string) int { return strings.Compare(e.Key, key) })
	smallest := b.Smallest[0]
	if !known {
		e := &Entry{ID: b.Key.ID, Key: b.Key.Text, Kind: smallest.Kind, Package: smallest.Package, Test: smallest.Test, Property: smallest.Property, First: run.ID}
		e.State = New
		r.Entries = slices.Insert(r.Entries, at, e)
	}
	e := r.Entries[at]
	e.Site = smallest.Site
	if smallest.Path != "" {
		e.Path = smallest.Path
	}
	if known {
		before := e.Status
		e.Before = &before
		if e.State == Resolved {
			e.State, e.Resolved, e.Count, e.Seeds, e.Quiet = Regressed, "", 0, 0, 0
		} else {
			e.State = Ongoing
		}
	}
	e.Seeds += e.Quiet + run.seeds(e)
	e.Quiet = 0
	e.Count += b.Fresh
	if e.Count == 0 {
		e.Count = 1
	}
	e.Seen = run.ID
	if e.Smallest == nil || e.Before != nil && e.Before.State == Resolved || compare(smallest, e.Smallest) < 0 {
		e.Smallest, e.Failure = smallest, contents(smallest.File)
	}
}

// contents returns a failure file for the record; nothing if there is none or it is too large.
func contents(name string) json.RawMessage {
	if name == "" {
		return nil
	}
	data, err := os.ReadFile(name)
	if err != nil || len(data) > largestFailure || !json.Valid(data) {
		return nil
	}
	return data
}

// missed enters a run that has not seen the bucket.
func (e *Entry) missed(run Run) {
	if e.State == Resolved {
		return
	}
	before := e.Status
	seeds := run.seeds(e)
	passes := e.Smallest == nil || e.Smallest.File == "" || run.Passes[e.ID]
	switch {
	case passes:
		e.Quiet += seeds
	default:
		e.Seeds += e.Quiet + seeds // they might have found it
		e.Quiet = 0
	}
	if e.State != Ongoing {
		e.State = Ongoing
	}
	if passes && seeds > 0 && e.Quiet >= e.Enough() {
		e.State, e.Resolved = Resolved, run.ID
	}
	e.Before = &before
}

// seeds returns with how many seeds a run has run the entry's test.
func (run *Run) seeds(e *Entry) int {
	n := 0
	for _, r := range run.Ran {
		if r.Package == e.Package && r.Test == e.Test {
			n += r.Seeds
		}
	}
	return n
}

// Open returns the entries that are not resolved.
func (r *Record) Open() []*Entry {
	return slices.DeleteFunc(slices.Clone(r.Entries), func(e *Entry) bool { return !e.Open() })
}

// Entry returns the entry of a bucket, or nil.
func (r *Record) Entry(key Key) *Entry {
	for _, e := range r.Entries {
		if e.Key == key.Text {
			return e
		}
	}
	return nil
}
