//go:build race

package kernel

// raceDetector says that the program was built with -race.
const raceDetector = true
