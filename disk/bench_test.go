package disk_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/terrella-go/terrella/disk"
)

// BenchmarkWriteSync compares a write of 4 KiB and a sync on a directory of this
// machine with the same on a simulated disk.
func BenchmarkWriteSync(b *testing.B) {
	for _, side := range []struct {
		name string
		fsys disk.FS
	}{{"real", disk.Dir(b.TempDir())}, {"simulated", disk.New(disk.Options{})}} {
		b.Run(side.name, func(b *testing.B) {
			f, err := disk.Create(side.fsys, "a")
			check(b, err)
			defer f.Close()
			page := make([]byte, 4096)
			i := int64(0)
			for b.Loop() {
				_, err := f.WriteAt(page, i%256*4096)
				check(b, err)
				check(b, f.Sync())
				i++
			}
		})
	}
}

func check(b testing.TB, err error) {
	if err != nil {
		b.Helper()
		b.Fatal(err)
	}
}

// BenchmarkSequential compares writing and reading a file from one end to the other,
// with a sync each MiB, with copying between two buffers. The three take turns, so that what else the machine
// does falls on all of them. write/copy and read/copy are how fast they are, where 1 is as fast as copying.
func BenchmarkSequential(b *testing.B) {
	for _, mib := range []int{4, 16, 64} {
		b.Run(fmt.Sprint(mib, "MiB"), func(b *testing.B) { benchmarkSequential(b, mib<<20) })
	}
}

func benchmarkSequential(b *testing.B, size int) {
	const chunk, syncEvery = 64 << 10, 1 << 20
	data, other := make([]byte, size), make([]byte, size)
	for i := range data {
		data[i] = byte(i)
	}
	f, err := disk.Create(disk.New(disk.Options{}), "a")
	check(b, err)
	passes := []func(off int){
		func(off int) { copy(other[off:off+chunk], data[off:]) },
		func(off int) {
			_, err := f.WriteAt(data[off:off+chunk], int64(off))
			check(b, err)
			if (off+chunk)%syncEvery == 0 {
				check(b, f.Sync())
			}
		},
		func(off int) {
			_, err := f.ReadAt(other[off:off+chunk], int64(off))
			check(b, err)
		},
	}
	spent := make([]time.Duration, len(passes))
	for b.Loop() {
		for i, pass := range passes {
			start := time.Now()
			for off := 0; off < size; off += chunk {
				pass(off)
			}
			spent[i] += time.Since(start)
		}
	}
	b.ReportMetric(float64(size)*float64(b.N)/1e6/spent[0].Seconds(), "copy-MB/s")
	b.ReportMetric(float64(spent[0])/float64(spent[1]), "write/copy")
	b.ReportMetric(float64(spent[0])/float64(spent[2]), "read/copy")
}

// filled returns a disk with n small files, all durable.
func filled(b *testing.B, n int) *disk.Disk {
	d := disk.New(disk.Options{})
	for i := range n {
		f, err := d.OpenFile(fmt.Sprint(i), os.O_WRONLY|os.O_CREATE, 0o644)
		check(b, err)
		_, err = f.Write([]byte("small"))
		check(b, err)
		check(b, f.Sync())
		check(b, f.Close())
	}
	check(b, disk.SyncDir(d, "."))
	return d
}

// BenchmarkOpen opens one file among few and among many.
func BenchmarkOpen(b *testing.B) {
	for _, n := range []int{1000, 1_000_000} {
		d := filled(b, n)
		b.Run(fmt.Sprint(n, "-files"), func(b *testing.B) {
			i := 0
			for b.Loop() {
				f, err := d.OpenFile(fmt.Sprint(i%1000*(n/1000)), os.O_RDONLY, 0)
				check(b, err)
				check(b, f.Close())
				i++
			}
		})
	}
}

// BenchmarkCrash crashes small and large disks on which the same little is not synced,
// and a small one on which much is not.
func BenchmarkCrash(b *testing.B) {
	for _, c := range []struct{ files, dirty int }{{100, 10}, {300_000, 10}, {100, 1000}} {
		d := filled(b, c.files)
		b.Run(fmt.Sprintf("%d-files-%d-unsynced", c.files, c.dirty), func(b *testing.B) {
			for b.Loop() {
				for i := range c.dirty {
					f, err := d.OpenFile(fmt.Sprint(i%c.files), os.O_WRONLY, 0)
					check(b, err)
					_, err = f.WriteAt([]byte("unsynced"), int64(i)*512)
					check(b, err)
				}
				d = d.Crash()
			}
		})
	}
}
