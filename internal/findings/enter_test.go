package findings

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Campaigns that end at the same time enter what they have found one after the other, and nothing is lost.
func TestEnterAtTheSameTime(t *testing.T) {
	const campaigns = 16
	name := filepath.Join(t.TempDir(), "findings.json")
	var wg sync.WaitGroup
	for i := range campaigns {
		wg.Go(func() {
			var found Set
			if _, err := found.Add(&Finding{Kind: Property, Package: "p", Test: fmt.Sprintf("Test%d", i), Seed: 7}); err != nil {
				t.Error(err)
			}
			if r, err := Enter(name, Run{ID: fmt.Sprint(i), Found: &found}); r == nil || err != nil {
				t.Errorf("campaign %d: %v, %v", i, r, err)
			}
		})
	}
	wg.Wait()
	r, err := ReadRecord(name)
	if err != nil || len(r.Open()) != campaigns {
		t.Fatalf("%v; the record has %d buckets; want one of each of %d campaigns", err, len(r.Entries), campaigns)
	}
}

// Where nothing can be written there is the record all the same; of one that can't be understood there is none, and it stays.
func TestEnterWithTrouble(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if r, err := Enter(filepath.Join(dir, "file", "findings.json"), Run{ID: "1"}); err == nil {
		t.Errorf("%v was written into a file", r)
	}
	name := filepath.Join(dir, "findings.json")
	if err := os.WriteFile(name, []byte(`{"schema": 99}`), 0o666); err != nil {
		t.Fatal(err)
	}
	if r, err := Enter(name, Run{ID: "1"}); r != nil || err == nil || !strings.Contains(err.Error(), "schema 99") {
		t.Errorf("%v, %v; want that it has schema 99", r, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("%v, %v are left; want two files", left, err)
	}
}
