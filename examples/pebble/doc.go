// Package pebble runs github.com/cockroachdb/pebble on a simulated disk: [FS] is a vfs.FS
// of that library on a disk.FS.
//
// The test writes to a database, with batches that are synced, takes the power away
// at random points, opens it again, and wants every batch that was acknowledged, whole.
package pebble
