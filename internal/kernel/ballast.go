package kernel

import (
	"os"
	"sync"
)

// Worlds make much garbage and keep little. The collector begins when the heap has doubled since the last collection,
// and so would run after every few megabytes, at a price that hardly depends on how many they are. The ballast is memory that nobody
// touches, and hence none to the operating system. It lies in the heap's books all the same: a collection comes after its size in garbage at the earliest.
// Who sets GOGC or GOMEMLIMIT gets what these say, and no ballast.
const ballastSize = 64 << 20

var ballast []byte

// layBallast makes the ballast before the first world runs. Memory that is fresh needs no clearing, which would touch it.
var layBallast = sync.OnceFunc(func() {
	// The race detector keeps notes of every byte that is allocated, so that with it the ballast would be touched.
	if !raceDetector && os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		ballast = make([]byte, ballastSize)
	}
})
