package nethttp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	tryTime    = 3 * time.Second        // for one try
	retryPause = 200 * time.Millisecond // between tries
)

// A Client talks to a server. It can be used by several goroutines.
type Client struct {
	http *http.Client
	url  string
}

// NewClient returns a client of the server at an address that dial understands, such as "server:443".
// The certificate has to be good for the address's host by the configuration. With http2 the client speaks HTTP/2, else
// HTTP/1.1.
func NewClient(address string, dial func(ctx context.Context, network, address string) (net.Conn, error), config *tls.Config, http2 bool) *Client {
	var protocols http.Protocols
	protocols.SetHTTP1(!http2)
	protocols.SetHTTP2(http2)
	return &Client{
		url: "https://" + address + "/counters/",
		http: &http.Client{Transport: &http.Transport{
			DialContext:         dial,
			TLSClientConfig:     config.Clone(),
			TLSHandshakeTimeout: tryTime,
			IdleConnTimeout:     time.Minute,
			Protocols:           &protocols,
			// A connection whose server is gone without a word has to be given up for a new one.
			HTTP2: &http.HTTP2Config{SendPingTimeout: tryTime, PingTimeout: tryTime},
		}},
	}
}

// errRefused is a server's answer that will not change.
var errRefused = errors.New("request refused")

// Close closes the connections that are not in use.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Add increments a counter, once, however often it has to try until the server answers or the context
// ends. It returns the increment's position.
func (c *Client) Add(ctx context.Context, counter, key string) (int, error) {
	for {
		body, err := c.try(ctx, http.MethodPost, counter, key)
		if err == nil {
			return strconv.Atoi(strings.TrimSpace(body))
		}
		if errors.Is(err, errRefused) {
			return 0, err
		}
		select {
		case <-ctx.Done():
			return 0, err
		case <-time.After(retryPause):
		}
	}
}

// Keys returns the keys of a counter's increments, in order. It tries once.
func (c *Client) Keys(ctx context.Context, counter string) ([]string, error) {
	body, err := c.try(ctx, http.MethodGet, counter, "")
	return strings.Fields(body), err
}

func (c *Client) try(ctx context.Context, method, counter, key string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, c.url+counter, nil)
	if err != nil {
		return "", err
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return "", err
	case response.StatusCode >= 500:
		return "", fmt.Errorf("%s: %s", response.Status, body)
	case response.StatusCode != http.StatusOK:
		return "", fmt.Errorf("%w: %s: %s", errRefused, response.Status, body)
	}
	return string(body), nil
}
