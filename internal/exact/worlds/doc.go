// Package worlds holds tests whose worlds lean on what differs from process to process unless somebody takes care of it:
// addresses, by which maps with pointers for keys are ordered, and the collector, which empties pools and runs finalizers. The
// command exact compares them across processes.
package worlds
