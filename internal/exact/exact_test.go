package main

import (
	"regexp"
	"strings"
	"testing"
)

var planted = program{"planted", "worlds", "TestPlanted"}

func TestPlantedDifferenceIsNamed(t *testing.T) {
	t.Setenv("EXACT_PLANTED", "1")
	b, err := planted.build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	err = b.compare(3)
	if err == nil {
		t.Fatal("worlds that lean on the process id passed for the same")
	}
	for _, want := range []string{
		`^world 1 differs, of seed 0x[0-9a-f]+ `,
		`The first event that differs, number 1:\n.*"pause 1".*\n.*"pause 1"`,
		`with one processor, no collections`,
		`with eight processors, many collections`,
	} {
		if !regexp.MustCompile(want).MatchString(err.Error()) {
			t.Errorf("want %s in\n%v", want, err)
		}
	}
}

func TestSameWorldsPass(t *testing.T) {
	b, err := planted.build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.compare(3); err != nil {
		t.Error(err)
	}
}

func TestFailingWorldsAreAnError(t *testing.T) {
	b, err := planted.build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b.test = "TestThatIsNotThere"
	if err := b.compare(3); err == nil || !strings.Contains(err.Error(), "0 of 3 worlds were run") {
		t.Errorf("got %v; want an error that no world was run", err)
	}
}
