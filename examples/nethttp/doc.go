// Package nethttp is a small service on net/http with TLS: named counters, where an increment that is
// tried several times counts once.
//
//	POST /counters/visits     with Idempotency-Key: 7f3a    counts, answers with the increment's position, from 1
//	GET  /counters/visits                                   answers with the keys of all increments, in order
//
// An increment is acknowledged when it is synced to the disk. A client that gets no answer tries again with the
// same key; the position is the same each time ([Client.Add]). Package net/http is used as it is, over HTTP/1.1
// and HTTP/2, by the server ([Serve]) and by its clients; neither knows of simulation.
//
// The tests run the service on the machine's own loopback, and in worlds, where a storm strikes its server and the network to
// its clients: each acknowledged increment has to be there, once, in
// its place.
//
// The service keeps all keys for ever, in memory and on disk, has one server, and does not ask who its clients are.
package nethttp
