// Package goleveldb runs github.com/syndtr/goleveldb on a simulated disk: [Storage] is
// a storage.Storage of that library on a disk.FS.
//
// The test writes to a database, each write with Sync, takes the power away at random points,
// opens it again, and wants every write that was acknowledged.
//
// Storage differs in one thing from the library's own storage on a directory, which
// syncs the directory only along with a manifest: it syncs it at the first sync of any
// file. A write to a journal that has just been made would otherwise be acknowledged while
// a crash can still take the whole journal, if the file system promises no more than POSIX;
// GOLEVELDB_OWN_SYNC=1 has the test find that. On ext4 and XFS the sync of the
// journal brings its entry along.
//
// The release v1.0.0 of the library fails the test: it makes a new manifest the current one
// without having synced it (session.newManifest), so that a crash can leave a CURRENT
// that names an empty or torn manifest, and the database does not open ("manifest
// corrupted"). Later commits sync it, and this module uses one of them.
//
// If the power goes while the database is first made, a manifest can be left to which nothing points. goleveldb refuses
// to open that ("database entry point either missing or corrupted"): somebody has to remove it. The test does, as long as
// the database was never open.
package goleveldb
