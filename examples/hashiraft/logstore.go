package hashiraft

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/raft"
	"github.com/terrella-go/terrella/disk"
)

// A LogStore is a raft.LogStore in a journal: every change is a record, and
// the entries are kept in memory as well. When what has been deleted outweighs what is there,
// the journal is written anew.
type LogStore struct {
	fsys disk.FS
	name string

	mu      sync.RWMutex
	journal *journal
	first   uint64     // index of entries[0]
	entries []raft.Log // without gaps
	dead    int        // records in the journal that say nothing about entries
}

// Kinds of records; the first byte of each.
const (
	recordEntry    = 'e' // an entry
	recordTruncate = 't' // all entries from an index on are gone
	recordCompact  = 'c' // all entries up to an index are gone
)

// rewriteAfter is how many dead records are let be.
const rewriteAfter = 256

var _ raft.MonotonicLogStore = (*LogStore)(nil)

// OpenLogStore opens the log of that name, or makes an empty one.
func OpenLogStore(fsys disk.FS, name string) (*LogStore, error) {
	s := &LogStore{fsys: fsys, name: name}
	j, err := openJournal(fsys, name, s.replay)
	if err != nil {
		return nil, err
	}
	s.journal = j
	return s, nil
}

// replay applies a record of the journal.
func (s *LogStore) replay(record []byte) error {
	if record[0] == recordEntry {
		e, err := decodeEntry(record[1:])
		if err != nil {
			return err
		}
		return s.add(e)
	}
	index, n := binary.Uvarint(record[1:])
	if n <= 0 {
		return errors.New("no index")
	}
	switch record[0] {
	case recordTruncate:
		s.truncate(index)
	case recordCompact:
		s.compact(index)
	default:
		return fmt.Errorf("unknown kind %q", record[0])
	}
	return nil
}

// add appends an entry in memory.
func (s *LogStore) add(e raft.Log) error {
	if len(s.entries) == 0 {
		s.first = e.Index
	}
	if e.Index != s.next() {
		return fmt.Errorf("entry %d where %d comes next", e.Index, s.next())
	}
	s.entries = append(s.entries, e)
	return nil
}

// next is the index after the last entry. It is meaningless if there is none.
func (s *LogStore) next() uint64 { return s.first + uint64(len(s.entries)) }

// truncate forgets the entries from index on.
func (s *LogStore) truncate(index uint64) {
	keep := min(max(index, s.first)-s.first, uint64(len(s.entries)))
	s.dead += len(s.entries) - int(keep) + 1
	clear(s.entries[keep:])
	s.entries = s.entries[:keep]
}

// compact forgets the entries up to index.
func (s *LogStore) compact(index uint64) {
	drop := min(max(index+1, s.first)-s.first, uint64(len(s.entries)))
	s.dead += int(drop) + 1
	s.entries = append([]raft.Log(nil), s.entries[drop:]...)
	s.first += drop
}

// IsMonotonic tells raft that the log has no gaps, so that it starts an empty one after
// the installation of a snapshot.
func (s *LogStore) IsMonotonic() bool { return true }

// FirstIndex returns the index of the oldest entry, 0 if there is none.
func (s *LogStore) FirstIndex() (uint64, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.entries) == 0 {
		return 0, nil
	}
	return s.first, nil
}

// LastIndex returns the index of the newest entry, 0 if there is none.
func (s *LogStore) LastIndex() (uint64, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.entries) == 0 {
		return 0, nil
	}
	return s.next() - 1, nil
}

// GetLog copies the entry at index to log, or returns raft.ErrLogNotFound.
func (s *LogStore) GetLog(index uint64, log *raft.Log) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e := s.at(index)
	if e == nil {
		return raft.ErrLogNotFound
	}
	*log = *e
	return nil
}

// at returns the entry at index, nil if there is none.
func (s *LogStore) at(index uint64) *raft.Log {
	if index < s.first || index >= s.next() {
		return nil
	}
	return &s.entries[index-s.first]
}

// StoreLog is StoreLogs for one entry.
func (s *LogStore) StoreLog(log *raft.Log) error { return s.StoreLogs([]*raft.Log{log}) }

// StoreLogs appends entries. They are durable when it returns. After an error the log is as it was.
func (s *LogStore) StoreLogs(logs []*raft.Log) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, l := range logs {
		if want := logs[0].Index + uint64(i); l.Index != want || i == 0 && len(s.entries) > 0 && want != s.next() {
			return fmt.Errorf("hashiraft: log %s: entry %d does not follow the one before it", s.name, l.Index)
		}
	}
	records := make([][]byte, len(logs))
	for i, l := range logs {
		records[i] = encodeEntry(l)
	}
	if err := s.journal.append(records...); err != nil {
		return err
	}
	for _, l := range logs {
		if err := s.add(*l); err != nil {
			return err
		}
	}
	return nil
}

// DeleteRange deletes the entries from index first to last. One end of the range must be an end
// of the log.
func (s *LogStore) DeleteRange(first, last uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var kind byte
	index, apply := first, s.truncate
	switch {
	case len(s.entries) == 0 || first > last || last < s.first || first >= s.next():
		return nil
	case last >= s.next()-1:
		kind = recordTruncate
	case first <= s.first:
		kind, index, apply = recordCompact, last, s.compact
	default:
		return fmt.Errorf("hashiraft: log %s: cannot delete entries %d to %d out of the middle of %d to %d", s.name, first, last, s.first, s.next()-1)
	}
	if err := s.journal.append(binary.AppendUvarint([]byte{kind}, index)); err != nil {
		return err
	}
	apply(index)
	if s.dead < rewriteAfter || s.dead < len(s.entries) {
		return nil
	}
	return s.rewrite()
}

// rewrite writes the journal anew, without what is dead.
func (s *LogStore) rewrite() error {
	records := make([][]byte, len(s.entries))
	for i := range s.entries {
		records[i] = encodeEntry(&s.entries[i])
	}
	j, err := replaceJournal(s.fsys, s.name, records...)
	if err != nil {
		return err
	}
	old := s.journal
	s.journal, s.dead = j, 0
	return old.close()
}

// Close closes the journal.
func (s *LogStore) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.close()
}

// encodeEntry returns the record of an entry.
func encodeEntry(l *raft.Log) []byte {
	b := make([]byte, 0, 48+len(l.Data)+len(l.Extensions))
	b = append(b, recordEntry, byte(l.Type))
	b = binary.AppendUvarint(b, l.Index)
	b = binary.AppendUvarint(b, l.Term)
	var appended int64
	if !l.AppendedAt.IsZero() {
		appended = l.AppendedAt.UnixNano()
	}
	b = binary.AppendVarint(b, appended)
	b = binary.AppendUvarint(b, uint64(len(l.Data)))
	b = append(b, l.Data...)
	return append(b, l.Extensions...)
}

// decodeEntry is the inverse of encodeEntry, but for the first byte.
func decodeEntry(b []byte) (raft.Log, error) {
	d := decoder{rest: b}
	l := raft.Log{Type: raft.LogType(d.byte()), Index: d.uvarint(), Term: d.uvarint()}
	if appended := d.varint(); appended != 0 {
		l.AppendedAt = time.Unix(0, appended).UTC()
	}
	l.Data = d.bytes(d.uvarint())
	l.Extensions = d.bytes(uint64(len(d.rest)))
	return l, d.err
}
