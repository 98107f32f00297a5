package fleet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/terrella-go/terrella/internal/campaign"
)

// worlds is how the names of worlds in the object store begin, beside those of files.
const worlds = "worlds/"

// Give implements [campaign.Corpus].
func (f *Fleet) Give(ctx context.Context, s campaign.Seen) error {
	data, err := json.Marshal(&s)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	name := worlds + keyOf(s.Target) + "/" + hex.EncodeToString(sum[:8])
	f.mu.Lock()
	f.taken[name] = true
	f.mu.Unlock()
	return f.Share(ctx, name, data)
}

// Take implements [campaign.Corpus].
func (f *Fleet) Take(ctx context.Context) ([]campaign.Seen, error) {
	var objects []*jetstream.ObjectInfo
	err := f.try(ctx, "listing the corpus", func(ctx context.Context) (err error) {
		if objects, err = f.corpus.List(ctx); errors.Is(err, jetstream.ErrNoObjectsFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []campaign.Seen
	for _, o := range objects {
		f.mu.Lock()
		known := f.taken[o.Name] || !strings.HasPrefix(o.Name, worlds)
		f.mu.Unlock()
		if known {
			continue
		}
		var data []byte
		err := f.try(ctx, "fetching "+o.Name, func(ctx context.Context) (err error) {
			data, err = f.corpus.GetBytes(ctx, o.Name)
			return err
		})
		if err != nil {
			return out, err
		}
		var s campaign.Seen
		if err := json.Unmarshal(data, &s); err != nil {
			return out, fmt.Errorf("%s can't be read: %w", o.Name, err)
		}
		f.mu.Lock()
		f.taken[o.Name] = true
		f.mu.Unlock()
		out = append(out, s)
	}
	return out, nil
}
