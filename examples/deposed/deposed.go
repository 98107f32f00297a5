// Package deposed is a number that one of three servers, the leader, changes and reads for all clients, as long as a majority follows
// it: a leader of a later term needs the votes of a majority, and none of these follows an older one any more.
//
// A leader that is cut off does not hear that it was deposed. So it may answer a read only after it has asked a majority whether
// it still leads: [Config.TrustSelf] is the bug of one that does not.
package deposed

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/examples/internal/ask"
	"github.com/terrella-go/terrella/examples/internal/statefile"
)

// A Config describes a server.
type Config struct {
	Net     ask.Network
	Disk    disk.FS
	Name    string
	Servers []string

	// TrustSelf is a bug to be found: a leader answers reads without asking whether it still leads.
	TrustSelf bool
}

// state is what a server must not forget.
type state struct {
	Promised int // the latest term that it follows
	Term     int // in which the value was accepted
	Version  int
	Value    int
}

func (s state) before(t state) bool {
	return s.Term < t.Term || s.Term == t.Term && s.Version < t.Version
}

// request asks a server to follow a term (Promise), to accept a state of a term (Accept), or, of clients, to read or write.
type request struct {
	Promise int    `json:",omitempty"`
	Accept  *state `json:",omitempty"`
	Read    bool   `json:",omitempty"`
	Write   *int   `json:",omitempty"`
}

// Answers of a server that is no leader, or no longer.
const (
	errNotLeader ask.Error = "this server does not lead"
	errOldTerm   ask.Error = "the term is over"
	errNoQuorum  ask.Error = "no majority follows"
)

// A server follows, and may lead.
type server struct {
	config Config
	ctx    context.Context
	file   statefile.File

	mu     sync.Mutex
	state  state
	broken error
	leads  int       // the term that it leads, 0 if none
	heard  time.Time // of a leader

	decided state // the latest that a majority has accepted of this server as the leader
}

// Times of elections.
const (
	heartbeat = 100 * time.Millisecond
	patience  = 400 * time.Millisecond
)

// Serve runs a server until the context ends.
func Serve(ctx context.Context, c Config) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &server{config: c, ctx: ctx, heard: time.Now(), file: statefile.File{Disk: c.Disk, Name: "state"}}
	if err := s.file.Load(&s.state); err != nil {
		return err
	}
	go s.elect()
	err := ask.Serve(ctx, c.Net, func(ctx context.Context, r request) (state, error) {
		out, err := s.answer(ctx, r)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.broken != nil {
			cancel()
		}
		return out, err
	})
	return errors.Join(s.broken, err)
}

func (s *server) answer(ctx context.Context, r request) (state, error) {
	switch {
	case r.Promise > 0:
		return s.promise(r.Promise)
	case r.Accept != nil:
		return s.accept(*r.Accept)
	}
	return s.lead(ctx, r)
}

// promise follows a term, and no older one from now on.
func (s *server) promise(term int) (state, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if term <= s.state.Promised {
		return state{}, errOldTerm
	}
	next := s.state
	next.Promised = term
	s.heard, s.leads = time.Now(), 0
	return s.state, s.save(next)
}

// accept takes over the state of the leader of a term.
func (s *server) accept(from state) (state, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if from.Term < s.state.Promised {
		return state{}, errOldTerm
	}
	s.heard = time.Now()
	if s.leads != from.Term {
		s.leads = 0 // deposed
	}
	if from.Promised = from.Term; !s.state.before(from) && s.state.Promised == from.Promised {
		return s.state, s.broken
	}
	return from, s.save(from)
}

// lead carries out a client's request as the leader.
func (s *server) lead(ctx context.Context, r request) (state, error) {
	now, err := s.begin(r)
	if err != nil || r.Read && s.config.TrustSelf {
		return now, err
	}
	return now, s.spread(ctx, now)
}

// begin returns the state that a request is answered with, once a majority has accepted it.
func (s *server) begin(r request) (state, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leads == 0 {
		return state{}, errNotLeader
	}
	if r.Write == nil {
		if s.config.TrustSelf {
			return s.decided, nil
		}
		return s.state, nil
	}
	next := s.state
	next.Version, next.Value = next.Version+1, *r.Write
	return next, s.save(next) // first of all here: no two states of a term have one version
}

// spread has a majority accept a state of the term that this server leads. Without one it goes on
// leading: it may have been deposed, or others are slow.
func (s *server) spread(ctx context.Context, now state) error {
	if err := s.ask(ctx, request{Accept: &now}, nil); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.decided.before(now) {
		s.decided = now
	}
	return nil
}

// ask asks all servers, this one too, and returns an error unless a majority agrees.
func (s *server) ask(ctx context.Context, r request, each func(state)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	most := len(s.config.Servers)/2 + 1
	states := ask.All[state](ctx, s.config.Net, s.config.Servers, most, r)
	if len(states) < most {
		return errNoQuorum
	}
	for _, st := range states {
		if each != nil {
			each(st)
		}
	}
	return nil
}

// elect has this server lead when it has not heard of a leader for a while, and lets others know while it leads.
func (s *server) elect() {
	for s.ctx.Err() == nil {
		s.mu.Lock()
		leads, silent, now := s.leads != 0, time.Since(s.heard), s.state
		s.mu.Unlock()
		switch {
		case leads:
			s.spread(s.ctx, now) // a heartbeat; that nobody hears it proves nothing
		case silent > patience:
			s.stand(now)
		}
		time.Sleep(heartbeat + rand.N(heartbeat))
	}
}

// stand asks for the votes of a majority, takes over the newest state that they know, and leads.
func (s *server) stand(now state) {
	term := s.termAfter(now.Promised)
	newest := state{}
	err := s.ask(s.ctx, request{Promise: term}, func(st state) {
		if newest.before(st) {
			newest = st
		}
	})
	if err != nil {
		return
	}
	newest.Term = term
	if s.spread(s.ctx, newest) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.Promised == term && s.state.Term == term {
		s.leads = term
	}
}

// termAfter returns the next term that is this server's to lead: no two servers have one in common.
func (s *server) termAfter(term int) int {
	n := len(s.config.Servers)
	for term++; s.config.Servers[term%n] != s.config.Name; term++ {
	}
	return term
}

// save replaces the file. After an error nobody knows what the disk holds, and the server has to start again.
func (s *server) save(next state) error {
	if s.broken != nil {
		return s.broken
	}
	if s.broken = s.file.Replace(next); s.broken == nil {
		s.state = next
	}
	return s.broken
}
