package conform

import (
	"path/filepath"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	simnet "github.com/terrella-go/terrella/net"
)

func TestEnoughCases(t *testing.T) {
	names := make(map[string]bool)
	for _, c := range Cases() {
		if names[c.Name] {
			t.Errorf("two cases are called %s", c.Name)
		}
		names[c.Name] = true
	}
	t.Logf("%d cases", len(names))
	if len(names) < 60 {
		t.Errorf("there are only %d cases", len(names))
	}
}

func TestReal(t *testing.T) {
	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) {
			dir := t.TempDir()
			serial := 0
			c.Run(&Env{T: t, Server: Machine, Client: Machine, Address: "127.0.0.1", Address6: "::1",
				Path: func() string {
					serial++
					return filepath.Join(dir, strconv.Itoa(serial))
				}})
		})
	}
}

// TestSimulated runs the cases within one host and between two, over links of
// several kinds.
func TestSimulated(t *testing.T) {
	t.Run("one host", func(t *testing.T) { simulated(t, simnet.Link{}, true) })
	t.Run("perfect link", func(t *testing.T) { simulated(t, simnet.Link{}, false) })
	t.Run("slow link", func(t *testing.T) {
		simulated(t, simnet.Link{Latency: simnet.Uniform{Min: time.Millisecond, Max: 3 * time.Millisecond}}, false)
	})
	t.Run("small packets", func(t *testing.T) {
		simulated(t, simnet.Link{Latency: simnet.Constant(time.Millisecond), MTU: 576}, false)
	})
}

func simulated(t *testing.T, link simnet.Link, oneHost bool) {
	for _, c := range Cases() {
		if c.OneHost && !oneHost {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, err := simnet.New(simnet.Config{Link: link})
				if err != nil {
					t.Fatal(err)
				}
				defer n.Close()
				c.Run(simulatedEnv(t, n, oneHost))
			})
		})
	}
}

func simulatedEnv(t *testing.T, n *simnet.Network, oneHost bool) *Env {
	host := func(name string) *simnet.Host {
		h, err := n.AddHost(name)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	server := host("server")
	serial := 0
	e := &Env{T: t, Server: server, Client: server, Address: "127.0.0.1", Address6: "::1",
		Path: func() string {
			serial++
			return "/run/socket" + strconv.Itoa(serial)
		}}
	if !oneHost {
		e.Client = host("client")
		e.Address, e.Address6 = server.Addrs()[0].String(), server.Addrs()[1].String()
	}
	return e
}
