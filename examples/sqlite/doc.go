// Package sqlite runs SQLite on a simulated disk: [VFS] is a vfs.VFS of
// github.com/ncruces/go-sqlite3, which is SQLite itself, on a disk.FS.
//
// The test keeps an event-sourced log in a table, a stream of numbered events for each
// account. It takes the power away at random points, opens the database again, and wants it
// intact, with every event that was acknowledged.
//
// Half the worlds use a write-ahead log, half a rollback journal with synchronous=EXTRA. With
// synchronous=FULL, the default, the removal of the journal that commits a transaction
// is not synced, and a crash may bring the journal back and undo what was acknowledged;
// SQLite's documentation says so, and SQLITE_SYNCHRONOUS=FULL has the test find it.
//
// One connection at a time has the database: the locks of [File] are not shared.
package sqlite
