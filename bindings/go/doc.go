// Package atomiclog binds atomic-log: a segmented, append-only, zero-copy rolling log. One writer publishes records.
// Any number of readers look at a recent, stable view of them, and never slow the writer.
//
// A [Log] holds records of one size ([NewFixed], or [NewTyped] for a Go type) or of any size ([NewBytes]). Its one
// [Writer] appends. A [Snapshot] is a stable view of the records that were retained when it was taken or last
// refreshed. A [Cursor] goes through everything once, and counts what it lost. A [Segment] is a pin: it keeps one chunk
// readable for longer.
//
// # Calls
//
// A call from Go into C costs some tens of nanoseconds, more than the append of a small record. So on amd64 and arm64
// the usual case makes no call:
//
//   - [Writer.Append] and [Typed.Append];
//   - [Writer.Notify], and the notify of Options.AutoNotify, while no goroutine waits;
//   - a Refresh that finds nothing new, or only more records of the segment that it showed last.
//
// These work on memory that the library shares with its callers, as atomic_log_inline.h does in C. The begin of a
// segment is a call.
//
// The other operations make these calls:
//
//   - a batch, [Writer.Reserve] and Commit: one each;
//   - a new view, or a refresh to a new segment: one;
//   - going through the records of a view: one for the whole view;
//   - going through the records of a Cursor: none for the first 64 chunks, and one for every 64 chunks after them.
//
// Each operation is a call with the race detector (-race), with the tag atomiclog_calls, on other processors, and with
// a library that was built to report misuse. The race detector does not see the ordering inside the library. It would
// report races between what a writer writes and what a reader reads without a call. With calls it reports only your
// races. Nothing else differs.
//
// # Memory
//
// Records are shown where they are, in memory that belongs to the library and not to Go's collector. Do not write to a
// []byte or []T that a [Chunk], Snapshot, Cursor or Segment hands out. It is valid
//
//   - from a Snapshot, until its Refresh or Close;
//   - from a Cursor, until its Refresh (or the next turn of [Cursor.Follow]) or Close;
//   - from a Segment, until its Close.
//
// [Chunk.Pin] makes a Segment, to keep a chunk for longer. A Chunk that is used too late panics. A slice that was taken
// from it cannot do this. So copy what you keep, or hold a pin.
//
// A Chunk keeps its Snapshot, Cursor or Segment reachable, and so do the loops over records. A slice alone does not.
// Code that keeps only slices calls [runtime.KeepAlive] on the handle, or closes the handle afterwards, which does the
// same.
//
// The Go runtime does not know of this memory, and has no function to tell it. GOMEMLIMIT does not count the memory,
// and it starts no collection. [Log.Stats] tells how much there is. So close what you no longer need. Before you set
// GOMEMLIMIT, subtract the memory of the logs.
//
// # Close
//
// Close gives a handle back, and everything that it holds. Any goroutine may call it at any time, and more than once.
// Waits of that handle end with [ErrClosed]. Every later call that returns an error returns ErrClosed.
//
// Close frees nothing that is in use. A call that is in progress ends as usual, a loop keeps what it shows, and the
// last of them frees the handle. Only a slice or Chunk outside of such a loop is not protected. After a panic in the
// body of a loop, the collector frees the handle.
//
// A forgotten handle is closed when the collector finds it unreachable. Do not rely on this: it may happen late or
// never, because the collector does not see the memory.
//
// # Goroutines
//
// Any number of goroutines may use a Log or a Segment at once. The same holds for a Snapshot, except that Refresh must
// not overlap with another use. A Writer and a Cursor belong to one goroutine at a time. A Writer that two goroutines
// use at once panics if it notices. Handles are independent of each other: a Snapshot outlives its Log, and any of them
// may be closed first.
//
// # Waiting
//
// [Snapshot.Wait], [Cursor.Wait] and [Cursor.Follow] wait for the writer's [Writer.Notify], or for every publication
// with Options.AutoNotify. [Log.Changed] is a channel for a select. One thread for each Log sleeps in C while
// goroutines wait, however many they are. [Writer.Finish] ends the waits in order: readers read what is left, and then
// Follow ends and Wait returns [ErrFinished].
//
// # Recording
//
// A [Recorder] writes the contents of logs as an MCAP file, which Foxglove, PlotJuggler, Rerun and the mcap libraries
// open. [Typed.AddTo] finds the fields of a Go type. [Recorder.RecordFile] writes from the log's memory to a file, and
// [Recorder.Record] to any [io.Writer].
package atomiclog
