package nethttp

import (
	"testing"

	"github.com/terrella-go/terrella/examples/internal/trial"
)

// TestSkippedSync: a server that acknowledges what is not durable loses increments in a crash, and TestStorms
// finds it. What it prints to paste fails in the same way.
func TestSkippedSync(t *testing.T) { trial.Planted(t, "NETHTTP_SKIP_SYNC", "100") }
