package hashiraft

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/raft"
	"github.com/terrella-go/terrella/disk"
)

// A SnapshotStore is a raft.SnapshotStore in a directory, one file a snapshot: a journal of one record, which holds
// what raft says about it and the state.
type SnapshotStore struct {
	fsys disk.FS
	dir  string
}

// keepSnapshots is how many snapshots are kept.
const keepSnapshots = 2

// OpenSnapshotStore opens a store in a directory, which it makes if need be.
func OpenSnapshotStore(fsys disk.FS, dir string) (*SnapshotStore, error) {
	if err := fsys.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	if err := disk.SyncDir(fsys, path.Dir(dir)); err != nil {
		return nil, err
	}
	files, err := fsys.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if unfinished(f.Name()) {
			if err := fsys.Remove(path.Join(dir, f.Name())); err != nil {
				return nil, err
			}
		}
	}
	return &SnapshotStore{fsys, dir}, nil
}

// unfinished reports whether a file is what a crash left of one that was being made.
func unfinished(name string) bool { return strings.HasSuffix(name, ".new") }

// Create begins a snapshot. It exists once the sink is closed.
func (s *SnapshotStore) Create(version raft.SnapshotVersion, index, term uint64, configuration raft.Configuration, configurationIndex uint64, _ raft.Transport) (raft.SnapshotSink, error) {
	return &snapshotSink{store: s, meta: raft.SnapshotMeta{
		Version:            version,
		ID:                 fmt.Sprintf("%016x-%016x", index, term),
		Index:              index,
		Term:               term,
		Configuration:      configuration,
		ConfigurationIndex: configurationIndex,
	}}, nil
}

// List describes the snapshots that are whole, the newest first.
func (s *SnapshotStore) List() ([]*raft.SnapshotMeta, error) {
	ids, err := s.ids()
	if err != nil {
		return nil, err
	}
	var list []*raft.SnapshotMeta
	for _, id := range ids {
		meta, _, err := s.read(id)
		switch {
		case errors.Is(err, errBroken):
		case err != nil:
			return nil, err
		default:
			list = append(list, meta)
		}
	}
	return list, nil
}

// ids returns the names of all snapshots, the newest first.
func (s *SnapshotStore) ids() ([]string, error) {
	files, err := s.fsys.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, f := range files {
		if !unfinished(f.Name()) {
			ids = append(ids, f.Name())
		}
	}
	slices.Sort(ids)
	slices.Reverse(ids)
	return ids, nil
}

// Open returns a snapshot.
func (s *SnapshotStore) Open(id string) (*raft.SnapshotMeta, io.ReadCloser, error) {
	meta, state, err := s.read(id)
	if err != nil {
		return nil, nil, err
	}
	return meta, io.NopCloser(bytes.NewReader(state)), nil
}

var errBroken = errors.New("hashiraft: snapshot is not whole")

// read returns a snapshot, or errBroken.
func (s *SnapshotStore) read(id string) (*raft.SnapshotMeta, []byte, error) {
	data, err := disk.ReadFile(s.fsys, path.Join(s.dir, id))
	if err != nil {
		return nil, nil, err
	}
	record, _, ok := firstRecord(data, 0)
	if !ok {
		return nil, nil, errBroken
	}
	d := decoder{rest: record}
	meta, err := decodeMeta(d.bytes(d.uvarint()))
	if d.err != nil || err != nil {
		return nil, nil, errBroken
	}
	state := d.rest
	meta.ID, meta.Size = id, int64(len(state))
	return meta, state, nil
}

// save makes a snapshot durable and then removes those that are too many.
func (s *SnapshotStore) save(meta *raft.SnapshotMeta, state []byte) error {
	head := encodeMeta(meta)
	record := binary.AppendUvarint(nil, uint64(len(head)))
	record = append(append(record, head...), state...)
	j, err := replaceJournal(s.fsys, path.Join(s.dir, meta.ID), record)
	if err != nil {
		return err
	}
	if err := j.close(); err != nil {
		return err
	}
	ids, err := s.ids()
	if err != nil {
		return err
	}
	for i, id := range ids {
		if i < keepSnapshots {
			continue
		}
		if err := s.fsys.Remove(path.Join(s.dir, id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err // but the snapshot that raft installs and the one that it takes may be cleaned up after at once
		}
	}
	return nil
}

// A snapshotSink holds a snapshot in memory until it is whole.
type snapshotSink struct {
	store *SnapshotStore
	meta  raft.SnapshotMeta
	state bytes.Buffer
	done  bool
}

func (s *snapshotSink) ID() string { return s.meta.ID }

func (s *snapshotSink) Write(p []byte) (int, error) {
	if s.done {
		return 0, os.ErrClosed
	}
	return s.state.Write(p)
}

// Close makes the snapshot durable. A second call does nothing.
func (s *snapshotSink) Close() error {
	if s.done {
		return nil
	}
	s.done = true
	return s.store.save(&s.meta, s.state.Bytes())
}

func (s *snapshotSink) Cancel() error {
	s.done = true
	return nil
}

func encodeMeta(m *raft.SnapshotMeta) []byte {
	b := binary.AppendUvarint(nil, uint64(m.Version))
	b = binary.AppendUvarint(b, m.Index)
	b = binary.AppendUvarint(b, m.Term)
	b = binary.AppendUvarint(b, m.ConfigurationIndex)
	return append(b, raft.EncodeConfiguration(m.Configuration)...)
}

func decodeMeta(b []byte) (*raft.SnapshotMeta, error) {
	d := decoder{rest: b}
	m := &raft.SnapshotMeta{
		Version:            raft.SnapshotVersion(d.uvarint()),
		Index:              d.uvarint(),
		Term:               d.uvarint(),
		ConfigurationIndex: d.uvarint(),
	}
	if d.err != nil {
		return nil, d.err
	}
	m.Configuration = raft.DecodeConfiguration(d.rest)
	return m, nil
}
