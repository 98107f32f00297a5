package grpc

import (
	"testing"

	"github.com/terrella-go/terrella/examples/internal/trial"
)

// TestSkippedSync: a server that acknowledges what is not durable loses messages in a crash, and TestStorms
// finds it. What it prints to paste fails in the same way.
func TestSkippedSync(t *testing.T) { trial.Planted(t, "GRPC_SKIP_SYNC", "100") }
