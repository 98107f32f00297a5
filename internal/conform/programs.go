package conform

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/rpc"
	"net/textproto"
	"strings"
)

// programCases are those in which parts of the standard library use the sockets.
func programCases() []Case {
	return []Case{
		{Name: "program/http", Body: httpProgram},
		{Name: "program/rpc", Body: rpcProgram},
		{Name: "program/textproto", Body: func(e *Env) {
			client, server := e.pair()
			done := start(func() error {
				line, err := bufio.NewReader(server).ReadString('\n')
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(server, "220 you said %s\r\n", strings.TrimSpace(line))
				return err
			})
			c := textproto.NewConn(client)
			_, err := c.Cmd("HELO %s", "world")
			e.must(err)
			_, message, err := c.ReadResponse(220)
			e.must(err)
			if message != "you said HELO world" {
				e.Errorf("the answer is %q", message)
			}
			e.must(done())
		}},
	}
}

func httpProgram(e *Env) {
	l := e.listen()
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			e.Errorf("the handler reads: %v", err)
		}
		fmt.Fprintf(w, "%s %s %d", r.Method, r.URL.Path, len(body))
	})}
	served := start(func() error { return server.Serve(l) })
	transport := &http.Transport{DialContext: e.Client.DialContext}
	client := &http.Client{Transport: transport}
	for i := range 5 {
		reply, err := client.Post("http://"+l.Addr().String()+"/path", "text/plain", strings.NewReader(text(i*50_000)))
		e.must(err)
		body, err := io.ReadAll(reply.Body)
		e.must(err)
		e.must(reply.Body.Close())
		if want := fmt.Sprintf("POST /path %d", i*50_000); string(body) != want {
			e.Errorf("the answer is %q, want %q", body, want)
		}
	}
	transport.CloseIdleConnections()
	e.must(server.Close())
	e.want(served(), http.ErrServerClosed)
}

// Sum is a service of net/rpc.
type Sum struct{}

// Add adds up numbers.
func (Sum) Add(numbers []int, sum *int) error {
	for _, n := range numbers {
		*sum += n
	}
	return nil
}

func rpcProgram(e *Env) {
	clientConn, serverConn := e.pair()
	server := rpc.NewServer()
	e.must(server.Register(Sum{}))
	served := start(func() net.Conn {
		server.ServeConn(serverConn)
		return serverConn
	})
	client := rpc.NewClient(clientConn)
	var sum int
	e.must(client.Call("Sum.Add", []int{1, 2, 3}, &sum))
	if sum != 6 {
		e.Errorf("the sum is %d", sum)
	}
	e.must(client.Close())
	served()
}
