//go:build linux || darwin || freebsd

package disk

import (
	"io/fs"
	"syscall"
)

func flock(fd uintptr, how lockMode) error {
	op := map[lockMode]int{
		lockNone:      syscall.LOCK_UN,
		lockShared:    syscall.LOCK_SH | syscall.LOCK_NB,
		lockExclusive: syscall.LOCK_EX | syscall.LOCK_NB,
	}[how]
	for {
		err := syscall.Flock(int(fd), op)
		if err != syscall.EINTR {
			return err
		}
	}
}

func space(root string) (Space, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(root, &st); err != nil {
		return Space{}, &fs.PathError{Op: "statfs", Path: root, Err: err}
	}
	block := int64(st.Bsize)
	return Space{Total: int64(st.Blocks) * block, Free: int64(st.Bavail) * block}, nil
}
