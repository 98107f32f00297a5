package hashiraft

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// A Client raises registers. It may be used by one goroutine at a time.
type Client struct {
	// Net is the network, and Servers are the names of the servers.
	Net     Network
	Servers []string

	server int // the one to ask
	conn   net.Conn
	lines  *bufio.Scanner
}

// ErrNoLeader is returned by a client that has not found the leader.
var ErrNoLeader = errors.New("hashiraft: no server says that it is the leader")

// Raise raises a register, unless it is at that value or above already, and returns
// its value. After an error, other than ErrNoLeader, the register may have been raised or
// still be raised later.
func (c *Client) Raise(ctx context.Context, name string, to uint64) (uint64, error) {
	for range 2 * len(c.Servers) {
		reply, err := c.ask(ctx, fmt.Sprintf("%s %d", name, to))
		if err != nil {
			c.turnTo((c.server + 1) % len(c.Servers))
			return 0, fmt.Errorf("hashiraft: raise %s to %d: %w", name, to, err)
		}
		kind, rest, _ := strings.Cut(reply, " ")
		switch kind {
		case "ok":
			return strconv.ParseUint(rest, 10, 64)
		case "leader":
			c.follow(rest)
		default:
			return 0, fmt.Errorf("hashiraft: raise %s to %d: %s", name, to, rest)
		}
	}
	return 0, ErrNoLeader
}

// Read returns a register's value, which is at least that of all raises that had returned before.
func (c *Client) Read(ctx context.Context, name string) (uint64, error) {
	return c.Raise(ctx, name, 0)
}

// follow turns to the server that is said to be the leader, or to the next one.
func (c *Client) follow(leader string) {
	for i, s := range c.Servers {
		if s == leader && i != c.server {
			c.turnTo(i)
			return
		}
	}
	c.turnTo((c.server + 1) % len(c.Servers))
}

func (c *Client) turnTo(server int) {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
	c.server = server
}

// ask sends a request to the current server and returns its answer.
func (c *Client) ask(ctx context.Context, request string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, rpcTimeout)
	defer cancel()
	if c.conn == nil {
		conn, err := c.Net.DialContext(ctx, "tcp", net.JoinHostPort(c.Servers[c.server], clientPort))
		if err != nil {
			return "", err
		}
		c.conn, c.lines = conn, bufio.NewScanner(conn)
	}
	conn := c.conn
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err := fmt.Fprintln(conn, request); err != nil {
		return "", err
	}
	if !c.lines.Scan() {
		return "", errors.Join(errors.New("the server hung up"), c.lines.Err())
	}
	return c.lines.Text(), nil
}
