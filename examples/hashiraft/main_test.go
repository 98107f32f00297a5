package hashiraft

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"testing"

	"github.com/hashicorp/go-msgpack/v2/codec"
	"github.com/hashicorp/raft"
)

// TestMain has go-msgpack look at raft's messages before a world does. It keeps what it has learned
// of a type in a package-level table behind a mutex. The first world to send a message
// would take steps that no later one takes, and a seed would not go the same way alone as among others:
// without this, -sim.verify fails at the first snapshot that is sent.
func TestMain(m *testing.M) {
	for _, message := range []any{
		&raft.AppendEntriesRequest{Entries: []*raft.Log{{}}},
		&raft.AppendEntriesResponse{},
		&raft.RequestVoteRequest{},
		&raft.RequestVoteResponse{},
		&raft.RequestPreVoteRequest{},
		&raft.RequestPreVoteResponse{},
		&raft.InstallSnapshotRequest{},
		&raft.InstallSnapshotResponse{},
		&raft.TimeoutNowRequest{},
		&raft.TimeoutNowResponse{},
		&raft.Configuration{Servers: []raft.Server{{}}},
	} {
		if err := roundTrip(message); err != nil {
			fmt.Fprintf(os.Stderr, "%T: %v\n", message, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func roundTrip(message any) error {
	var b bytes.Buffer
	if err := codec.NewEncoder(&b, &codec.MsgpackHandle{}).Encode(message); err != nil {
		return err
	}
	again := reflect.New(reflect.TypeOf(message).Elem()).Interface()
	return codec.NewDecoder(&b, &codec.MsgpackHandle{}).Decode(again)
}
