package grpc

import (
	"context"
	"io"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
)

// publisherKey is the metadata in which a publisher tells its name.
const publisherKey = "publisher"

// A Client talks to a server. It can be used by several goroutines.
type Client struct {
	conn *grpc.ClientConn
}

// NewClient returns a client of the server at an address that dial understands, such as "server:443". It connects
// when it is first used.
func NewClient(address string, dial func(ctx context.Context, network, address string) (net.Conn, error)) (*Client, error) {
	conn, err := grpc.NewClient("passthrough:///"+address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) { return dial(ctx, "tcp", address) }),
		// A connection whose server is gone without a word has to be given up for a new one.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: keepaliveTime, Timeout: keepaliveTimeout}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 200 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 2 * time.Second},
			MinConnectTimeout: 3 * time.Second,
		}),
	)
	if err != nil {
		return nil, err
	}
	return &Client{conn}, nil
}

// Close closes the client's connection.
func (c *Client) Close() error { return c.conn.Close() }

// Publish publishes for as long as one stream lasts. It calls held with the number of this publisher's messages
// that the topic holds, first and whenever there are more, and message, in another goroutine, for the text
// of each that follows, counted from 0. Messages are sent without waiting for the ones before to be held.
// An error from message ends the stream; if it is io.EOF, Publish returns nil when all is held.
func (c *Client) Publish(ctx context.Context, publisher string, message func(ctx context.Context, n uint64) (string, error), held func(count uint64)) error {
	ctx, cancel := context.WithCancelCause(metadata.AppendToOutgoingContext(ctx, publisherKey, publisher))
	var sender sync.WaitGroup
	defer sender.Wait()
	defer cancel(nil)
	s, err := c.conn.NewStream(ctx, &service.Streams[0], "/"+service.ServiceName+"/Publish")
	if err != nil {
		return err
	}
	stream := &grpc.GenericClientStream[text, number]{ClientStream: s}
	count, err := stream.Recv()
	if err != nil {
		return err
	}
	first := count.Value
	sender.Go(func() {
		if err := send(ctx, stream, first, message); err != nil {
			cancel(err)
		}
	})
	for err == nil {
		held(count.Value)
		count, err = stream.Recv()
	}
	return outcome(ctx, err)
}

// Follow gets messages from an offset on, for as long as one stream lasts. It calls message with each: its publisher's name, a
// space, and the text. It never returns nil.
func (c *Client) Follow(ctx context.Context, from uint64, message func(string)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := c.conn.NewStream(ctx, &service.Streams[1], "/"+service.ServiceName+"/Follow")
	if err != nil {
		return err
	}
	stream := &grpc.GenericClientStream[number, text]{ClientStream: s}
	if err := stream.Send(&number{Value: from}); err != nil {
		return err
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	for {
		m, err := stream.Recv()
		if err != nil {
			return err
		}
		message(m.Value)
	}
}

// send sends messages from one on until there are no more.
func send(ctx context.Context, stream grpc.BidiStreamingClient[text, number], n uint64, message func(context.Context, uint64) (string, error)) error {
	for {
		m, err := message(ctx, n)
		if err == io.EOF {
			return stream.CloseSend()
		}
		if err != nil {
			return err
		}
		if err := stream.Send(&text{Value: m}); err != nil {
			return nil // the receiver knows why
		}
		n++
	}
}

// outcome returns how a stream ended that the receiver has seen end with err.
func outcome(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if err == io.EOF {
		return nil
	}
	return err
}
