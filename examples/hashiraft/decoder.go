package hashiraft

import (
	"encoding/binary"
	"io"
)

// A decoder takes values off a byte slice. After an error it gives zeros.
type decoder struct {
	rest []byte
	err  error
}

// take cuts off n bytes; n <= 0 says that a number did not end.
func (d *decoder) take(n int) []byte {
	if d.err != nil || n <= 0 || n > len(d.rest) {
		d.err = io.ErrUnexpectedEOF
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if d.take(n) == nil {
		return 0
	}
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.rest)
	if d.take(n) == nil {
		return 0
	}
	return v
}

// bytes returns a copy of the next n bytes, nil for none.
func (d *decoder) bytes(n uint64) []byte {
	if n == 0 {
		return nil
	}
	if n > uint64(len(d.rest)) {
		d.err = io.ErrUnexpectedEOF
		return nil
	}
	return append([]byte(nil), d.take(int(n))...)
}
