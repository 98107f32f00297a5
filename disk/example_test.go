package disk_test

import (
	"fmt"
	"os"

	"github.com/terrella-go/terrella/disk"
)

// A file that replaces another is written under a temporary name, synced, renamed, and
// its directory is synced. This one forgets the first sync.
func Example() {
	replace := func(fsys disk.FS, data string) {
		disk.WriteFile(fsys, "config.new", []byte(data), 0o644)
		fsys.Rename("config.new", "config")
		disk.SyncDir(fsys, ".")
	}
	d := disk.New(disk.Options{Personality: disk.XFS})
	replace(d, "one")
	for state := range d.CrashStates() {
		data, err := disk.ReadFile(state, "config")
		fmt.Printf("%q %v\n", data, err)
	}
	// Output:
	// "" <nil>
	// "one" <nil>
}

// The number of states tells how much is at stake: each sync makes it smaller.
func ExampleDisk_CountCrashStates() {
	d := disk.New(disk.Options{})
	f, _ := disk.Create(d, "log")
	f.Write(make([]byte, 1024))
	fmt.Println(d.CountCrashStates(1000))
	f.Sync()
	fmt.Println(d.CountCrashStates(1000))
	disk.SyncDir(d, ".")
	fmt.Println(d.CountCrashStates(1000))
	// Output:
	// 8 true
	// 2 true
	// 1 true
}

// A sync that has failed must not be tried again: what it was to write may be lost
// although the second one succeeds.
func ExampleFault() {
	d := disk.New(disk.Options{Seed: 2})
	disk.WriteFile(d, "log", []byte("old"), 0o644)
	disk.SyncDir(d, "log")
	disk.SyncDir(d, ".")

	fault, _ := disk.ParseFault("fail ops=sync path=log times=1 err=EIO")
	d.Inject(fault)
	f, _ := d.OpenFile("log", os.O_RDWR, 0)
	f.WriteAt([]byte("new"), 0)
	fmt.Println(f.Sync())
	fmt.Println(f.Sync())

	d.DropCaches()
	data, _ := disk.ReadFile(d, "log")
	fmt.Printf("%s\n", data)
	// Output:
	// sync log: input/output error
	// <nil>
	// old
}
