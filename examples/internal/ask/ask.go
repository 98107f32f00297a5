// Package ask is what the examples talk to each other with: one request and one answer a connection, in JSON.
package ask

import (
	"context"
	"encoding/json"
	"errors"
	"net"

	"github.com/terrella-go/terrella/examples/internal/edit"
)

// A Network is what a server and a client need of one.
type Network interface {
	Listen(network, address string) (net.Listener, error)
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// port is where all servers listen.
const port = ":80"

// An Error is a server's refusal; the request has had no effect.
type Error string

func (e Error) Error() string { return string(e) }

// message is what goes over a connection, in either direction.
type message struct {
	Error string          `json:",omitempty"`
	Body  json.RawMessage `json:",omitempty"`
}

// Serve answers requests, each in a goroutine of its own, until the context ends. An error of answer is
// the client's to see.
func Serve[In, Out any](ctx context.Context, n Network, answer func(context.Context, In) (Out, error)) error {
	l, err := n.Listen("tcp", port)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { l.Close() })()
	edited := edit.Begin(ctx, nameOf(n))
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		go func() {
			defer conn.Close()
			var in In
			if json.NewDecoder(conn).Decode(&in) != nil {
				return
			}
			edited.Request()
			out, err := answer(ctx, in)
			var m message
			if err != nil {
				m.Error = err.Error()
			} else if m.Body, err = json.Marshal(out); err != nil {
				m.Error = err.Error()
			}
			json.NewEncoder(conn).Encode(m) // who does not get it times out
		}()
	}
}

// nameOf returns the name of a machine on the network, empty if it has none.
func nameOf(n Network) string {
	if host, ok := n.(interface{ Name() string }); ok {
		return host.Name()
	}
	return ""
}

// To asks a server. Without an answer by the context's end the request may have had its effect, or may still.
func To[Out, In any](ctx context.Context, n Network, server string, in In) (out Out, err error) {
	conn, err := n.DialContext(ctx, "tcp", server+port)
	if err != nil {
		return out, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := json.NewEncoder(conn).Encode(in); err != nil {
		return out, err
	}
	var m message
	if err := json.NewDecoder(conn).Decode(&m); err != nil {
		return out, errors.Join(err, ctx.Err())
	}
	if m.Error != "" {
		return out, Error(m.Error)
	}
	return out, json.Unmarshal(m.Body, &out)
}

// All asks several servers at once, until enough of them have answered or all have been heard, and returns the answers.
func All[Out, In any](ctx context.Context, n Network, servers []string, enough int, in In) []Out {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		out Out
		err error
	}
	results := make(chan result, len(servers))
	for _, s := range servers {
		go func() {
			out, err := To[Out](ctx, n, s, in)
			results <- result{out, err}
		}()
	}
	var outs []Out
	for range servers {
		if r := <-results; r.err == nil {
			if outs = append(outs, r.out); len(outs) == enough {
				break
			}
		}
	}
	return outs
}
