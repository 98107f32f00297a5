// Package pebble runs github.com/cockroachdb/pebble on a simulated disk: [FS] is a vfs.FS
// of that library on a disk.FS.
//
// The test writes to a database, with batches that are synced, takes the power away
// at random points, opens it again, and wants every batch that was acknowledged, whole.
//
// The disk promises no more than POSIX does. Pebble counts on file systems that keep changes of
// directories in order; [FS] says where, and what it adds.
package pebble
