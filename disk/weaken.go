package disk

// A Weakness is a set of promises that a disk does not keep. It is for testing tests: a program that relies on a promise must be
// seen to fail without it. `terrella mutate` does that.
type Weakness struct {
	// Sync: syncs of files are acknowledged and do nothing.
	Sync bool
	// SyncDir: syncs of directories are acknowledged and do nothing.
	SyncDir bool
	// Rename: a rename that replaces a file is no longer one change: a crash may fall where the old file is gone and the
	// new one not there yet.
	Rename bool
	// Used is called whenever a promise is not kept. It must not use the disk. It may be nil.
	Used func()
}

// skips reports whether a sync is to do nothing.
func (w *Weakness) skips(dir bool) bool {
	if w == nil || dir && !w.SyncDir || !dir && !w.Sync {
		return false
	}
	w.used()
	return true
}

// splits reports whether a rename that replaces a file is to be two changes.
func (w *Weakness) splits() bool {
	if w == nil || !w.Rename {
		return false
	}
	w.used()
	return true
}

func (w *Weakness) used() {
	if w.Used != nil {
		w.Used()
	}
}
