package disk

import (
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/terrella-go/terrella/internal/trace"
)

// A file is an open file of a simulated disk.
type file struct {
	d      *Disk
	st     *state // what the disk held when it was opened
	number uint64
	name   string // as it was given
	path   string // clean
	flag   int
	dir    bool

	// Guarded by d.mu:
	closed bool
	off    int64
	list   []fs.DirEntry // what is left to be read of a directory
	listed bool
	locked lockMode
}

func (f *file) Name() string { return f.name }

// begin starts an operation. The caller holds the lock.
func (f *file) begin(op Op, size int) (outcome, error) {
	if err := f.usable(); err != nil {
		return outcome{}, err
	}
	o, err := f.d.begin(op, f.path, size)
	if err != nil {
		return o, err
	}
	// It may have been closed while the operation took its time.
	return o, f.usable()
}

func (f *file) usable() error {
	switch {
	case f.closed:
		return fs.ErrClosed
	case f.d.st != f.st:
		return ErrCrashed
	}
	return nil
}

func (f *file) fail(op string, err error) error { return pathError(op, f.name, err) }

func (f *file) readable() bool { return f.flag&(os.O_WRONLY|os.O_RDWR) != os.O_WRONLY }
func (f *file) writable() bool { return f.flag&(os.O_WRONLY|os.O_RDWR) != 0 }

func (f *file) Read(b []byte) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	n, err := f.readAt(b, here)
	f.off += int64(n)
	if err == nil && n == 0 && len(b) > 0 {
		return 0, io.EOF
	}
	return n, f.fail("read", err)
}

func (f *file) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 {
		return 0, f.fail("readat", errNegative)
	}
	if len(b) == 0 {
		return 0, nil // as package os, which makes no system call for nothing
	}
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	n, err := f.readAt(b, off)
	if err == nil && n < len(b) {
		return n, io.EOF
	}
	return n, f.fail("read", err)
}

// here stands for the offset of the file, which is not looked at before the
// operation takes effect.
const here = -1

// readAt reads what there is of a file, without io.EOF.
func (f *file) readAt(b []byte, off int64) (int, error) {
	o, err := f.begin(OpRead, len(b))
	switch {
	case err != nil || len(b) == 0:
		return 0, err
	case !f.readable():
		return 0, syscall.EBADF
	case f.dir:
		return 0, syscall.EISDIR
	case o.err != nil:
		return 0, o.err
	}
	if off == here {
		off = f.off
	}
	n := f.st.node(f.number)
	size := min(int64(len(b)), n.size-off)
	if size <= 0 {
		return 0, nil
	}
	if o.has(LatentError) || o.has(BitRot) {
		n = f.st.own(f.number)
		f.st.harm(n, off, size, &o)
	}
	if n.unreadable(f.st.unit, off, size) {
		return 0, syscall.EIO
	}
	n.read(b[:size], off)
	f.d.logSpan(trace.Read, f.path, off, int(size))
	return int(size), nil
}

func (f *file) Write(b []byte) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	n, err := f.writeAt(b, here)
	return n, f.fail("write", err)
}

func (f *file) WriteAt(b []byte, off int64) (int, error) {
	if f.flag&os.O_APPEND != 0 {
		return 0, errAppend
	}
	if off < 0 {
		return 0, f.fail("writeat", errNegative)
	}
	if len(b) == 0 {
		return 0, nil
	}
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	n, err := f.writeAt(b, off)
	return n, f.fail("write", err)
}

// writeAt writes at an offset, or here: then it moves the file's offset along.
func (f *file) writeAt(b []byte, off int64) (int, error) {
	o, err := f.begin(OpWrite, len(b))
	switch {
	case err != nil:
		return 0, err
	case !f.writable():
		return 0, syscall.EBADF
	case o.refused():
		return 0, o.err
	}
	n := f.st.own(f.number)
	moves := off == here
	if moves {
		off = f.off
		if f.flag&os.O_APPEND != 0 {
			off = n.size
		}
	}
	if len(b) > 0 && off > maxSize-int64(len(b)) {
		return 0, syscall.EFBIG
	}
	err = o.err
	if o.has(ShortWrite) {
		b = b[:o.key.Uint64()%uint64(max(1, len(b)))]
	}
	if room := f.st.room(n, off, len(b)); room < len(b) {
		b, err = b[:room], syscall.ENOSPC
	}
	if len(b) > 0 {
		f.put(n, b, off, &o)
	}
	if moves && len(b) > 0 {
		f.off = off + int64(len(b))
	}
	return len(b), err
}

// put writes data for which there is room.
func (f *file) put(n *inode, b []byte, off int64, o *outcome) {
	f.st.write(n, b, off)
	n.mtime = f.d.now()
	n.heal(f.st.unit, off, int64(len(b)))
	if o.has(PhantomWrite) || o.has(MisdirectedWrite) {
		f.st.misplace(n, off, b, o)
	}
	f.d.logSpan(trace.Write, f.path, off, len(b))
	if f.flag&os.O_SYNC != 0 || n.unsynced.bytes > f.st.limit {
		f.st.sync(f.number)
	}
}

// room returns how many of size bytes can be written.
func (s *state) room(n *inode, off int64, size int) int {
	if s.capacity == 0 {
		return size
	}
	free := (s.capacity - s.used) / pageSize
	for at := off; at < off+int64(size); at = (at/pageSize + 1) * pageSize {
		if n.pages.get(at/pageSize) != nil {
			continue
		}
		if free <= 0 {
			return int(at - off)
		}
		free--
	}
	return size
}

func (f *file) Seek(offset int64, whence int) (int64, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.usable(); err != nil {
		return 0, f.fail("seek", err)
	}
	base := int64(0)
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		base = f.off
	case io.SeekEnd:
		base = f.st.node(f.number).size
	default:
		return 0, f.fail("seek", syscall.EINVAL)
	}
	if off := base + offset; off < 0 || offset > 0 && off < base {
		return 0, f.fail("seek", syscall.EINVAL)
	}
	f.off = base + offset
	f.list, f.listed = nil, false
	return f.off, nil
}

func (f *file) Truncate(size int64) error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	o, err := f.begin(OpTruncate, 0)
	switch {
	case err != nil:
	case size < 0, !f.writable(): // Linux says EINVAL for both
		err = syscall.EINVAL
	case o.err != nil:
		err = o.err
	default:
		err = f.d.truncate(f.number, f.path, size)
	}
	return f.fail("truncate", err)
}

func (f *file) Sync() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	o, err := f.begin(OpSync, 0)
	switch {
	case err != nil:
	case o.refused():
		err = o.err
		if o.has(Fail) && !o.has(Vanish) {
			f.st.failSync(f.number, o.key)
		}
	case !o.has(LostSync) && !f.d.opts.Weakness.skips(f.dir):
		f.st.sync(f.number)
	}
	if err == nil {
		f.d.log(trace.Sync, f.path)
	}
	return f.fail("sync", err)
}

func (f *file) Stat() (fs.FileInfo, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	o, err := f.begin(OpStat, 0)
	if err == nil {
		err = o.err
	}
	if err != nil {
		return nil, f.fail("stat", err)
	}
	return f.st.node(f.number).info(f.path), nil
}

func (f *file) ReadDir(n int) ([]fs.DirEntry, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	o, err := f.begin(OpReadDir, 0)
	if err == nil {
		err = o.err
	}
	if err == nil && !f.dir {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return nil, f.fail("readdirent", err)
	}
	if f.st.node(f.number).links == 0 {
		return nil, f.fail("readdirent", syscall.ENOENT) // it was removed
	}
	if !f.listed {
		f.list, f.listed = f.st.list(f.st.node(f.number)), true
	}
	if n > 0 && len(f.list) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(f.list) {
		n = len(f.list)
	}
	list := f.list[:n:n]
	f.list = f.list[n:]
	return list, nil
}

func (f *file) Close() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.usable(); err != nil {
		f.closed = true
		return f.fail("close", err)
	}
	f.closed = true
	f.setLock(lockNone)
	f.st.closed(f.number)
	return nil
}
