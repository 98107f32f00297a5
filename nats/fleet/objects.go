package fleet

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"
)

// objects returns the names of what is in the object store: files that were shared, and worlds of the corpus.
func (f *Fleet) objects(ctx context.Context) ([]string, error) {
	var names []string
	err := f.try(ctx, "listing the corpus", func(ctx context.Context) error {
		infos, err := f.corpus.List(ctx)
		if errors.Is(err, jetstream.ErrNoObjectsFound) {
			return nil
		}
		names = names[:0] // of an attempt before
		for _, o := range infos {
			names = append(names, o.Name)
		}
		return err
	})
	return names, err
}

// object returns what the object store has under a name.
func (f *Fleet) object(ctx context.Context, name string) (data []byte, err error) {
	err = f.try(ctx, "fetching "+name, func(ctx context.Context) (err error) {
		data, err = f.corpus.GetBytes(ctx, name)
		return err
	})
	return data, err
}
