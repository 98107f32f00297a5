package disk_test

import "github.com/terrella-go/terrella/disk"

func nothing(*world) {}

// promises are the documented promises, each with all that a crash may leave.
var promises = []promise{
	{
		name: "strict: what is synced stays", prepare: func(w *world) { w.durable("a", "hello") },
		change: nothing, want: `a=hello`,
	},
	{
		name: "strict: a new file needs its directory to be synced", prepare: nothing,
		change: func(w *world) { w.write("a", "hello", 0); w.sync("a") },
		want:   "\na=hello",
	},
	{
		name: "strict: a directory synced without its file has an entry, and any length and contents", prepare: nothing,
		change: func(w *world) { w.write("a", "hello", 0); w.sync(".") },
		want:   "a=\na=_____\na=hello\na=?",
	},
	{
		name: "strict: an overwritten sector is old or new", prepare: func(w *world) { w.durable("a", "hello") },
		change: func(w *world) { w.write("a", "HE", 0) },
		want:   "a=hello\na=HEllo",
	},
	{
		name: "strict: a write is torn between sectors", prepare: func(w *world) { w.durable("a", blocks("ab")) },
		change: func(w *world) { w.write("a", blocks("AB"), 0) },
		want:   "a=ab\na=Ab\na=aB\na=AB",
	},
	{
		name: "strict: writes are out of order", prepare: func(w *world) { w.durable("a", blocks("ab")) },
		change: func(w *world) {
			w.write("a", blocks("A"), 0)
			w.write("a", blocks("B"), 512)
			w.write("a", blocks("C"), 0)
		},
		want: "a=ab\na=Ab\na=aB\na=AB\na=Cb\na=CB",
	},
	{
		name: "strict: a larger sector is whole", sector: 1024, prepare: func(w *world) { w.durable("a", blocks("ab")) },
		change: func(w *world) { w.write("a", blocks("AB"), 0) },
		want:   "a=ab\na=AB",
	},
	{
		name: "strict: a protected cache keeps blocks whole", drive: disk.ProtectedCache,
		prepare: func(w *world) { w.durable("a", blocks("abcdefghi")) },
		change:  func(w *world) { w.write("a", blocks("ABCDEFGHI"), 0) },
		want:    "a=abcdefghi\na=ABCDEFGHi\na=abcdefghI\na=ABCDEFGHI",
	},
	{
		name:    "strict: an append leaves any length, with data, zeros or what the block held",
		prepare: func(w *world) { w.durable("a", blocks("abcdefgh")) },
		change:  func(w *world) { w.write("a", blocks("I"), 4096) },
		want:    "a=abcdefgh\na=abcdefgh0\na=abcdefgh?\na=abcdefghI",
	},
	{
		name:    "strict: within a block that the file has there is nothing stale",
		prepare: func(w *world) { w.durable("a", blocks("a")) },
		change:  func(w *world) { w.write("a", blocks("B"), 512) },
		want:    "a=a\na=a0\na=aB",
	},
	{
		name: "strict: a truncation that is not synced", prepare: func(w *world) { w.durable("a", "hello") },
		change: func(w *world) { w.resize("a", 2) },
		want:   "a=hello\na=he___\na=he",
	},
	{
		name: "strict: a file that grows without data", prepare: func(w *world) { w.durable("a", "he") },
		change: func(w *world) { w.resize("a", 5) },
		want:   "a=he\na=he___",
	},
	{
		name:    "strict: a rename may leave the file under either name, both or none",
		prepare: func(w *world) { w.durable("a", "A") },
		change:  func(w *world) { w.rename("a", "b") },
		want:    "\na=A\nb=A\na=A b=A",
	},
	{
		name:    "strict: a rename over a file leaves it old or new",
		prepare: func(w *world) { w.durable("a", "A"); w.durable("b", "B") },
		change:  func(w *world) { w.rename("a", "b") },
		want:    "b=A\nb=B\na=A b=A\na=A b=B",
	},
	{
		name:    "strict: a rename is durable with its directory",
		prepare: func(w *world) { w.durable("a", "A"); w.durable("b", "B") },
		change:  func(w *world) { w.rename("a", "b"); w.sync(".") },
		want:    "b=A",
	},
	{
		name:    "strict: a rename before the sync of the file keeps the name alone",
		prepare: func(w *world) { w.durable("b", "B") },
		change:  func(w *world) { w.write("a", "A", 0); w.rename("a", "b"); w.sync(".") },
		want:    "b=\nb=_\nb=A\nb=?",
	},
	{
		name:    "strict: a rename across directories is durable with each for its part",
		prepare: func(w *world) { w.mkdir("d"); w.durable("a", "A") },
		change:  func(w *world) { w.rename("a", "d/a"); w.sync("d") },
		want:    "a=A d/ d/a=A\nd/ d/a=A",
	},
	{
		name:    "strict: the old directory may be synced alone",
		prepare: func(w *world) { w.mkdir("d"); w.durable("a", "A") },
		change:  func(w *world) { w.rename("a", "d/a"); w.sync(".") },
		want:    "d/ d/a=A\nd/",
	},
	{
		name:    "strict: a directory is moved at once",
		prepare: func(w *world) { w.mkdir("d"); w.durable("d/a", "A"); w.sync("d") },
		change:  func(w *world) { w.rename("d", "e") },
		want:    "d/ d/a=A\ne/ e/a=A",
	},
	{
		name: "strict: a removed file may come back", prepare: func(w *world) { w.durable("a", "A") },
		change: func(w *world) { w.remove("a") },
		want:   "\na=A",
	},
	{
		name: "strict: removals are independent", prepare: func(w *world) { w.durable("a", "A"); w.durable("b", "B") },
		change: func(w *world) { w.remove("a"); w.remove("b") },
		want:   "\na=A\nb=B\na=A b=B",
	},
	{
		name: "strict: a removal is durable with its directory", prepare: func(w *world) { w.durable("a", "A") },
		change: func(w *world) { w.remove("a"); w.sync(".") },
		want:   "",
	},
	{
		name: "strict: changes of one entry keep their order", prepare: func(w *world) { w.durable("a", "A") },
		change: func(w *world) { w.remove("a"); w.write("a", "B", 0); w.sync("a") },
		want:   "\na=A\na=B",
	},
	{
		name: "strict: a new directory and what is in it", prepare: nothing,
		change: func(w *world) { w.mkdir("d"); w.write("d/a", "A", 0); w.sync("d/a", "d") },
		want:   "\nd/ d/a=A",
	},
	{
		name: "strict: the parent alone keeps an empty directory, or what it had", prepare: nothing,
		change: func(w *world) { w.mkdir("d"); w.write("d/a", "A", 0); w.sync("d/a", ".") },
		want:   "d/\nd/ d/a=A",
	},
	{
		name: "strict: a link is an entry like any other", prepare: func(w *world) { w.durable("a", "A") },
		change: func(w *world) { w.check(w.Link("a", "b")); w.remove("a") },
		want:   "\na=A\nb=A\na=A b=A",
	},
	{
		name: "ordered: a sync of a file keeps its entry and all before it", personality: disk.Ext4Ordered, prepare: nothing,
		change: func(w *world) { w.write("a", "", 0); w.mkdir("d"); w.write("b", "B", 0); w.sync("b") },
		want:   "a= b=B d/",
	},
	{
		name: "ordered: changes of metadata keep their order", personality: disk.Ext4Ordered,
		prepare: func(w *world) { w.durable("a", "A"); w.durable("b", "B") },
		change:  func(w *world) { w.remove("a"); w.rename("b", "c"); w.mkdir("d") },
		want:    "a=A b=B\nb=B\nc=B\nc=B d/",
	},
	{
		name: "ordered: a length has its data", personality: disk.Ext4Ordered, prepare: func(w *world) { w.durable("a", "") },
		change: func(w *world) { w.write("a", "hello", 0) },
		want:   "a=\na=hello",
	},
	{
		name: "ordered: a large append is kept up to some block", personality: disk.Ext4Ordered,
		prepare: func(w *world) { w.durable("a", "") },
		change:  func(w *world) { w.write("a", blocks("abcdefghABCDEFGHi"), 0) },
		want:    "a=\na=abcdefgh\na=abcdefghABCDEFGH\na=abcdefghABCDEFGHi",
	},
	{
		name: "ordered: in a block that the file has a length may come without data", personality: disk.Ext4Ordered,
		prepare: func(w *world) { w.durable("a", "he") },
		change:  func(w *world) { w.write("a", "llo", 2) },
		want:    "a=he\na=he___\na=hello",
	},
	{
		name: "ordered: overwriting is not ordered", personality: disk.Ext4Ordered,
		prepare: func(w *world) { w.durable("a", blocks("ab")) },
		change:  func(w *world) { w.write("a", blocks("A"), 0); w.write("a", blocks("B"), 512) },
		want:    "a=ab\na=Ab\na=aB\na=AB",
	},
	{
		name: "ordered: a rename that replaces carries the contents along", personality: disk.Ext4Ordered,
		prepare: func(w *world) { w.durable("b", "B") },
		change:  func(w *world) { w.write("a", "A", 0); w.rename("a", "b") },
		want:    "b=B\na= b=B\na=A b=B\nb=A",
	},
	{
		name: "ordered: a rename that replaces nothing does not", personality: disk.Ext4Ordered, prepare: nothing,
		change: func(w *world) { w.write("a", "A", 0); w.rename("a", "b") },
		want:   "\na=\na=A\nb=\nb=A",
	},
	{
		name: "ordered: what is written after a truncation is not seen before it", personality: disk.Ext4Ordered,
		prepare: func(w *world) { w.durable("a", "old") },
		change:  func(w *world) { w.resize("a", 0); w.write("a", "new data", 0) },
		want:    "a=old\na=\na=new data",
	},
	{
		name: "ordered: a sync of a directory keeps what was before it", personality: disk.Ext4Ordered, prepare: nothing,
		change: func(w *world) { w.mkdir("d"); w.write("a", "A", 0); w.write("d/b", "", 0); w.sync("d"); w.mkdir("e") },
		want:   "a= d/ d/b=\na=A d/ d/b=\na= d/ d/b= e/\na=A d/ d/b= e/",
	},
	{
		name: "writeback: a length may come without its data", personality: disk.Ext4Writeback,
		prepare: func(w *world) { w.durable("a", "") },
		change:  func(w *world) { w.write("a", "hello", 0) },
		want:    "a=\na=_____\na=?\na=hello",
	},
	{
		name: "writeback: a rename that replaces may leave an empty file", personality: disk.Ext4Writeback,
		prepare: func(w *world) { w.durable("b", "B") },
		change:  func(w *world) { w.write("a", "A", 0); w.rename("a", "b") },
		want:    "b=B\na= b=B\na=A b=B\na=_ b=B\na=? b=B\nb=\nb=A\nb=_\nb=?",
	},
	{
		name: "xfs: a length has the data of its last block", personality: disk.XFS, prepare: func(w *world) { w.durable("a", "") },
		change: func(w *world) { w.write("a", "hello", 0) },
		want:   "a=\na=hello",
	},
	{
		name: "xfs: a block before the last may be zeros", personality: disk.XFS, drive: disk.ProtectedCache,
		prepare: func(w *world) { w.durable("a", "") },
		change:  func(w *world) { w.write("a", blocks("abcdefghA"), 0) },
		want:    "a=\na=abcdefgh\na=abcdefghA\na=00000000A",
	},
	{
		name: "xfs: a rename that replaces may leave an empty file", personality: disk.XFS,
		prepare: func(w *world) { w.durable("b", "B") },
		change:  func(w *world) { w.write("a", "A", 0); w.rename("a", "b") },
		want:    "b=B\na= b=B\na=A b=B\nb=\nb=A",
	},
	{
		name: "xfs: a sync of a file keeps its entry", personality: disk.XFS, prepare: nothing,
		change: func(w *world) { w.write("a", "A", 0); w.sync("a") },
		want:   "a=A",
	},
}
