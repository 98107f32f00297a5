package fleet

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/terrella-go/terrella/internal/campaign"
)

// A Config says where a campaign's queue is. URL and Name are needed.
type Config struct {
	URL  string // of the server, or several with commas
	Name string // of the campaign: letters, digits, - and _
	// Seed and Runs are the campaign's, if it does not exist yet; a seed of nil is drawn. If it does, Seed must be the same or nil, and Runs the same or 0.
	Seed *uint64
	Runs uint64
	// Lease is after how long without a sign of life a chunk goes to another worker; 0 means 30 s. It must be the same for all.
	Lease time.Duration
	// CallTimeout bounds one call to the server; 0 means 5 s. Patience is for how long calls that fail are tried again,
	// while the server is away for instance; 0 means 3 minutes.
	CallTimeout, Patience time.Duration
}

func (c Config) filled() (Config, error) {
	if !regexp.MustCompile(`^[A-Za-z0-9_-]+$`).MatchString(c.Name) {
		return c, fmt.Errorf("%q is no name of a campaign: want letters, digits, - and _", c.Name)
	}
	for _, d := range []struct {
		to    *time.Duration
		usual time.Duration
	}{{&c.Lease, 30 * time.Second}, {&c.CallTimeout, 5 * time.Second}, {&c.Patience, 3 * time.Minute}} {
		if *d.to == 0 {
			*d.to = d.usual
		}
		if *d.to < 0 {
			return c, errors.New("Lease, CallTimeout and Patience must not be less than 0")
		}
	}
	return c, nil
}

// A Fleet is a connection to a campaign. It is a [campaign.Queue].
type Fleet struct {
	config   Config
	campaign Campaign
	instance string // tells this connection's records from those of others

	conn     *nats.Conn
	js       jetstream.JetStream
	results  jetstream.KeyValue
	findings jetstream.KeyValue
	corpus   jetstream.ObjectStore

	mu        sync.Mutex
	taken     map[string]bool // of the corpus: given or taken by this connection
	leases    atomic.Uint64
	held      map[uint64]*lease
	consumers map[string]jetstream.Consumer
}

// connectPatience is for how long the first connection is tried at most.
const connectPatience = 15 * time.Second

// A Campaign is what all its workers have in common.
type Campaign struct {
	Seed uint64 `json:"seed"`
	Runs uint64 `json:"runs"` // of each target; 0 means no limit
}

// Open connects to a campaign, and begins it if there is none of the name.
func Open(ctx context.Context, c Config) (*Fleet, error) {
	c, err := c.filled()
	if err != nil {
		return nil, err
	}
	f := &Fleet{config: c, instance: nuid.Next(), held: map[uint64]*lease{}, consumers: map[string]jetstream.Consumer{}, taken: map[string]bool{}}
	// Nobody waits for long to be told that an address is wrong.
	err = f.tryFor(ctx, min(c.Patience, connectPatience), "connecting to "+c.URL, func(context.Context) error {
		f.conn, err = nats.Connect(c.URL, nats.Timeout(c.CallTimeout), nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond), nats.Name("terrella "+c.Name))
		return err
	})
	if err != nil {
		return nil, err
	}
	if f.js, err = jetstream.New(f.conn); err == nil {
		err = f.open(ctx)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (f *Fleet) open(ctx context.Context) error {
	name := f.config.Name
	err := f.try(ctx, "opening the stream and the buckets", func(ctx context.Context) (err error) {
		// JetStream itself drops messages that are published twice within this time; later ones are found to be done when they are leased.
		_, err = f.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: name + "-work", Subjects: []string{f.subject("*")},
			Retention: jetstream.WorkQueuePolicy, Storage: jetstream.FileStorage, Duplicates: 10 * time.Minute})
		if err != nil {
			return err
		}
		if f.results, err = f.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: name + "-results"}); err != nil {
			return err
		}
		if f.findings, err = f.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: name + "-findings"}); err != nil {
			return err
		}
		f.corpus, err = f.js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: name + "-corpus"})
		return err
	})
	if err != nil {
		return err
	}
	return f.join(ctx)
}

// join begins the campaign or takes part in it.
func (f *Fleet) join(ctx context.Context) error {
	c := Campaign{Runs: f.config.Runs}
	if f.config.Seed != nil {
		c.Seed = *f.config.Seed
	} else {
		var b [8]byte
		rand.Read(b[:])
		c.Seed = binary.BigEndian.Uint64(b[:])
	}
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	found, err := f.create(ctx, f.results, "campaign", data)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(found, &f.campaign); err != nil {
		return fmt.Errorf("the campaign %s can't be read: %w", f.config.Name, err)
	}
	if f.config.Seed != nil && *f.config.Seed != f.campaign.Seed || f.config.Runs != 0 && f.config.Runs != f.campaign.Runs {
		return fmt.Errorf("the campaign %s has seed %#x and %d runs of each test; leave both out to take part in it, or begin another, with another name",
			f.config.Name, f.campaign.Seed, f.campaign.Runs)
	}
	return nil
}

// Campaign returns the campaign's seed and length.
func (f *Fleet) Campaign() Campaign { return f.campaign }

// Close ends the connection. What is leased goes to others when the lease is over.
func (f *Fleet) Close() {
	f.mu.Lock()
	for _, l := range f.held {
		l.stop()
	}
	f.mu.Unlock()
	if f.conn != nil {
		f.conn.Close()
	}
}

func (f *Fleet) subject(target string) string { return "terrella." + f.config.Name + "." + target }

// keyOf returns a name for a target that may stand in a subject.
func keyOf(t campaign.Target) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %d", t.Package, t.Test, t.Call))
	return hex.EncodeToString(sum[:8])
}

// create creates a key, and returns what it holds: the value, or that of who came earlier.
func (f *Fleet) create(ctx context.Context, kv jetstream.KeyValue, key string, value []byte) (holds []byte, err error) {
	err = f.try(ctx, "writing "+key, func(ctx context.Context) error {
		_, err := kv.Create(ctx, key, value)
		if err == nil {
			holds = value
			return nil
		}
		if !errors.Is(err, jetstream.ErrKeyExists) {
			return err
		}
		e, err := kv.Get(ctx, key)
		if err == nil {
			holds = e.Value()
		}
		return err
	})
	return holds, err
}

// get returns what a key holds, nil if there is none.
func (f *Fleet) get(ctx context.Context, kv jetstream.KeyValue, key string) (value []byte, revision uint64, err error) {
	err = f.try(ctx, "reading "+key, func(ctx context.Context) error {
		e, err := kv.Get(ctx, key)
		switch {
		case errors.Is(err, jetstream.ErrKeyNotFound):
			value, revision = nil, 0
			return nil
		case err == nil:
			value, revision = e.Value(), e.Revision()
		}
		return err
	})
	return value, revision, err
}

// try makes a call, and makes it again while the server does not answer.
func (f *Fleet) try(ctx context.Context, what string, call func(ctx context.Context) error) error {
	return f.tryFor(ctx, f.config.Patience, what, call)
}

func (f *Fleet) tryFor(ctx context.Context, patience time.Duration, what string, call func(ctx context.Context) error) error {
	began := time.Now()
	for {
		once, cancel := context.WithTimeout(ctx, f.config.CallTimeout)
		err := call(once)
		cancel()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("%s: %w", what, ctx.Err())
		case !passing(err):
			return fmt.Errorf("%s: %w", what, err)
		case time.Since(began) > patience:
			return fmt.Errorf("%s: the server has not answered for %v: %w", what, patience, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// passing reports whether an error may be gone at the next try.
func passing(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.Code >= 500 // the server is starting or short of something
	}
	for _, lasting := range []error{nats.ErrAuthorization, nats.ErrPermissionViolation, nats.ErrBadSubject, nats.ErrMaxPayload,
		jetstream.ErrInvalidKey, jetstream.ErrInvalidBucketName, jetstream.ErrInvalidStreamName} {
		if errors.Is(err, lasting) {
			return false
		}
	}
	return true
}
