package campaign

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/terrella-go/terrella/internal/findings"
)

// A keeper holds what was found, in memory and in a folder. Where the folder can't be written the findings
// are there all the same, to be seen again by their seeds.
type keeper struct {
	out   string
	note  func(string)
	found func(*findings.Finding)

	mu      sync.Mutex
	set     findings.Set
	work    string // folder for what is being written
	before  string // the one until there was trouble
	trouble error  // the first
}

// open makes the folder.
func (k *keeper) open() {
	if k.out == "" {
		k.work, k.trouble = os.MkdirTemp("", "terrella-fuzz-")
		return
	}
	// Beside where the files will be, so that they get there by a change of names, as a whole.
	err := os.MkdirAll(k.out, 0o777)
	work, absErr := filepath.Abs(k.out) // workers are in their packages' folders
	if err = cmp.Or(err, absErr); err == nil {
		k.work, err = os.MkdirTemp(work, ".work-")
	}
	if err != nil {
		k.fail(err)
	}
}

// close removes what was not finished.
func (k *keeper) close() {
	for _, dir := range []string{k.work, k.before} {
		if dir != "" {
			removeAll(dir)
		}
	}
}

func removeAll(dir string) {
	_ = os.RemoveAll(dir) // what can't be removed stays
}

// fail notes that something could not be kept. It is told once. What is found from then on can still be made smaller, so that
// it is told apart, elsewhere.
func (k *keeper) fail(err error) {
	k.mu.Lock()
	first := k.trouble == nil
	if first {
		k.trouble = err
		k.before = k.work // others may be writing there
		k.work, _ = os.MkdirTemp("", "terrella-fuzz-")
	}
	k.mu.Unlock()
	if first {
		k.note(fmt.Sprintf("failure files can't be kept in %s: %v. The campaign goes on; what it finds can be seen again by the seeds that are printed at its end", k.out, err))
	}
}

// troubled returns why something could not be kept.
func (k *keeper) troubled() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.trouble
}

// scratch makes a folder for one failure.
func (k *keeper) scratch() (string, error) {
	k.mu.Lock()
	work := k.work
	k.mu.Unlock()
	if work == "" {
		return "", os.ErrNotExist
	}
	dir, err := os.MkdirTemp(work, "failure-")
	if err != nil {
		k.fail(err)
	}
	return dir, err
}

// move puts a failure file and what belongs to it where they stay, and returns the finding. It returns nil if the file can't be read.
func (k *keeper) move(file, trace, page string) *findings.Finding {
	f, err := findings.Read(file)
	if err != nil {
		k.fail(err)
		return nil
	}
	f.File, f.Trace, f.Picture = "", "", ""
	k.mu.Lock()
	kept := k.out != "" && k.trouble == nil
	k.mu.Unlock()
	if !kept {
		return f
	}
	base, err := k.place(filepath.Join(k.out, f.Key().ID), strings.TrimSuffix(filepath.Base(file), ".json"))
	if err != nil {
		k.fail(err)
		return f
	}
	// The failure file comes last: where it is, the others are.
	for _, m := range []struct {
		from, to string
		name     *string
	}{{page, base + ".html", &f.Picture}, {trace, base + ".trace", &f.Trace}, {file, base + ".json", &f.File}} {
		if err := os.Rename(m.from, m.to); err != nil {
			k.fail(err)
			continue
		}
		*m.name = m.to
	}
	return f
}

// place returns the name, without an extension, of files that are not there yet.
func (k *keeper) place(dir, stem string) (string, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		base := filepath.Join(dir, stem)
		if n > 1 {
			base += fmt.Sprintf("-%d", n)
		}
		if _, err := os.Lstat(base + ".json"); err != nil {
			return base, nil
		}
	}
}

// add adds a finding, and tells of it if it is kept. It reports whether its bucket is new.
func (k *keeper) add(f *findings.Finding) (first bool) {
	kept, first := k.put(f)
	if kept && k.found != nil {
		k.found(f)
	}
	return first
}

// put adds a finding, and removes the files of those that its bucket does not keep for it. It reports whether it is kept itself, and
// whether its bucket is new.
func (k *keeper) put(f *findings.Finding) (kept, first bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	before := k.bucket(f)
	if _, err := k.set.Add(f); err != nil {
		panic(err) // it is ours
	}
	after := k.bucket(f)
	for _, was := range append(before, f) {
		if !slices.Contains(after, was) {
			for _, name := range []string{was.File, was.Trace, was.Picture} {
				if name != "" {
					_ = os.Remove(name) // it is one too many, and no harm
				}
			}
		}
	}
	return slices.Contains(after, f), len(before) == 0
}

// bucket returns what the bucket of a finding keeps.
func (k *keeper) bucket(f *findings.Finding) []*findings.Finding {
	key := f.Key()
	for _, b := range k.set.Buckets() {
		if b.Key == key {
			return slices.Clone(b.Smallest)
		}
	}
	return nil
}

// count adds failures to a bucket that were not looked into.
func (k *keeper) count(key string, n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.set.AddCounted(key, n)
}

func (k *keeper) buckets() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.set.Len()
}

// summary leaves the file that tells which tests ran and what has no failure file.
func (k *keeper) summary(ran []findings.Ran) {
	if k.out == "" {
		return
	}
	s := findings.Summary{Ran: ran}
	k.mu.Lock()
	for _, b := range k.set.Buckets() {
		for _, f := range b.Smallest {
			if f.File == "" {
				s.Findings = append(s.Findings, f)
			}
		}
		if more := b.Count - len(b.Smallest); more > 0 {
			s.Counted = append(s.Counted, findings.Counted{Key: b.Key.Text, Failures: more})
		}
	}
	k.mu.Unlock()
	if err := s.Write(filepath.Join(k.out, findings.SummaryName)); err != nil {
		k.fail(err)
	}
}
