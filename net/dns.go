package simnet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// DNS is how the hosts' name service behaves. The zero value answers at once
// and always with the truth. Addresses, "localhost" and a host's own name are known
// without asking.
type DNS struct {
	// Latency is how long an answer takes; nil means no time.
	Latency Latency
	// Loss is the ratio of questions that stay without an answer. Each is asked
	// again after 5 s, and a look-up fails with a time-out after two
	// (the defaults of resolv.conf).
	Loss float64
	// Fail is the ratio of look-ups that fail for now (SERVFAIL).
	Fail float64
	// Lag is how long the name service goes on telling the old addresses of a host that
	// came back with new ones.
	Lag time.Duration
	// TTL is how long each host remembers an answer, and trusts it.
	TTL time.Duration
}

func (d *DNS) validate() error {
	var errs []error
	for _, r := range []struct {
		name string
		x    float64
	}{{"Loss", d.Loss}, {"Fail", d.Fail}} {
		if !(r.x >= 0 && r.x <= 1) {
			errs = append(errs, fmt.Errorf("%s is %v, which is not a ratio from 0 to 1", r.name, r.x))
		}
	}
	errs = append(errs, notNegative("Lag", d.Lag), notNegative("TTL", d.TTL), validLatency(d.Latency))
	return errors.Join(errs...)
}

// SetDNS changes how names are looked up from now on. Values out of range are errors.
func (n *Network) SetDNS(d DNS) error {
	if err := d.validate(); err != nil {
		return fmt.Errorf("simnet: DNS: %w", err)
	}
	n.lock()
	defer n.unlock()
	n.dns = d
	return nil
}

// DNS returns how names are looked up.
func (n *Network) DNS() DNS {
	n.lock()
	defer n.unlock()
	return n.dns
}

const (
	dnsTimeout  = 5 * time.Second
	dnsAttempts = 2
)

// loopback4 and loopback6 are every host's addresses for itself.
var (
	loopback4 = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	loopback6 = netip.IPv6Loopback()
)

// services are the names of ports that package net knows without a file.
var services = map[string]uint16{
	"domain": 53, "ftp": 21, "ftps": 990, "gopher": 70, "http": 80, "https": 443, "imap2": 143,
	"imap3": 220, "imaps": 993, "pop3": 110, "pop3s": 995, "smtp": 25, "submissions": 465,
	"ssh": 22, "telnet": 23,
}

// LookupHost returns the addresses of a host by its name, IPv4 first. An unknown
// name is a *net.DNSError with IsNotFound set.
func (h *Host) LookupHost(ctx context.Context, host string) ([]string, error) {
	addrs, err := h.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(addrs))
	for i, a := range addrs {
		texts[i] = a.String()
	}
	return texts, nil
}

// LookupAddr returns the names of an address, with the dot at the end that package
// net gives them.
func (h *Host) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		return nil, &net.DNSError{Err: "unrecognized address", Name: addr}
	}
	if ip.IsLoopback() {
		return []string{"localhost"}, nil
	}
	h.net.lock()
	defer h.net.unlock()
	if err := h.question(ctx, addr); err != nil {
		return nil, err
	}
	if o := h.net.byAddr[ip.Unmap()]; o != nil {
		return []string{o.name + "."}, nil
	}
	return nil, notFound(addr)
}

func notFound(name string) *net.DNSError {
	return &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func lookupError(name string, err error) *net.DNSError {
	timeout := errors.Is(err, errTimeout)
	return &net.DNSError{Err: err.Error(), Name: name, UnwrapErr: err, IsTimeout: timeout, IsTemporary: timeout}
}

// An answer is what a host remembers of a look-up.
type answer struct {
	addrs []netip.Addr
	until time.Duration
}

// lookup resolves a name or the text of an address.
func (h *Host) lookup(ctx context.Context, name string) ([]netip.Addr, error) {
	if addrs := h.known(name); addrs != nil {
		return addrs, nil
	}
	n := h.net
	n.lock()
	defer n.unlock()
	key := canonical(name)
	if a, ok := h.answers[key]; ok && n.now() < a.until {
		return a.addrs, nil
	}
	if err := h.question(ctx, name); err != nil {
		return nil, err
	}
	o := n.byName[key]
	if o == nil {
		return nil, notFound(name)
	}
	addrs := []netip.Addr{o.ip4, o.ip6}
	if now := n.now(); o.moved > 0 && now < o.moved+n.dns.Lag {
		addrs = o.former
	}
	if n.dns.TTL > 0 {
		h.answers[key] = answer{addrs, n.now() + n.dns.TTL}
	}
	return addrs, nil
}

// lookupNow is lookup without the name service's delays and failures.
func (h *Host) lookupNow(_ context.Context, name string) ([]netip.Addr, error) {
	if addrs := h.known(name); addrs != nil {
		return addrs, nil
	}
	h.net.lock()
	defer h.net.unlock()
	if o := h.net.byName[canonical(name)]; o != nil {
		return []netip.Addr{o.ip4, o.ip6}, nil
	}
	return nil, notFound(name)
}

func canonical(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// known returns the addresses that need no name service, nil if there are none.
func (h *Host) known(name string) []netip.Addr {
	if ip, err := netip.ParseAddr(name); err == nil {
		return []netip.Addr{ip.Unmap()}
	}
	switch canonical(name) {
	case "localhost":
		return []netip.Addr{loopback4, loopback6}
	case strings.ToLower(h.name):
		return h.Addrs()
	}
	return nil
}

// question asks the name service, which takes its time and may not answer.
func (h *Host) question(ctx context.Context, name string) error {
	n := h.net
	h.questions[name]++
	key := n.redrawn(n.key.Name("dns").Name(h.name).Name(name).Num(h.questions[name]))
	for attempt := range uint64(dnsAttempts) {
		wait, lost := time.Duration(0), chance(key.Num(attempt), drawLoss, n.dns.Loss)
		switch {
		case lost:
			wait = dnsTimeout
		case n.dns.Latency != nil:
			wait = max(0, n.dns.Latency.Quantile(fraction(key.Num(attempt), drawLatency)))
		}
		if err := n.sleep(ctx, wait); err != nil {
			return lookupError(name, err)
		}
		if err := ctx.Err(); err != nil {
			return lookupError(name, contextError(err))
		}
		if !lost {
			if chance(key, drawFail, n.dns.Fail) {
				return &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
			}
			return nil
		}
	}
	return lookupError(name, errTimeout)
}

// resolve translates "host:port" to addresses of the families that
// network allows. No host stands for all addresses of the machine itself.
func (h *Host) resolve(ctx context.Context, network, address string,
	lookup func(context.Context, string) ([]netip.Addr, error)) ([]netip.AddrPort, error) {
	name, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := parsePort(network, service)
	if err != nil {
		return nil, err
	}
	four, six := families(network)
	var addrs []netip.Addr
	if name == "" {
		addrs = []netip.Addr{netip.IPv6Unspecified()}
		if !six {
			addrs[0] = netip.IPv4Unspecified()
		}
	} else if addrs, err = lookup(ctx, name); err != nil {
		return nil, err
	}
	var out []netip.AddrPort
	for _, a := range addrs {
		if a.Is4() && four || a.Is6() && six {
			out = append(out, netip.AddrPortFrom(a, port))
		}
	}
	if len(out) == 0 {
		return nil, &net.AddrError{Err: "no suitable address found", Addr: name}
	}
	return out, nil
}

// families returns which families of addresses a network's name allows.
func families(network string) (four, six bool) {
	return !strings.HasSuffix(network, "6"), !strings.HasSuffix(network, "4")
}

func parsePort(network, service string) (uint16, error) {
	if service == "" {
		return 0, nil
	}
	if n, err := strconv.Atoi(service); err == nil {
		if n < 0 || n > 65535 {
			return 0, &net.AddrError{Err: "invalid port", Addr: service}
		}
		return uint16(n), nil
	}
	if n, ok := services[strings.ToLower(service)]; ok {
		return n, nil
	}
	return 0, &net.DNSError{Err: "unknown port", Name: network + "/" + service, IsNotFound: true}
}
