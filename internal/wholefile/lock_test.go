package wholefile

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain makes a process that the tests start add to a file, or hold its lock.
func TestMain(m *testing.M) {
	name, adds := os.LookupEnv("WHOLEFILE_ADD")
	held, holds := os.LookupEnv("WHOLEFILE_HOLD")
	switch {
	case adds:
		for range 50 {
			add(name)
		}
		os.Exit(0)
	case holds:
		unlock, err := Lock(held, time.Minute)
		if err != nil {
			panic(err)
		}
		defer unlock()
		os.Stdout.WriteString("held\n")
		io.Copy(io.Discard, os.Stdin) // until it is killed
	}
	os.Exit(m.Run())
}

// add adds one to the number in a file.
func add(name string) {
	unlock, err := Lock(name, time.Minute)
	if err != nil {
		panic(err)
	}
	defer unlock()
	text, _ := os.ReadFile(name) // nothing is 0
	n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	if err := Write(name, []byte(strconv.Itoa(n+1)), 0o644); err != nil {
		panic(err)
	}
}

// Nothing that several processes, and several goroutines of each, add under the lock is lost.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "sum")
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "WHOLEFILE_ADD="+name)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
		wg.Go(func() {
			for range 20 {
				add(name)
			}
		})
	}
	wg.Wait()
	if text, err := os.ReadFile(name); err != nil || string(text) != "210" {
		t.Errorf("the sum is %q, %v; want 210", text, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%v, %v are left; want the file alone", left, err)
	}
}

// A lock is waited for, not for ever, and ends with the process that holds it.
func TestLockEndsWithItsHolder(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "WHOLEFILE_HOLD="+name)
	out, err := cmd.StdoutPipe()
	if err == nil {
		_, err = cmd.StdinPipe() // which stays open
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(name, 50*time.Millisecond); err == nil || !strings.Contains(err.Error(), "is in use") {
		t.Errorf("%v; want that it is in use", err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	unlock, err := Lock(name, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}
