// Package fleet keeps the queue of a campaign on a NATS server with JetStream, for workers on many machines.
//
// A campaign has a name, and on the server a stream and three buckets of that name:
//
//   - the stream <name>-work is a work queue of chunks, one subject for each target. A chunk is delivered to one
//     worker at a time. The delivery is a lease: while the worker lives it asks for more time, and when it
//     is silent for longer than the lease the chunk goes to another;
//   - the bucket <name>-results has a record for each chunk that was done, which can be created once. Who creates
//     it has the worlds counted; who comes later, because it was slow and its lease was lost, has not. So each world counts once;
//   - the bucket <name>-findings has an entry for each world that failed, which is there before the record of its chunk is;
//   - the object store <name>-corpus has what all workers share: failure files, and worlds that came to new code.
//
// There is no coordinator that has to stay: whoever finds the queue empty fills it, and what is to be filled in is written
// down before it is, so that another can go on with it. What follows from a record, the rest of a chunk that was done in part,
// is put into the queue before the chunk is taken out of it, and again by whoever meets the chunk a second time.
// So workers, their programs and the server may end at any moment and come again.
//
// Each call to the server has a time-out, and is tried again until Config.Patience is over.
package fleet
