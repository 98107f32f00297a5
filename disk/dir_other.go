//go:build !(linux || darwin || freebsd)

package disk

import (
	"errors"
	"io/fs"
)

func flock(uintptr, lockMode) error { return errors.ErrUnsupported }

func space(root string) (Space, error) {
	return Space{}, &fs.PathError{Op: "statfs", Path: root, Err: errors.ErrUnsupported}
}
