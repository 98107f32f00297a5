package disk

// An overlay is a map that can be forked in constant time: what was there
// before the fork is shared and never changed again, what comes later belongs to
// one side. It lets a million files have two futures without being copied.
//
// The zero value is an empty map.
type overlay[K comparable, V any] struct {
	own  map[K]slot[V]
	base *layer[K, V]
	size int
}

// A layer is a frozen part of an overlay, lying on those before it.
type layer[K comparable, V any] struct {
	slots map[K]slot[V]
	below *layer[K, V]
	depth int
}

// A slot holds a value, or the mark that a key of a lower layer is gone.
type slot[V any] struct {
	value V
	gone  bool
}

// maxDepth bounds the layers that a look-up goes through; a deeper
// overlay is made flat when it is forked.
const maxDepth = 8

func (o *overlay[K, V]) len() int { return o.size }

func (o *overlay[K, V]) get(k K) (V, bool) {
	if s, ok := o.own[k]; ok {
		return s.value, !s.gone
	}
	for l := o.base; l != nil; l = l.below {
		if s, ok := l.slots[k]; ok {
			return s.value, !s.gone
		}
	}
	var zero V
	return zero, false
}

func (o *overlay[K, V]) set(k K, v V) {
	if _, ok := o.get(k); !ok {
		o.size++
	}
	if o.own == nil {
		o.own = make(map[K]slot[V])
	}
	o.own[k] = slot[V]{value: v}
}

func (o *overlay[K, V]) remove(k K) {
	if _, ok := o.get(k); !ok {
		return
	}
	o.size--
	if o.base == nil {
		delete(o.own, k)
		return
	}
	if o.own == nil {
		o.own = make(map[K]slot[V])
	}
	o.own[k] = slot[V]{gone: true}
}

// each calls f for all keys, in no particular order.
func (o *overlay[K, V]) each(f func(K, V)) {
	for k, s := range o.own {
		if !s.gone {
			f(k, s.value)
		}
	}
	if o.base == nil {
		return
	}
	seen := make(map[K]bool, len(o.own))
	for k := range o.own {
		seen[k] = true
	}
	for l := o.base; l != nil; l = l.below {
		for k, s := range l.slots {
			if seen[k] {
				continue
			}
			seen[k] = true
			if !s.gone {
				f(k, s.value)
			}
		}
	}
}

// fork returns a second overlay with the same contents; each goes on by itself.
func (o *overlay[K, V]) fork() overlay[K, V] {
	if len(o.own) > 0 {
		if o.base != nil && o.base.depth >= maxDepth {
			o.flatten()
		}
		depth := 1
		if o.base != nil {
			depth += o.base.depth
		}
		o.base = &layer[K, V]{slots: o.own, below: o.base, depth: depth}
		o.own = nil
	}
	return overlay[K, V]{base: o.base, size: o.size}
}

func (o *overlay[K, V]) flatten() {
	flat := make(map[K]slot[V], o.size)
	o.each(func(k K, v V) { flat[k] = slot[V]{value: v} })
	o.own, o.base = flat, nil
}
