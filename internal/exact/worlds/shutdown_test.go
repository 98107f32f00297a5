package worlds

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/terrella-go/terrella/sim"
)

// TestShutdown: a server is shut down in the midst of requests, again and again. Server.Shutdown walks a map of connections by
// pointer, closes the idle ones, and waits for the others.
func TestShutdown(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		w.Node("server", func(ctx context.Context, n *sim.Node) error {
			for ctx.Err() == nil {
				if err := serveFor(n, 300*time.Millisecond); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
		for range 6 {
			w.Client(func(ctx context.Context, n *sim.Node) {
				transport := &http.Transport{DialContext: n.Net().DialContext}
				client := http.Client{Transport: transport, Timeout: time.Second}
				draw := w.Rand(n.Name())
				for ctx.Err() == nil {
					w.Logf("%s: %v", n.Name(), get(&client, time.Duration(draw.IntN(60))*time.Millisecond))
					time.Sleep(time.Duration(draw.IntN(20)) * time.Millisecond)
				}
			})
		}
		w.Run(2 * time.Second)
	})
}

// serveFor serves for a while and shuts down.
func serveFor(n *sim.Node, d time.Duration) error {
	listener, err := n.Net().Listen("tcp", ":80")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if pause, err := time.ParseDuration(r.URL.Query().Get("pause")); err == nil {
			time.Sleep(pause)
		}
		fmt.Fprintf(rw, "hello %s", r.RemoteAddr)
	})}
	server.RegisterOnShutdown(func() { n.World().Log("shutting down") })
	var serving sync.WaitGroup
	serving.Go(func() { err = server.Serve(listener) })
	time.Sleep(d)
	if err := server.Shutdown(context.Background()); err != nil {
		return err
	}
	serving.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// get asks the server for an answer after a pause, and returns what it got.
func get(client *http.Client, pause time.Duration) string {
	resp, err := client.Get(fmt.Sprintf("http://server/?pause=%v", pause))
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}
