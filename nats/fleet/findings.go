package fleet

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/terrella-go/terrella/internal/campaign"
	"github.com/terrella-go/terrella/internal/campaign/protocol"
)

// A Failure is a world that failed, as it was found.
type Failure struct {
	Target campaign.Target `json:"target"`
	Answer protocol.Answer `json:"answer"`
}

// addFailure writes down that a world failed. The same world may be added again.
func (f *Fleet) addFailure(ctx context.Context, t campaign.Target, a *protocol.Answer) error {
	data, err := json.Marshal(&Failure{t, *a})
	if err != nil {
		return err
	}
	_, err = f.create(ctx, f.findings, fmt.Sprintf("%s.%d", keyOf(t), a.Number), data)
	return err
}

// Failures returns the worlds that failed so far, in the order of targets and numbers.
func (f *Fleet) Failures(ctx context.Context) ([]Failure, error) {
	var all []Failure
	err := f.values(ctx, f.findings, "", func(_ string, data []byte) error {
		var one Failure
		err := json.Unmarshal(data, &one)
		all = append(all, one)
		return err
	})
	slices.SortFunc(all, func(a, b Failure) int {
		return cmp.Or(strings.Compare(a.Target.String(), b.Target.String()), cmp.Compare(a.Answer.Number, b.Answer.Number))
	})
	return all, err
}

// A Total is what was done of a target.
type Total struct {
	Target campaign.Target
	Worlds uint64 // that were counted
	Failed uint64 // of these
	// GivenUp are worlds on which campaign.MaxDeaths workers died.
	GivenUp uint64
	// Twice are worlds that were counted more than once, which must not be.
	Twice uint64
}

// Totals returns what was done so far, in the order of targets.
func (f *Fleet) Totals(ctx context.Context) ([]Total, error) {
	totals, seen := map[string]*Total{}, map[string]map[uint64]bool{}
	of := func(target string) *Total {
		if totals[target] == nil {
			totals[target], seen[target] = new(Total), map[uint64]bool{}
		}
		return totals[target]
	}
	err := f.values(ctx, f.results, "", func(key string, data []byte) error {
		kind, rest, _ := strings.Cut(key, ".")
		target, rest, _ := strings.Cut(rest, ".")
		switch kind {
		case "target":
			var s state
			if err := json.Unmarshal(data, &s); err != nil {
				return err
			}
			of(target).Target = s.Target
		case "done":
			var r record
			if err := json.Unmarshal(data, &r); err != nil {
				return err
			}
			t := of(target)
			t.Worlds += r.Answers
			t.Failed += r.Failed
			for i := range r.Answers {
				world := r.First + i*r.Stride
				if seen[target][world] {
					t.Twice++
				}
				seen[target][world] = true
			}
			if r.Died && r.Answers == 0 && strings.HasSuffix(rest, fmt.Sprintf(".%d", campaign.MaxDeaths-1)) {
				t.GivenUp++
			}
		}
		return nil
	})
	var out []Total
	for _, t := range totals {
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b Total) int { return strings.Compare(a.Target.String(), b.Target.String()) })
	return out, err
}

// values calls do for each key of a bucket.
func (f *Fleet) values(ctx context.Context, kv jetstream.KeyValue, prefix string, do func(key string, value []byte) error) error {
	var keys []string
	err := f.try(ctx, "listing "+kv.Bucket(), func(ctx context.Context) (err error) {
		if keys, err = kv.Keys(ctx); errors.Is(err, jetstream.ErrNoKeysFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		value, _, err := f.get(ctx, kv, key)
		if err != nil {
			return err
		}
		if err := do(key, value); err != nil {
			return fmt.Errorf("%s of %s can't be read: %w", key, kv.Bucket(), err)
		}
	}
	return nil
}

// Share gives a file to all workers, under a name with slashes.
func (f *Fleet) Share(ctx context.Context, name string, data []byte) error {
	return f.try(ctx, "storing "+name, func(ctx context.Context) error {
		_, err := f.corpus.PutBytes(ctx, name, data)
		return err
	})
}

// Fetch writes the files that were shared into a folder, and returns their names.
// Worlds that were given to the corpus are not among them.
func (f *Fleet) Fetch(ctx context.Context, dir string) ([]string, error) {
	all, err := f.objects(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range all {
		if strings.HasPrefix(name, worlds) {
			continue
		}
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return names, fmt.Errorf("the corpus has a file named %q, which would be outside of %s; it is left where it is", name, dir)
		}
		data, err := f.object(ctx, name)
		if err != nil {
			return names, err
		}
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			return names, err
		}
		if err := os.WriteFile(to, data, 0o666); err != nil {
			return names, err
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}
