// Package atomiclog binds atomic-log: a segmented, append-only, zero-copy rolling log. One writer publishes records.
// Any number of readers look at a recent, stable view of them, and never slow the writer.
//
// A [Log] holds records of one size ([NewFixed], or [NewTyped] for a Go type) or of any size ([NewBytes]). Its one
// [Writer] appends. A [Snapshot] is a stable view of the records that were retained when it was taken, or when it was
// last refreshed. A [Cursor] reads each record once, and reports how many it lost. A [Segment] is a pin that keeps one
// chunk readable for longer.
//
// # Calls
//
// A call from Go to C costs some tens of nanoseconds, more than to append a small record. So frequent work makes no
// call, on amd64 and arm64: [Writer.Append] and [Typed.Append]; [Writer.Notify], and the notify of Options.AutoNotify,
// unless a thread waits; and a Refresh that finds nothing new, or only more records of the newest segment in view. This
// work uses memory that the library shares with its callers, as atomic_log_inline.h does in C. A new segment takes a
// call.
//
// One call is needed to append a batch, to take a view, to refresh a view to a new segment, for [Writer.Reserve] and
// for Commit. A loop over the records of a Snapshot needs one more call for the whole view. A loop over a Cursor needs
// none for the first 64 chunks, and one for every 64 chunks after them.
//
// All of this is done by calls with the race detector (-race), with the tag atomiclog_calls, on other processors, and
// with a library that was built to report misuse. The race detector does not see how the library orders memory: it
// would report races between the inline writes of a writer and the reads of a reader. With calls it reports only the
// races of your program. Nothing else differs.
//
// # Memory
//
// Records are shown where they lie, in memory that belongs to the library and not to Go's collector. Do not write to a
// []byte or []T that a [Chunk], Snapshot, Cursor or Segment hands out. It is valid
//
//   - from a Snapshot, until its Refresh or Close;
//   - from a Cursor, until its Refresh (or the next turn of [Cursor.Follow]) or Close;
//   - from a Segment, until its Close.
//
// To keep a chunk for longer, make a Segment with [Chunk.Pin]. A Chunk that is used too late panics. A slice that was
// taken from it cannot panic: copy what you want to keep, or keep a pin.
//
// A Chunk keeps its Snapshot, Cursor or Segment reachable, and so do the loops over records. A slice alone does not: if
// you keep only slices, call [runtime.KeepAlive] on the handle, or close it afterwards, which does the same.
//
// Go's runtime does not know of this memory, and has no function to tell it. GOMEMLIMIT does not count it, and it
// starts no collection. [Log.Stats] returns how much there is. So close what you no longer need. If you set GOMEMLIMIT,
// subtract the memory of the logs first.
//
// # Close
//
// Close gives back a handle and everything that it held. Any goroutine may call it at any time, also twice. Waits on
// that handle end with [ErrClosed]. Every later call that returns an error returns [ErrClosed], too.
//
// Close frees nothing that is in use. A call that is in progress ends as usual, and a loop keeps what it shows. The
// last of them frees the handle. Only a slice or Chunk outside of such a loop is not protected. After a panic in the
// body of a loop, the collector frees the handle.
//
// The collector closes a handle that is no longer reachable. This may happen late or never, because the collector does
// not see the memory. Do not rely on it.
//
// # Goroutines
//
// Any number of goroutines may use a Log or a Segment at once. The same is true of a Snapshot, except that its Refresh
// must not overlap with another use. A Writer and a Cursor belong to one goroutine at a time. A Writer that two
// goroutines use at once panics if it notices this. Handles are independent of each other: a Snapshot outlives its Log,
// and you may close them in any order.
//
// # Waiting
//
// [Snapshot.Wait], [Cursor.Wait] and [Cursor.Follow] wait for the writer's [Writer.Notify], or for every publication
// with Options.AutoNotify. [Log.Changed] returns a channel for a select. While goroutines wait on a Log, one thread
// sleeps in C, however many they are. [Writer.Finish] ends all of this in order: readers read what is left, and then
// Follow ends and Wait returns [ErrFinished].
//
// # Recording
//
// A [Recorder] writes what logs hold to an MCAP file, which Foxglove, PlotJuggler, Rerun and the mcap libraries open.
// [Typed.AddTo] finds the fields of a Go type. [Recorder.RecordFile] writes to a file, directly from where the records
// lie. [Recorder.Record] writes to any [io.Writer].
package atomiclog
