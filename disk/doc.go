// Package disk is a seam for files: programs that use an [FS] instead of package os
// run on a directory of the machine ([Dir]) in production, and in tests on a
// simulated disk ([Disk]) that forgets, fails and lies the way that
// real ones do, from a seed.
//
//	d := disk.New(disk.Options{Seed: 1})
//	run(d)        // writes, syncs
//	d = d.Crash() // the power goes and comes back
//	check(d)      // what was acknowledged must be there
//
// A Disk needs no world: it works in any test. In a world each node has one.
//
// # Terms
//
// A write goes to the page cache, where every reader sees it, in blocks of 4096
// bytes. A sync brings what the cache holds of one file or directory to the medium:
// it becomes durable. The kernel may write back anything else at any time
// before, in any order. The medium writes sectors, of 512 bytes unless
// [Options] say otherwise: each is whole, old or new, but a write of several may
// be torn between them.
//
// When a process crashes, its open files and locks are gone; the page cache
// stays ([Disk.CrashProcess]). When the power fails, or the kernel, the cache is gone too
// ([Disk.Crash]): of all that was not durable a part is left. [Disk.CrashStates]
// enumerates what may be left, and Crash draws from it. The draw is not even:
// each file, and the entries of directories, may be kept wholly, not at all, nearly,
// or by a toss of the coin for each piece, since mistakes hide at these ends.
//
// # What is promised on all personalities
//
// Sync of a file: its contents, size and permission bits are durable.
// Sync of a directory: its entries are, that is which names there are and which
// files they lead to; not what is in those files.
//
// Without that, a crash may leave:
//
//   - for each sector written, any of the contents it had since the last
//     sync, each for itself: writes are lost, torn and out of order;
//   - the size that a file had at any time since, and, where a write made the file
//     longer, any size on the way there;
//   - of the changes of directories, a part that depends on the personality.
//
// # Personalities
//
// [Strict] promises no more than POSIX, whose fsync says nothing of the entry that
// leads to a file and whose rename is atomic for other processes, not for crashes.
//
//   - Each entry of a directory is for itself. Changes of one entry are kept in their
//     order; changes of different entries are not. Create, link and remove change one
//     entry. Rename of a file changes two: the file may be found under both names, or
//     under neither, but an entry that is replaced leads to the old file
//     or to the new one. A rename of a directory is one change.
//   - A rename between directories is durable when both are synced.
//   - Sizes, permission bits and contents are independent of each other. A block
//     that a write has added to a file may show zeros, or what was there before
//     (other files' bytes; here noise without ASCII), if the data was not written.
//
// The others keep metadata in a journal: changes of directories, truncations and
// permission bits are durable in the order in which they were made, each rename
// whole, and a sync of any file or directory makes durable what was changed
// up to its own last change. That a file's sync brings its entry along follows from
// it; so do most programs that forget to sync the directory get away with it.
// A file grows when blocks are allocated for it, which is when they are written
// back: its size is not tied to the journal's order and may be cut at any block.
//
//   - [Ext4Ordered]: new blocks are written before the size that covers them. In a block that
//     the file had already the size may come first; its bytes are zeros then.
//     A rename that replaces a file carries the contents of the new one along
//     (auto_da_alloc), a rename that replaces nothing does not.
//   - [Ext4Writeback]: sizes may come without data, and new blocks show stale bytes.
//   - [XFS]: the block that ends the file has been written if the size says so; blocks
//     before it may be zeros, never stale bytes. A rename carries nothing along.
//
// With [ProtectedCache] instead of [VolatileCache] blocks are not torn: the unit
// is 4096 bytes instead of a sector.
//
// What the model simplifies: all changes since the last sync may be lost, however
// long ago; a truncation to the middle of a block leaves that block's old contents
// possible under the new size, and a hole that is filled in is not ordered on ext4;
// modification times are not part of a crash state; there are no symbolic
// links, owners, access times, mandatory locks, memory maps or direct I/O; O_SYNC is
// a sync after each write.
//
// # Faults
//
// A [Fault] says what goes wrong, for which operations and how often. After a sync that
// fails the pages count as clean although not all were written: reads go on
// showing what the cache holds, later syncs succeed, and a crash (or
// [Disk.DropCaches]) brings the old contents back. A program that tries such a sync
// again loses data; one that wants to be safe writes again or stops.
// To take the power away in the midst of an operation, inject a fault with the
// effect [Vanish] and a number of operations to Skip, and crash when the program has
// given up.
//
// # Sources
//
// POSIX.1-2024, fsync and rename. Linux: Documentation/filesystems/ext4 (data=ordered,
// data=writeback, auto_da_alloc), fsync(2), flock(2), openat2(2). Pillai and
// others, "All File Systems Are Not Created Equal" (OSDI 2014), on which operations
// file systems keep whole and in order. Bornholt and others, "Specifying and
// Checking File System Crash-Consistency Models" (ASPLOS 2016), on ext4. Rebello
// and others, "Can Applications Recover from fsync Failures?" (ATC 2020), on
// failed syncs. Zheng and others, "Understanding the Robustness of SSDs under
// Power Fault" (FAST 2013), on shorn and unserializable writes. Bairavasundaram and
// others, "An Analysis of Data Corruption in the Storage Stack" (FAST 2008), on
// latent errors, bit rot and misdirected writes.
//
// # What the package does not do
//
// It does not intercept package os: a program has to take an FS. It does not run the
// code of any kernel, so a bug of ext4 itself is not found. It does not count
// the cost of seeks, and the blocks of directories need no room.
package disk
