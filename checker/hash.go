package checker

import (
	"math"
	"math/bits"
	"reflect"
)

// mix spreads the bits of x (the finaliser of MurmurHash3, Appleby 2011).
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// hashString takes eight bytes at a time: states that are texts may be long.
func hashString(s string) uint64 {
	h := uint64(len(s))
	for ; len(s) >= 8; s = s[8:] {
		word := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56 // one load
		h = fold(h^word, 0x9e3779b97f4a7c15)
	}
	tail := uint64(0)
	for i := range len(s) {
		tail = tail<<8 | uint64(s[i])
	}
	return mix(fold(h^tail, 0x9e3779b97f4a7c15))
}

// fold multiplies to 128 bits and adds up both halves, so that each bit of the factors matters.
func fold(x, y uint64) uint64 {
	hi, lo := bits.Mul64(x, y)
	return hi ^ lo
}

// hashOf hashes states and values. It is the same in every process, unlike
// hash/maphash, so that even the order of hash buckets is. It allocates nothing
// for numbers and strings: it is called at each step of a search.
func hashOf[V any](v V) uint64 {
	switch p := any(&v).(type) {
	case *int:
		return mix(uint64(*p))
	case *int64:
		return mix(uint64(*p))
	case *string:
		return hashString(*p)
	case *any:
		switch v := (*p).(type) {
		case int:
			return mix(uint64(v))
		case string:
			return hashString(v)
		}
	}
	escapes := v // v itself does not
	return hashValue(reflect.ValueOf(&escapes).Elem(), 0)
}

// hashDepth bounds the recursion of hashValue: deeper values hash alike.
const hashDepth = 12

// hashValue hashes v so that values equal by == or reflect.DeepEqual hash alike.
func hashValue(v reflect.Value, depth int) uint64 {
	if depth > hashDepth || !v.IsValid() {
		return 1
	}
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return mix(3)
		}
		return mix(2)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return mix(uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return mix(v.Uint())
	case reflect.Float32, reflect.Float64:
		return mix(math.Float64bits(v.Float() + 0)) // -0 becomes 0
	case reflect.String:
		return hashString(v.String())
	case reflect.Array, reflect.Slice:
		h := uint64(v.Len())
		for i := range v.Len() {
			h = mix(h ^ hashValue(v.Index(i), depth+1))
		}
		return h
	case reflect.Struct:
		var h uint64
		for i := range v.NumField() {
			h = mix(h ^ hashValue(v.Field(i), depth+1))
		}
		return h
	case reflect.Map:
		h := uint64(v.Len())
		for it := v.MapRange(); it.Next(); { // a sum: the order does not matter
			h += mix(hashValue(it.Key(), depth+1) ^ mix(hashValue(it.Value(), depth+1)))
		}
		return h
	case reflect.Interface:
		return hashValue(v.Elem(), depth+1)
	case reflect.Pointer:
		// == compares addresses and DeepEqual what is there; the type alone
		// agrees with both.
		return mix(7)
	}
	return 1
}
