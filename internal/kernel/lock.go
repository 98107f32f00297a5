package kernel

import "github.com/terrella-go/terrella/internal/turn"

// A Lock guards the state of the simulator's own parts; see [turn.Lock].
type Lock = turn.Lock
