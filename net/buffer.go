package simnet

import "math/bits"

// A bufferPool keeps byte slices of powers of two for the sockets of one network. A sync.Pool
// would hand them out by what the garbage collector did.
type bufferPool struct {
	classes [maxClass + 1][][]byte
}

const (
	minClass  = 8  // 256 bytes
	maxClass  = 26 // 64 MiB
	keptClass = 64 // slices kept of each size
)

// get returns a slice whose length is the least power of two of at least size.
func (b *bufferPool) get(size int) []byte {
	class := max(minClass, bits.Len(uint(max(1, size)-1)))
	if class > maxClass {
		return make([]byte, 1<<class)
	}
	free := b.classes[class]
	if last := len(free) - 1; last >= 0 {
		buf := free[last]
		free[last] = nil
		b.classes[class] = free[:last]
		return buf
	}
	return make([]byte, 1<<class)
}

// put takes back what get returned, or a part from its beginning.
func (b *bufferPool) put(buf []byte) {
	if cap(buf) == 0 {
		return
	}
	class := bits.Len(uint(cap(buf) - 1))
	if class <= maxClass && 1<<class == cap(buf) && len(b.classes[class]) < keptClass {
		b.classes[class] = append(b.classes[class], buf[:cap(buf)])
	}
}

// clone returns a copy of data, nil for none.
func (b *bufferPool) clone(data []byte) []byte {
	if len(data) == 0 {
		return nil
	}
	buf := b.get(len(data))[:len(data)]
	copy(buf, data)
	return buf
}

// A ring is a queue of bytes. It grows as needed and gives its memory back when it is
// empty, so that idle connections hold none.
type ring struct {
	buf   []byte // its length is a power of two
	first int
	n     int
}

// add appends data.
func (r *ring) add(pool *bufferPool, data []byte) {
	r.reserve(pool, len(data))
	a, b := r.space(len(data))
	copy(b, data[copy(a, data):])
	r.n += len(data)
}

// addFrom appends n bytes of another ring, those after skip.
func (r *ring) addFrom(pool *bufferPool, src *ring, skip, n int) {
	r.reserve(pool, n)
	to, more := r.space(n)
	from, rest := src.span(skip, n)
	for len(to) > 0 {
		k := copy(to, from)
		if to = to[k:]; len(to) == 0 {
			to, more = more, nil
		}
		if from = from[k:]; len(from) == 0 {
			from, rest = rest, nil
		}
	}
	r.n += n
}

// take moves bytes from the front to data and returns how many.
func (r *ring) take(pool *bufferPool, data []byte) int {
	n := min(len(data), r.n)
	a, b := r.span(0, n)
	copy(data[copy(data, a):n], b)
	r.drop(pool, n)
	return n
}

// drop removes n bytes from the front.
func (r *ring) drop(pool *bufferPool, n int) {
	r.first = (r.first + n) & (len(r.buf) - 1)
	r.n -= n
	if r.n == 0 {
		pool.put(r.buf)
		*r = ring{}
	}
}

// flip inverts one bit, counted from the front.
func (r *ring) flip(bit int) {
	r.buf[(r.first+bit/8)&(len(r.buf)-1)] ^= 1 << (bit % 8)
}

func (r *ring) reserve(pool *bufferPool, more int) {
	if r.n+more <= len(r.buf) {
		return
	}
	buf := pool.get(max(r.n+more, 2*len(r.buf)))
	a, b := r.span(0, r.n)
	copy(buf[copy(buf, a):], b)
	pool.put(r.buf)
	r.buf, r.first = buf, 0
}

// space returns the free bytes after the content, n of them, in two pieces.
func (r *ring) space(n int) (a, b []byte) { return r.pieces(r.first+r.n, n) }

// span returns n bytes of the content after skip, in two pieces.
func (r *ring) span(skip, n int) (a, b []byte) { return r.pieces(r.first+skip, n) }

func (r *ring) pieces(at, n int) (a, b []byte) {
	if n == 0 {
		return nil, nil
	}
	at &= len(r.buf) - 1
	if at+n <= len(r.buf) {
		return r.buf[at : at+n], nil
	}
	return r.buf[at:], r.buf[:at+n-len(r.buf)]
}
