// Package atomiclog binds atomic-log: a segmented, append-only, zero-copy rolling log. One writer publishes records;
// any number of readers look at a recent, stable view of them without ever slowing the writer.
//
// A [Log] holds records of one size ([NewFixed], or [NewTyped] for a Go type) or of any size ([NewBytes]). Its one
// [Writer] appends; a [Snapshot] is a stable view of what was retained when it was taken or last refreshed; a [Cursor]
// goes through everything once and says what it lost; a [Segment] is a pin that keeps one chunk readable for longer.
//
// # Calls
//
// A call from Go into C costs some tens of nanoseconds, more than appending a small record. So what is done all the time
// takes none, on amd64 and arm64: [Writer.Append] and [Typed.Append], [Writer.Notify] unless somebody waits (and the
// notify of Options.AutoNotify), and a Refresh that finds nothing new, or more of the segment that it showed last. They
// work on memory that the library shares with its callers, as atomic_log_inline.h does in C. A new segment is a call.
//
// Appending takes one call for each batch, taking a view or refreshing it to a new segment one, and going through the
// records of a view one more for the whole view (a Cursor: none, and one for every 64 chunks beyond the first 64).
// [Writer.Reserve] and Commit take one each.
//
// With the race detector (-race), with the tag atomiclog_calls, on other processors, and with a library that was built to
// report misuse, each of them is a call. The race detector does not see what the library orders, and would report races
// between what a writer does inline and what a reader reads. By calls it reports yours alone, and nothing else differs.
//
// # Memory
//
// Records are shown where they lie, in memory that belongs to the library and not to Go's collector. A []byte or []T
// that a [Chunk], Snapshot, Cursor or Segment hands out must not be written to, and is valid
//
//   - from a Snapshot, until its Refresh or Close;
//   - from a Cursor, until its Refresh (or the next turn of [Cursor.Follow]) or Close;
//   - from a Segment, until its Close.
//
// [Chunk.Pin] makes a Segment, to keep a chunk beyond that. A Chunk that is used too late panics; a slice that was
// taken from it cannot, so copy what is to be kept, or keep a pin.
//
// A Chunk keeps its Snapshot, Cursor or Segment reachable, and so do the loops over records. A slice alone does not:
// code that keeps only slices calls [runtime.KeepAlive] on the handle, or closes it afterwards, which does the same.
//
// The runtime does not know of this memory, and has no function to tell it. GOMEMLIMIT does not count it, and it starts
// no collection. [Log.Stats] says how much there is. So close what you no longer need, and where you set GOMEMLIMIT,
// take the memory of the logs off first.
//
// # Close
//
// Close gives a handle back, and everything it held. Any goroutine may call it at any time, and twice. Waits of that
// handle end with [ErrClosed], and so does every later call that returns an error.
//
// Close frees nothing that is in use. A call that is in progress ends as usual, a loop keeps what it shows, and the
// last of them frees the handle. Only a slice or Chunk outside of such a loop is not protected. After a panic in the
// body of a loop, the handle is freed by the collector.
//
// A handle that is forgotten is closed when the collector finds it unreachable. That may be late or never, since the
// collector does not see the memory: a net, not a plan.
//
// # Goroutines
//
// A Log may be used by any number of goroutines at once, and so may a Segment. So may a Snapshot, except that Refresh
// must not overlap with another use. A Writer and a Cursor belong to one goroutine at a time; a Writer that is used by
// two at once panics if it notices. Handles are independent of each other: a Snapshot outlives its Log, and any may be
// closed first.
//
// # Waiting
//
// [Snapshot.Wait], [Cursor.Wait] and [Cursor.Follow] wait for the writer's [Writer.Notify], or for every publication
// with Options.AutoNotify. [Log.Changed] is a channel for a select. One thread for each Log sleeps in C, as long as
// somebody waits, however many goroutines that are. [Writer.Finish] ends all of this in order: what is left is read,
// and then Follow ends and Wait returns [ErrFinished].
//
// # Recording
//
// A [Recorder] writes what logs hold as a file of MCAP, which Foxglove, PlotJuggler, Rerun and the mcap libraries open.
// [Typed.AddTo] finds the fields of a Go type. [Recorder.RecordFile] writes from where the records lie to a file, and
// [Recorder.Record] to any [io.Writer].
package atomiclog
