//go:build cgo

package atomiclog

import (
	"fmt"
	"runtime"
	"unsafe"
)

// Options say how large a log is. With K = ceil(RetainedCapacity / SegmentCapacity) + 1, a view holds at most the
// newest K segments. docs/CAPACITIES.md of the library says how to choose.
type Options struct {
	// RetainedCapacity is what stays readable at least. Fixed: records. Bytes: bytes of segment space. Required.
	RetainedCapacity uint64
	// SegmentCapacity is the same unit, per segment. Required.
	SegmentCapacity uint64
	// RecordSize is a fixed log's bytes per record. Bytes: 0. NewTyped sets it.
	RecordSize uint64
	// RecordAlign: a power of two, at most 4096; records lie at multiples of it. 0: fixed = the largest power of two that
	// divides RecordSize, at most 64; bytes = 8.
	RecordAlign uint32
	// SegmentRecords is how many records a segment of a bytes log can index; 0 = SegmentCapacity / 32, at least 16.
	// Fixed: 0.
	SegmentRecords uint32
	// PreallocatedSegments are taken when the log is created; 0 = just the first.
	PreallocatedSegments uint32
	// MaxSegments bounds the segments alive at once, whether the log or readers hold them; 0 = no bound. While somebody
	// waits, by Changed, Wait or Follow, there is one view more to count.
	MaxSegments uint32
	// AutoNotify: every publication wakes those who wait; otherwise Writer.Notify does.
	AutoNotify bool
	// Prefault: what is allocated is touched there and then.
	Prefault bool
}

// Range is sequences of records; End is exclusive.
type Range struct {
	Begin, End uint64
}

// Len is how many records the range has.
func (r Range) Len() uint64 {
	return r.End - r.Begin
}

// Delta is what a refresh brought; exact. With old for a snapshot's old end, or a cursor's old position:
type Delta struct {
	// First is max(old, new begin): the first record that is new. For a cursor, its new position.
	First uint64
	// Appended is how many are new, from First to the new end. For a cursor this includes what was already unread.
	Appended uint64
	// Lost is how many were published and evicted unseen, or skipped.
	Lost uint64
}

// Stats are what a log holds, and for whom.
type Stats struct {
	// RecordsAppended: records that were ever published.
	RecordsAppended uint64
	// SegmentsCreated: segments that were ever allocated.
	SegmentsCreated uint64
	// SegmentsLive: segments that are allocated now, pooled ones included.
	SegmentsLive uint64
	// SegmentsPooled: segments that are ready to be used again.
	SegmentsPooled uint64
	// SegmentsHeldByReaders: segments that live only because a reader holds them.
	SegmentsHeldByReaders uint64
	// WindowsLive: windows that readers may be looking through.
	WindowsLive uint64
	// SnapshotsLive: snapshots and cursors, and one view more while somebody waits, by Changed, Wait or Follow.
	SnapshotsLive uint64
	// SegmentPinsLive: pins on single segments.
	SegmentPinsLive uint64
	// BytesAllocated: bytes that were taken from the allocator and not given back.
	BytesAllocated uint64
	// Rolls: segments that became visible after the first.
	Rolls uint64
	// SegmentLimitHits: calls that failed with ErrSegmentLimit.
	SegmentLimitHits uint64
	// AllocationFailures: calls to the allocator that returned NULL.
	AllocationFailures uint64
	// OldestViewAge: how many segments the oldest view that is held is behind the newest.
	OldestViewAge uint64
}

// Log is a log. Any number of goroutines may use it at once.
type Log struct {
	guard
	*sleeper
	recordSize int // 0: a bytes log
	cleanup    runtime.Cleanup
}

// NewFixed creates a log of records that all have RecordSize bytes. Capacities are in records.
//
// Errors: ErrArgument, with the name of the option and what is wrong with it; ErrNoMemory.
func NewFixed(options Options) (*Log, error) {
	return create(options, false)
}

// NewBytes creates a log of records of any size. Capacities are in bytes of segment space.
//
// Errors: as NewFixed.
func NewBytes(options Options) (*Log, error) {
	return create(options, true)
}

func create(options Options, bytes bool) (*Log, error) {
	handle, problem, status := createLog(&options, bytes)
	if status != statusOK {
		if problem != "" {
			return nil, fmt.Errorf("creating a log: %s: %w", problem, status)
		}
		return nil, fmt.Errorf("creating a log: %w", status)
	}
	return ownLog(newSleeper(handle, false), int(options.RecordSize)), nil
}

// ownLog takes over one count of the sleeper.
func ownLog(s *sleeper, recordSize int) *Log {
	log := &Log{sleeper: s, recordSize: recordSize}
	log.cleanup = runtime.AddCleanup(log, (*sleeper).end, s)
	log.guard.open()
	return log
}

// Adopt makes a Log of an alog_log * that C code has. It adds a count of its own, and the caller keeps theirs. The
// pointer must be that of a live log. ErrNull: it is nil.
func Adopt(handle unsafe.Pointer) (*Log, error) {
	options, status := logOptions(cLog(handle))
	if status != statusOK {
		return nil, fmt.Errorf("adopting a log: %w", status)
	}
	return ownLog(newSleeper(retainLog(cLog(handle)), true), int(options.RecordSize)), nil
}

// Pointer is the alog_log *, for C code; nil after Close. It is valid while the Log is open, or longer if C retains it.
func (log *Log) Pointer() unsafe.Pointer {
	if !log.enter() {
		return nil
	}
	defer log.leave()
	log.tellForeign()
	return unsafe.Pointer(log.handle)
}

// Close gives the Log back, and closes the channel of Changed. Its writer, snapshots, cursors and segments stay usable,
// and their waits go on. Any goroutine may call it at any time. A second Close does nothing.
func (log *Log) Close() error {
	if log.guard.close() {
		log.free()
	}
	return nil
}

func (log *Log) leave() {
	if log.exit() {
		log.free()
	}
}

func (log *Log) free() {
	log.cleanup.Stop()
	log.sleeper.end()
	runtime.KeepAlive(log)
}

// Options are those of the log as resolved, with defaults filled in.
func (log *Log) Options() (Options, error) {
	if !log.enter() {
		return Options{}, ErrClosed
	}
	defer log.leave()
	options, status := logOptions(log.handle)
	return options, status.err()
}

// Range is the sequences of the records that a snapshot taken now would hold. It may be stale on return.
func (log *Log) Range() (Range, error) {
	if !log.enter() {
		return Range{}, ErrClosed
	}
	defer log.leave()
	held, status := logRange(log.handle)
	return held, status.err()
}

// HasWriter says whether the log has a writer. It may be stale on return. False after Close.
func (log *Log) HasWriter() bool {
	if !log.enter() {
		return false
	}
	defer log.leave()
	return logHasWriter(log.handle)
}

// Finished says whether Writer.Finish ended the log: nothing will be appended any more. What is retained stays
// readable. True stays true, until Close: then it is false.
func (log *Log) Finished() bool {
	if !log.enter() {
		return false
	}
	defer log.leave()
	return logIsFinished(log.handle)
}

// Changed is a channel for a select. It is closed at the next notify that brings something new, when the log is
// finished, at an interrupt by C code, and by Close. Until then all callers have the same channel. The channel of a
// finished or closed log is closed already.
//
// Take the channel first, then look (by Refresh, and Finished), then wait for the channel: so nothing is missed. It may
// also be closed when there is nothing new for you: look again, and take the next one.
//
// From Changed until the channel is closed, one thread sleeps in C, however many goroutines wait. It holds a view,
// which counts for MaxSegments as any other. [Snapshot.Wait], [Cursor.Wait] and [Cursor.Follow] use the same thread.
func (log *Log) Changed() <-chan struct{} {
	if !log.enter() {
		return closedChannel
	}
	defer log.leave()
	return log.give()
}

// Stats are what the log holds, and for whom.
func (log *Log) Stats() (Stats, error) {
	if !log.enter() {
		return Stats{}, ErrClosed
	}
	defer log.leave()
	stats, status := logStats(log.handle)
	return stats, status.err()
}

// Describe tells as lines of text what the log is, shows and holds, and how far behind the views are that hold it: for
// a person who looks for what went wrong. It is empty after Close.
func (log *Log) Describe() string {
	if !log.enter() {
		return ""
	}
	defer log.leave()
	return describeLog(log.handle)
}
