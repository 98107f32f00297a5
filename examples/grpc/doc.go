// Package grpc is a small service on google.golang.org/grpc with streams: a topic, to which publishers send messages, and
// which followers read from any place on, as it grows.
//
//	Publish  both ways   the publisher's messages, each once; how many of them the topic holds
//	Follow   one way     all messages from an offset on, in order, as they come
//
// A message is acknowledged, and shown to followers, when it is synced to the disk. A publisher whose stream broke
// does not know how much arrived: on the next stream the server first says how many of its
// messages there are, and the publisher goes on from there ([Client.Publish]). A new stream ends the one before, so
// that what is still on its way there is not added behind the new one's back. A follower that
// lost its stream asks for what comes after all it has ([Client.Follow]).
//
// The grpc library is used as it is published; messages are protobuf's well-known types, so that the service needs no
// generated code. Neither the server ([Serve]) nor the clients know of simulation. The tests run them on the
// machine's own loopback, and in worlds, where a storm strikes the server and the network to its clients:
// each follower has to get every acknowledged message in order, without a gap, and none twice.
//
// The service keeps all messages in memory and on disk, has one server, no security, and one process for
// each publisher's name.
package grpc
