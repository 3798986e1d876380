// Package atomiclog binds atomic-log: a segmented, append-only, zero-copy rolling log. One writer publishes records; any
// number of readers look at a recent, stable view of them without ever slowing the writer.
//
// A [Log] holds records of one size ([NewFixed], or [NewTyped] for a Go type) or of any size ([NewBytes]). Its one
// [Writer] appends; a [Snapshot] is a stable view of what was retained when it was taken or last refreshed; a [Cursor]
// goes through everything once and says what it lost; a [Segment] is a pin that keeps one chunk readable for longer.
//
// # Calls
//
// A call from Go into C costs some tens of nanoseconds, more than appending a small record. Appending takes one such call
// for each batch, taking or refreshing a view one, and going through the records of a view one more for the whole view
// (a Cursor: none, and one for every 64 chunks beyond the first 64). Nothing takes one for each record, but
// [Writer.Append], [Typed.Append] and [Writer.Reserve], which are for records that come one at a time.
//
// # Memory
//
// Records are shown where they lie, in memory that belongs to the library and not to Go's collector. A []byte or []T that
// a [Chunk], Snapshot, Cursor or Segment hands out must not be written to, and is valid
//
//   - from a Snapshot, until its Refresh or Close;
//   - from a Cursor, until its Refresh (or the next turn of [Cursor.Follow]) or Close;
//   - from a Segment, until its Close.
//
// [Chunk.Pin] makes a Segment, to keep a chunk beyond that. A Chunk that is used too late panics; a slice that was taken
// from it cannot, so copy what is to be kept, or keep a pin.
//
// Close gives a handle back, and everything it held. A handle that is forgotten is closed when the collector finds it
// unreachable, which may be late or never: a net, not a plan. A Chunk keeps its Snapshot, Cursor or Segment reachable, and
// so do the loops over records; a slice alone does not, so that code which keeps only slices calls [runtime.KeepAlive] on
// the handle, or closes it afterwards, which does the same.
//
// # Goroutines
//
// A Log may be used by any number of goroutines at once, and so may a Segment, and a Snapshot but for Refresh and Close. A
// Writer and a Cursor belong to one goroutine at a time. Close must not overlap with another call on the same handle.
// Handles are independent of each other: a Snapshot outlives its Log, and any may be closed first.
package atomiclog
