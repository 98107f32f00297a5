package simnet_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"syscall"
	"time"

	"github.com/terrella-go/terrella/internal/prng"
	simnet "github.com/terrella-go/terrella/net"
)

// An HTTP server and a client, neither of which knows that the network is simulated.
func Example() {
	n, err := simnet.New(simnet.Config{Seed: prng.Seed(1)})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()
	server, err := n.AddHost("server")
	if err != nil {
		log.Fatal(err)
	}
	client, err := n.AddHost("client")
	if err != nil {
		log.Fatal(err)
	}

	l, err := server.Listen("tcp", ":http")
	if err != nil {
		log.Fatal(err)
	}
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello to %s", r.RemoteAddr)
	}))

	web := http.Client{Transport: &http.Transport{DialContext: client.DialContext}}
	reply, err := web.Get("http://server/")
	if err != nil {
		log.Fatal(err)
	}
	body, err := io.ReadAll(reply.Body)
	fmt.Println(string(body), err)
	reply.Body.Close()

	server.Kill()
	_, err = client.Dial("tcp", "server:80")
	fmt.Println(err)
	fmt.Println(errors.Is(err, syscall.ECONNREFUSED))
	// Output:
	// hello to 10.0.0.2:49152 <nil>
	// dial tcp 10.0.0.1:80: connect: connection refused
	// true
}

func ExampleNetwork_SetLink() {
	n, err := simnet.New(simnet.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()
	for _, name := range []string{"here", "there"} {
		if _, err := n.AddHost(name); err != nil {
			log.Fatal(err)
		}
	}

	slow := simnet.WAN
	slow.Loss = 0.01
	fmt.Println(n.SetLink("here", "there", slow))

	fmt.Println(n.SetLink("here", "nowhere", slow))
	fmt.Println(n.SetLink("here", "there", simnet.Link{Loss: 5}))
	fmt.Println(n.SetLink("here", "there", simnet.Link{Latency: simnet.Constant(-time.Second)}))
	// Output:
	// <nil>
	// simnet: no host "nowhere": there are here, there
	// simnet: link from here to there: Loss is 5, which is not a ratio from 0 to 1
	// simnet: link from here to there: Latency: Constant is -1s, below 0
}

func ExampleBridge() {
	for _, c := range simnet.Bridge("c", []string{"a", "b", "c", "d", "e"})[:4] {
		fmt.Println(c.From, "no longer reaches", c.To)
	}
	// Output:
	// a no longer reaches d
	// a no longer reaches e
	// b no longer reaches d
	// b no longer reaches e
}

func ExampleTableOf() {
	measured := []time.Duration{12 * time.Millisecond, 10 * time.Millisecond, 50 * time.Millisecond}
	l := simnet.Link{Latency: simnet.TableOf(measured), Loss: 0.001}
	fmt.Println(l)
	fmt.Println("median:", l.Latency.Quantile(0.5))
	// Output:
	// latency table of 3 points, 10ms to 50ms, loss 0.001
	// median: 12ms
}

func ExampleLink_String() {
	fmt.Println(simnet.Link{})
	fmt.Println(simnet.Rack)
	fmt.Println(simnet.Link{Latency: simnet.Uniform{Min: time.Millisecond, Max: 2 * time.Millisecond}, Corrupt: 0.1, MTU: 576})
	// Output:
	// perfect
	// latency log-normal 30µs + 110µs, sigma 0.83, loss 1e-05, bytes/s 1250000000, queue 524288
	// latency uniform 1ms to 2ms, corrupt 0.1, MTU 576
}
