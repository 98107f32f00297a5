package journal

import (
	"io"
	"os"
	"slices"
	"testing"

	"github.com/terrella-go/terrella/disk"
)

// TestCrashes: in every state that a crash may leave, a journal holds all lines that were added, and nothing but lines that were.
func TestCrashes(t *testing.T) {
	for _, skip := range []bool{false, true} {
		fsys := disk.New(disk.Options{})
		j, lines, err := Open(fsys, "j")
		if err != nil || len(lines) != 0 {
			t.Fatal(lines, err)
		}
		j.SkipSync = skip
		want := []string{"one", "two", "three"}
		for _, line := range want {
			if err := j.Add(line); err != nil {
				t.Fatal(err)
			}
		}
		// A line that is not acknowledged: its writer crashed before the sync.
		if _, err := io.WriteString(j.file, checksum([]byte("four"))+"four\n"); err != nil {
			t.Fatal(err)
		}
		states, lost := 0, 0
		for crashed := range fsys.CrashStates() {
			states++
			again, lines, err := Open(crashed, "j")
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(lines, append(want, "four")[:len(lines)]) {
				t.Errorf("the lines are %q", lines)
			}
			if len(lines) < len(want) {
				lost++
			}
			if err := again.Add("five"); err != nil {
				t.Error(err)
			}
			if _, after, err := Open(crashed, "j"); err != nil || !slices.Equal(after, append(lines, "five")) {
				t.Errorf("%q were added to by five and are %q, %v", lines, after, err)
			}
		}
		if states < 2 || (lost > 0) != skip {
			t.Errorf("SkipSync %v: lines were lost in %d of %d states", skip, lost, states)
		}
	}
}

func TestDamage(t *testing.T) {
	dir := disk.Dir(t.TempDir())
	j, _, err := Open(dir, "j")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"one", "two", "three"} {
		if err := j.Add(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := dir.OpenFile("j", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("T"), int64(len("xxxxxxxx one\nxxxxxxxx "))); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, lines, err := Open(dir, "j"); err != nil || !slices.Equal(lines, []string{"one"}) {
		t.Errorf("the lines are %q, %v", lines, err)
	}
	if err := j.Add("four"); err == nil {
		t.Error("a closed journal takes lines")
	}
	first := j.err
	if err := j.Add("five"); err != first {
		t.Errorf("after %v: %v", first, err)
	}
}
