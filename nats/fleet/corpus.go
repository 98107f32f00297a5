package fleet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

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
	names, err := f.objects(ctx)
	if err != nil {
		return nil, err
	}
	var out []campaign.Seen
	for _, name := range names {
		f.mu.Lock()
		known := f.taken[name] || !strings.HasPrefix(name, worlds)
		f.mu.Unlock()
		if known {
			continue
		}
		data, err := f.object(ctx, name)
		if err != nil {
			return out, err
		}
		var s campaign.Seen
		if err := json.Unmarshal(data, &s); err != nil {
			return out, fmt.Errorf("%s can't be read: %w", name, err)
		}
		f.mu.Lock()
		f.taken[name] = true
		f.mu.Unlock()
		out = append(out, s)
	}
	return out, nil
}
