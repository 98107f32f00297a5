package hashiraft

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/terrella-go/terrella/disk"
)

// reopen returns a journal and the records in it.
func reopen(t *testing.T, fsys disk.FS) (*journal, []string) {
	t.Helper()
	var records []string
	j, err := openJournal(fsys, "journal", func(record []byte) error {
		records = append(records, string(record))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return j, records
}

func (j *journal) mustAppend(t *testing.T, records ...string) {
	t.Helper()
	var b [][]byte
	for _, r := range records {
		b = append(b, []byte(r))
	}
	if err := j.append(b...); err != nil {
		t.Fatal(err)
	}
}

// TestJournalLeftOver: what a failed append left in the file is not taken for a record, even if the next one
// ends where one of it began.
func TestJournalLeftOver(t *testing.T) {
	d := disk.New(disk.Options{})
	j, _ := reopen(t, &failingFS{FS: d, left: 4}) // to open the file and the directory, to sync it, and to write
	if err := j.append([]byte("one"), []byte("two")); !errors.Is(err, errPower) {
		t.Fatalf("append returned %v without power", err)
	}
	whole, err := disk.ReadFile(d, "journal")
	if err != nil || !bytes.Contains(whole, []byte("two")) {
		t.Fatalf("the failed append left %q, %v; want both records there", whole, err)
	}
	j = &journal{file: j.file.(*failingFile).File}
	j.mustAppend(t, "ONE")
	if _, got := reopen(t, d); !slices.Equal(got, []string{"ONE"}) {
		t.Errorf("the records are %q; want the second append's", got)
	}
}

// TestJournalCutsOff: records behind a damaged one do not come back when it is written again.
func TestJournalCutsOff(t *testing.T) {
	d := disk.New(disk.Options{})
	j, _ := reopen(t, d)
	j.mustAppend(t, "one", "two", "three")
	at := int64(2*recordHeader + len("one"))
	if _, err := j.file.WriteAt([]byte("T"), at); err != nil {
		t.Fatal(err)
	}
	j, got := reopen(t, d)
	if !slices.Equal(got, []string{"one"}) {
		t.Errorf("the records are %q with the second one damaged; want the first", got)
	}
	j.mustAppend(t, "two")
	if _, got := reopen(t, d); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("the records are %q; want two, of which one was written again", got)
	}
}
