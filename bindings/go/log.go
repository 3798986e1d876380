//go:build cgo

package atomiclog

import (
	"fmt"
	"runtime"
	"unsafe"
)

// Options tell how large a log is. A view shows at most the newest K segments, where K = ceil(RetainedCapacity /
// SegmentCapacity) + 1. docs/CAPACITIES.md of the library tells how to choose.
type Options struct {
	// RetainedCapacity is the minimum history kept readable. Required. Fixed: records. Bytes: bytes of segment space.
	RetainedCapacity uint64
	// SegmentCapacity is the size of one segment, in the same unit. Required.
	SegmentCapacity uint64
	// RecordSize is the size of a record in bytes. NewTyped sets it. Bytes: 0.
	RecordSize uint64
	// RecordAlign: records lie at multiples of it. A power of two, at most 4096. 0: for fixed, the largest power of two
	// that divides RecordSize, at most 64; for bytes, 8.
	RecordAlign uint32
	// SegmentRecords is how many records a segment of a byte log can index. 0: SegmentCapacity / 32, at least 16. Fixed:
	// 0.
	SegmentRecords uint32
	// PreallocatedSegments are allocated when the log is created. 0: only the first.
	PreallocatedSegments uint32
	// MaxSegments is the most segments that may be alive at once, whether the log or readers hold them. 0: no limit. While
	// a goroutine waits, by Changed, Wait or Follow, count one view more.
	MaxSegments uint32
	// AutoNotify: every publication wakes all that wait. Otherwise only Writer.Notify wakes them.
	AutoNotify bool
	// Prefault: the library touches every page that it allocates at once.
	Prefault bool
}

// Range holds sequences of records. End is one more than the last sequence.
type Range struct {
	Begin, End uint64
}

// Len returns how many records the range has.
func (r Range) Len() uint64 {
	return r.End - r.Begin
}

// Delta is what a refresh brought. All numbers are exact. "Old" is the end of the snapshot before the refresh, or the
// position of the cursor.
type Delta struct {
	// First is the first new record: the larger of old and the view's new begin. For a cursor this is its new position.
	First uint64
	// Appended is how many records are new: from First to the view's new end. For a cursor this includes what was already
	// unread.
	Appended uint64
	// Lost is how many records were published and evicted before they were seen, plus the skipped sequences.
	Lost uint64
}

// Stats are what a log holds, and for whom.
type Stats struct {
	// RecordsAppended: records that were ever published.
	RecordsAppended uint64
	// SegmentsCreated: segments that were ever allocated, except those that a call allocated and, when it failed, gave
	// back.
	SegmentsCreated uint64
	// SegmentsLive: segments that are allocated now, pooled ones included.
	SegmentsLive uint64
	// SegmentsPooled: segments that are ready to be used again.
	SegmentsPooled uint64
	// SegmentsHeldByReaders: segments that live only because a reader holds them.
	SegmentsHeldByReaders uint64
	// WindowsLive: windows that views may use.
	WindowsLive uint64
	// SnapshotsLive: snapshots and cursors, and one view more while a goroutine waits, by Changed, Wait or Follow.
	SnapshotsLive uint64
	// SegmentPinsLive: pins on single segments.
	SegmentPinsLive uint64
	// BytesAllocated: bytes that were taken from the allocator and not given back.
	BytesAllocated uint64
	// Rolls: how many segments were published after the first.
	Rolls uint64
	// SegmentLimitHits: calls that failed with ErrSegmentLimit.
	SegmentLimitHits uint64
	// AllocationFailures: calls to the allocator that returned NULL.
	AllocationFailures uint64
	// OldestViewAge: how many segments the oldest view is behind the newest.
	OldestViewAge uint64
}

// Log is a log. Any number of goroutines may use it at once.
type Log struct {
	guard
	*sleeper
	recordSize int // 0: a byte log
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
// Errors: the same as NewFixed.
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

// Adopt makes a Log from an alog_log * of C code. It adds a count of its own, and the caller keeps its count. The
// pointer must point to a live log. ErrNull: it is nil.
func Adopt(handle unsafe.Pointer) (*Log, error) {
	options, status := logOptions(cLog(handle))
	if status != statusOK {
		return nil, fmt.Errorf("adopting a log: %w", status)
	}
	return ownLog(newSleeper(retainLog(cLog(handle)), true), int(options.RecordSize)), nil
}

// Pointer returns the alog_log *, for C code. After Close it returns nil. The pointer is valid while the Log is open,
// or longer if C retains it.
func (log *Log) Pointer() unsafe.Pointer {
	if !log.enter() {
		return nil
	}
	defer log.leave()
	log.tellForeign()
	return unsafe.Pointer(log.handle)
}

// Close gives the Log back, and closes the channel of Changed. Its writer, snapshots, cursors and segments stay usable,
// and their waits continue. Any goroutine may call it at any time. A second Close does nothing.
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

// Options returns the options of the log, with all defaults filled in.
func (log *Log) Options() (Options, error) {
	if !log.enter() {
		return Options{}, ErrClosed
	}
	defer log.leave()
	options, status := logOptions(log.handle)
	return options, status.err()
}

// Range returns the sequences of the records that a snapshot taken now would show. The answer may be out of date on
// return.
func (log *Log) Range() (Range, error) {
	if !log.enter() {
		return Range{}, ErrClosed
	}
	defer log.leave()
	held, status := logRange(log.handle)
	return held, status.err()
}

// HasWriter reports whether the log has a writer. The answer may be out of date on return. False after Close.
func (log *Log) HasWriter() bool {
	if !log.enter() {
		return false
	}
	defer log.leave()
	return logHasWriter(log.handle)
}

// Finished reports whether Writer.Finish ended the log. Nothing will be appended to a finished log. The retained
// records stay readable. True stays true until Close. After Close it is false.
func (log *Log) Finished() bool {
	if !log.enter() {
		return false
	}
	defer log.leave()
	return logIsFinished(log.handle)
}

// Changed returns a channel for a select. It is closed at the next notify that brings something new, when the log is
// finished, at an interrupt by C code, and by Close. Until then all callers get the same channel. The channel of a
// finished or closed log is already closed.
//
// Take the channel first, then look (by Refresh and Finished), then wait for the channel: so you miss nothing. The
// channel may also be closed when there is nothing new for you: look again, and take the next one.
//
// From Changed until the channel is closed, one thread sleeps in C, however many goroutines wait. It holds a view,
// which counts for MaxSegments like any other. [Snapshot.Wait], [Cursor.Wait] and [Cursor.Follow] use the same thread.
func (log *Log) Changed() <-chan struct{} {
	if !log.enter() {
		return closedChannel
	}
	defer log.leave()
	return log.give()
}

// Stats returns what the log holds, and for whom.
func (log *Log) Stats() (Stats, error) {
	if !log.enter() {
		return Stats{}, ErrClosed
	}
	defer log.leave()
	stats, status := logStats(log.handle)
	return stats, status.err()
}

// Describe returns the state of the log as lines of text, for people who look for a fault: what the log is, what it
// shows and holds, and how old the views are that hold it. After Close the text is empty.
func (log *Log) Describe() string {
	if !log.enter() {
		return ""
	}
	defer log.leave()
	return describeLog(log.handle)
}
