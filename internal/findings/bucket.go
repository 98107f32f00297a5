package findings

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// A Key tells to which bucket a finding belongs.
type Key struct {
	// Text is the whole key, for reading: the parts, with " | " between them.
	Text string
	// ID is a short hash of the text: eight hexadecimal digits.
	ID string
}

// Key returns the finding's bucket. It is made of the package, the test, the kind, the property, the function that
// found the failure and the kinds of faults, and of no line number and no message, which change with unrelated edits or
// from seed to seed. A plan that was not shrunk holds whatever the storm drew: its kinds of faults are left out.
func (f *Finding) Key() Key {
	faults := "not shrunk"
	switch {
	case !f.hasPlan():
		faults = "no plan"
	case f.Shrunk && len(f.FaultKinds) == 0:
		faults = "no faults"
	case f.Shrunk:
		faults = strings.Join(f.FaultKinds, "+")
	}
	parts := []string{f.Package, f.Test, string(f.Kind), f.Property, stableSite(f), faults}
	for i, p := range parts {
		parts[i] = strings.NewReplacer("\\", `\\`, "|", `\|`, "\n", `\n`).Replace(p)
	}
	text := strings.Join(parts, " | ")
	sum := sha256.Sum256([]byte(text))
	return Key{Text: text, ID: hex.EncodeToString(sum[:4])}
}

// stableSite returns the function in which a failure was found, or the file where the function is not known.
func stableSite(f *Finding) string {
	if f.Site.Func == "" {
		return f.Site.File
	}
	return f.Site.Declared()
}

// A Bucket holds the findings that are probably one bug.
type Bucket struct {
	Key Key
	// Count is how many there were, with those that were only counted, and Fresh how many of them were not kept from earlier runs.
	Count, Fresh int
	// Smallest are the smallest of them, in order; at most four.
	Smallest []*Finding
}

// Kept is how many findings a bucket keeps.
const Kept = 4

// add keeps a finding if it is among the smallest. Of one failure that comes twice, the smaller form is kept.
func (b *Bucket) add(f *Finding, id identity) {
	for i, have := range b.Smallest {
		if identityOf(have) != id {
			continue
		}
		if compare(f, have) >= 0 {
			return
		}
		b.Smallest = slices.Delete(b.Smallest, i, i+1)
		break
	}
	at, _ := slices.BinarySearchFunc(b.Smallest, f, compare)
	if at == Kept {
		return
	}
	b.Smallest = slices.Insert(b.Smallest, at, f)
	if len(b.Smallest) > Kept {
		b.Smallest = b.Smallest[:Kept]
	}
}
