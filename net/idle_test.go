package simnet

import (
	"flag"
	"fmt"
	"net"
	"runtime"
	"testing"
)

var idleConns = flag.Int("idle.conns", 10_000, "connections of the memory test, a hundred for each host")

// Connections that have been used and are idle, each with a goroutine that waits at one end, must
// fit many to a gigabyte: 100,000 of them, on 1,000 hosts.
func TestIdleConnectionsAreSmall(t *testing.T) {
	const most = 10_000 // bytes for both ends
	n, err := New(Config{Link: Link{}})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	hosts := make([]*Host, *idleConns/100)
	for i := range hosts {
		if hosts[i], err = n.AddHost(fmt.Sprintf("host%d", i)); err != nil {
			t.Fatal(err)
		}
		l, err := hosts[i].Listen("tcp", ":80")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go echo(c)
			}
		}()
	}
	before := bytesInUse()
	var conns []net.Conn
	for i := range *idleConns {
		from, to := hosts[i%len(hosts)], hosts[(i*7+i/len(hosts)+1)%len(hosts)]
		c, err := from.Dial("tcp", to.name+":80")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte("ping")); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 4)); err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
	}
	each := int(bytesInUse()-before) / len(conns)
	t.Logf("%d connections on %d hosts: %d bytes each, %d MB in all", len(conns), len(hosts), each, each*len(conns)>>20)
	if each > most {
		t.Errorf("a connection takes %d bytes, over %d", each, most)
	}
	runtime.KeepAlive(conns)
}

// bytesInUse returns the bytes in use by objects and stacks.
func bytesInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
