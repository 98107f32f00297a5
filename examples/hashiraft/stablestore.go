package hashiraft

import (
	"encoding/binary"
	"maps"
	"slices"
	"sync"

	"github.com/terrella-go/terrella/disk"
)

// A StableStore is a raft.StableStore in one small file, which each change
// replaces by a new one.
type StableStore struct {
	fsys disk.FS
	name string
	// forgetVotes is a planted bug: votes are kept in memory only.
	forgetVotes bool

	mu     sync.RWMutex
	values map[string][]byte
}

// OpenStableStore opens the store of that name, or makes an empty one.
func OpenStableStore(fsys disk.FS, name string) (*StableStore, error) {
	s := &StableStore{fsys: fsys, name: name, values: make(map[string][]byte)}
	j, err := openJournal(fsys, name, s.replay)
	if err != nil {
		return nil, err
	}
	return s, j.close()
}

func (s *StableStore) replay(record []byte) error {
	d := decoder{rest: record}
	key := d.bytes(d.uvarint())
	s.values[string(key)] = d.bytes(uint64(len(d.rest)))
	return d.err
}

// Set sets a value. It is durable when Set returns. After an error the value is as it was.
func (s *StableStore) Set(key, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := maps.Clone(s.values)
	next[string(key)] = slices.Clone(value)
	if err := s.save(next); err != nil {
		return err
	}
	s.values = next
	return nil
}

func (s *StableStore) save(values map[string][]byte) error {
	var records [][]byte
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if s.forgetVotes && (key == "LastVoteTerm" || key == "LastVoteCand") {
			continue
		}
		r := binary.AppendUvarint(nil, uint64(len(key)))
		r = append(r, key...)
		records = append(records, append(r, values[key]...))
	}
	j, err := replaceJournal(s.fsys, s.name, records...)
	if err != nil {
		return err
	}
	return j.close()
}

// Get returns a value, nil if there is none.
func (s *StableStore) Get(key []byte) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.values[string(key)]), nil
}

// SetUint64 is Set for a number.
func (s *StableStore) SetUint64(key []byte, value uint64) error {
	return s.Set(key, binary.LittleEndian.AppendUint64(nil, value))
}

// GetUint64 returns a value set by SetUint64, 0 if there is none.
func (s *StableStore) GetUint64(key []byte) (uint64, error) {
	value, err := s.Get(key)
	if err != nil || len(value) != 8 {
		return 0, err
	}
	return binary.LittleEndian.Uint64(value), nil
}
