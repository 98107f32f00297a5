package grpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/terrella-go/terrella/disk"
)

// A Config says what a server works with. Listener and Disk are needed.
type Config struct {
	Listener net.Listener
	// Disk is where the file "topic" is kept.
	Disk disk.FS
	// SkipSync acknowledges messages that are not durable: a bug for tests to find.
	SkipSync bool
}

// Serve serves until the context ends, then closes all connections and returns the context's error.
func Serve(ctx context.Context, c Config) error {
	t, err := openTopic(c.Disk, c.SkipSync)
	if err != nil {
		return errors.Join(fmt.Errorf("grpc: %w", err), c.Listener.Close())
	}
	server := grpc.NewServer(
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: keepaliveTime, Timeout: keepaliveTimeout}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: keepaliveTime / 2}),
	)
	server.RegisterService(&service, t)
	// Stop walks over a map of connections in the order of their addresses. In a world with several connections
	// open, what follows would not be the same each time; the tests end servers by crashes.
	stop := context.AfterFunc(ctx, server.Stop)
	defer stop()
	err = server.Serve(c.Listener)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return errors.Join(err, t.journal.Close())
}

const (
	keepaliveTime    = 10 * time.Second
	keepaliveTimeout = 3 * time.Second
)

// service is what protoc would make of
//
//	service Topic {
//	  rpc Publish(stream google.protobuf.StringValue) returns (stream google.protobuf.UInt64Value);
//	  rpc Follow(google.protobuf.UInt64Value) returns (stream google.protobuf.StringValue);
//	}
var service = grpc.ServiceDesc{
	ServiceName: "terrella.example.Topic",
	HandlerType: (*topicServer)(nil),
	Streams: []grpc.StreamDesc{
		{StreamName: "Publish", ServerStreams: true, ClientStreams: true, Handler: func(s any, stream grpc.ServerStream) error {
			return s.(topicServer).publish(&grpc.GenericServerStream[text, number]{ServerStream: stream})
		}},
		{StreamName: "Follow", ServerStreams: true, Handler: func(s any, stream grpc.ServerStream) error {
			var from number
			if err := stream.RecvMsg(&from); err != nil {
				return err
			}
			return s.(topicServer).follow(from.Value, &grpc.GenericServerStream[number, text]{ServerStream: stream})
		}},
	},
}

type (
	text   = wrapperspb.StringValue
	number = wrapperspb.UInt64Value
)

type topicServer interface {
	publish(grpc.BidiStreamingServer[text, number]) error
	follow(from uint64, stream grpc.ServerStreamingServer[text]) error
}

// publish adds a publisher's messages. It sends the number of them that the topic holds: first, and after each.
func (t *topic) publish(stream grpc.BidiStreamingServer[text, number]) error {
	names := metadata.ValueFromIncomingContext(stream.Context(), publisherKey)
	if len(names) != 1 || names[0] == "" || strings.ContainsAny(names[0], " \n") {
		return status.Errorf(codes.InvalidArgument, "publisher %q: want one name without a space", names)
	}
	session, count := t.begin(names[0])
	for {
		if err := stream.Send(&number{Value: count}); err != nil {
			return err
		}
		message, err := stream.Recv()
		if err != nil {
			return ended(err)
		}
		if count, err = t.add(names[0], session, message.Value); err != nil {
			return err
		}
	}
}

// ended returns the error of a stream that its client has ended, or that broke.
func ended(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// follow sends all messages from one on.
func (t *topic) follow(from uint64, stream grpc.ServerStreamingServer[text]) error {
	for {
		messages, grown, err := t.after(from)
		if err != nil {
			return err
		}
		for _, m := range messages {
			if err := stream.Send(&text{Value: m}); err != nil {
				return err
			}
		}
		from += uint64(len(messages))
		select {
		case <-grown:
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
}
