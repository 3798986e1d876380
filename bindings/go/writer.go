//go:build cgo

package atomiclog

import (
	"fmt"
	"math"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// pinFrom is the mean size of records, in bytes, from which AppendSlices pins the records and does not copy them
// together. A pin costs about 100 ns, as much as a copy of one or two KiB. At 4 KiB, pins were faster by a third.
const pinFrom = 4096

// rawSlice is C's alog_slice.
type rawSlice struct {
	data unsafe.Pointer
	size uintptr
}

// Writer is the one writer of a log. It belongs to one goroutine at a time.
type Writer struct {
	guard
	handle     cWriter // nil: the log was finished
	hot        *cHot   // what an append without a call uses; nil: all appends are calls
	recordSize int     // 0: a byte log
	cleanup    runtime.Cleanup
	// Counts calls, only so that the race detector sees two goroutines in one writer.
	calls uint64

	packed []byte
	sizes  []uint32
	slices []rawSlice
	pinner runtime.Pinner
}

// Writer claims the log's writer. It continues exactly where the last writer stopped.
//
// Errors: ErrClaimed: the log has a writer; ErrFinished: the log was finished; ErrNoMemory.
func (log *Log) Writer() (*Writer, error) {
	if !log.enter() {
		return nil, ErrClosed
	}
	defer log.leave()
	handle, hot, status := claimWriter(log.handle)
	if status != statusOK {
		return nil, fmt.Errorf("claiming the writer: %w", status)
	}
	writer := &Writer{handle: handle, recordSize: log.recordSize}
	if inlines {
		writer.hot = hot
	}
	writer.cleanup = runtime.AddCleanup(writer, releaseWriter, handle)
	writer.guard.open()
	return writer, nil
}

// Close gives the claim back. An open reservation or group is abandoned. The retained records stay. Any goroutine may
// call it at any time. If another call is in progress, that call gives the claim back when it ends. A second Close does
// nothing.
func (writer *Writer) Close() error {
	if writer.guard.close() {
		writer.free()
	}
	return nil
}

// Finish ends the log for good, and closes the writer. An open reservation or group is abandoned. The retained records
// stay. Later claims return ErrFinished. [Cursor.Follow] ends when it has shown everything. Wait returns ErrFinished
// when nothing is left to read. The channel of [Log.Changed] is closed.
func (writer *Writer) Finish() error {
	if !writer.enter() {
		return ErrClosed
	}
	defer writer.leave()
	status := finishWriter(writer.handle)
	if status == statusOK {
		writer.handle = nil
		writer.guard.close()
	}
	return status.err()
}

func (writer *Writer) free() {
	writer.cleanup.Stop()
	if writer.handle != nil {
		releaseWriter(writer.handle)
	}
	runtime.KeepAlive(writer)
}

const twoInOneWriter = "atomiclog: two goroutines use one writer at the same time"

// enter begins a call. The library does not detect that two goroutines are in one writer. This function does, if they
// are in it at the same time.
func (writer *Writer) enter() bool {
	writer.calls++
	if !writer.guard.enter() {
		return false
	}
	if writer.users() > 1 || atomic.LoadUint32(&writer.inside) != 0 {
		writer.leave()
		panic(twoInOneWriter)
	}
	return true
}

func (writer *Writer) leave() {
	if writer.exit() {
		writer.free()
	}
}

// call calls C with the writer's handle.
func (writer *Writer) call(function func(cWriter) Status) error {
	if !writer.enter() {
		return ErrClosed
	}
	defer writer.leave()
	return function(writer.handle).err()
}

// Append appends one record, and publishes it unless a group is open. After an error nothing is appended.
//
// Errors: ErrArgument: not RecordSize bytes; ErrTooLarge; ErrSegmentLimit; ErrNoMemory.
func (writer *Writer) Append(record []byte) error {
	return writer.append(record)
}

func (writer *Writer) appendByCall(record []byte) error {
	if !writer.enter() {
		return ErrClosed
	}
	defer writer.leave()
	// For an empty record C would get nil, and return ErrNull.
	if writer.recordSize != 0 && len(record) != writer.recordSize {
		return ErrArgument
	}
	return appendRecord(writer.handle, record).err()
}

// AppendBatch appends the records of a fixed log that lie back to back, RecordSize bytes apart. They become visible all
// at once, or not at all.
//
// Errors: ErrKind: a byte log; ErrArgument: not a whole number of records; ErrTooLarge; ErrSegmentLimit; ErrNoMemory.
func (writer *Writer) AppendBatch(records []byte) error {
	if len(records) == writer.recordSize && len(records) > 0 {
		return writer.append(records)
	}
	if !writer.enter() {
		return ErrClosed
	}
	defer writer.leave()
	if writer.recordSize == 0 {
		return ErrKind
	}
	if len(records)%writer.recordSize != 0 {
		return ErrArgument
	}
	return appendBatch(writer.handle, unsafe.Pointer(unsafe.SliceData(records)), len(records)/writer.recordSize).err()
}

// AppendPacked appends records of a byte log that lie back to back in data. They become visible all at once, or not at
// all.
//
// Errors: ErrKind: a fixed log; ErrArgument: the sizes do not add up to the data; ErrTooLarge; ErrSegmentLimit;
// ErrNoMemory.
func (writer *Writer) AppendPacked(data []byte, sizes []uint32) error {
	if !writer.enter() {
		return ErrClosed
	}
	defer writer.leave()
	if writer.recordSize != 0 {
		return ErrKind
	}
	// If the sum overflows here, it also overflows in C, which refuses it.
	sum := uint64(0)
	for _, size := range sizes {
		sum += uint64(size)
	}
	if sum != uint64(len(data)) {
		return ErrArgument
	}
	return appendPacked(writer.handle, data, sizes).err()
}

// AppendSlices appends records of a byte log, one per slice. They become visible all at once, or not at all. Small
// records are copied together first. Large ones are pinned while C reads them.
//
// Errors: ErrKind: a fixed log; ErrTooLarge; ErrSegmentLimit; ErrNoMemory.
func (writer *Writer) AppendSlices(records [][]byte) error {
	if !writer.enter() {
		return ErrClosed
	}
	defer writer.leave()
	if writer.recordSize != 0 {
		return ErrKind
	}
	total := 0
	for _, record := range records {
		if uint64(len(record)) > math.MaxUint32 {
			return ErrTooLarge
		}
		total += len(record)
	}
	if total/pinFrom >= len(records) {
		return writer.appendPinned(records).err()
	}
	writer.packed, writer.sizes = writer.packed[:0], writer.sizes[:0]
	for _, record := range records {
		writer.packed = append(writer.packed, record...)
		writer.sizes = append(writer.sizes, uint32(len(record)))
	}
	return appendPacked(writer.handle, writer.packed, writer.sizes).err()
}

func (writer *Writer) appendPinned(records [][]byte) Status {
	writer.slices = writer.slices[:0]
	defer func() {
		writer.pinner.Unpin()
		clear(writer.slices)
	}()
	for _, record := range records {
		slice := rawSlice{unsafe.Pointer(unsafe.SliceData(record)), uintptr(len(record))}
		if len(record) > 0 {
			writer.pinner.Pin(slice.data)
		} else {
			slice.data = nil
		}
		writer.slices = append(writer.slices, slice)
	}
	return appendSlices(writer.handle, writer.slices)
}

// Group runs a function between Begin and Publish, so that all that it appends becomes visible at one instant. If the
// function returns an error or panics, no reader ever sees any of it.
func (writer *Writer) Group(function func() error) (err error) {
	if err := writer.Begin(); err != nil {
		return err
	}
	published := false
	defer func() {
		if !published {
			// This fails if the function closed the writer or ended the group, which does no harm.
			_ = writer.Abandon()
		}
	}()
	if err := function(); err != nil {
		return err
	}
	published = true
	return writer.Publish()
}

// Begin opens a group. What is appended or committed from now on stays invisible until Publish. If a call fails inside
// the group, the group stays open with what it had. ErrState: a group is open.
func (writer *Writer) Begin() error {
	return writer.call(beginGroup)
}

// Publish makes the whole group visible at one instant, however many segments it spans. ErrState: no group is open.
func (writer *Writer) Publish() error {
	return writer.call(publishGroup)
}

// Abandon drops the group. No reader ever sees its records. ErrState: no group is open.
func (writer *Writer) Abandon() error {
	return writer.call(abandonGroup)
}

// Reservation is room in the log that the writer fills before it commits. It ends with Commit, Cancel, any other
// append, Reserve, Begin, Publish, Abandon or Close. Do not touch its memory afterwards.
type Reservation struct {
	// Data is where the records go, Stride bytes apart. It is not initialised.
	Data []byte
	// Records is how many records there is room for.
	Records int
	// Stride is the number of bytes from one record of a fixed log to the next. Bytes: 0.
	Stride int
}

// Reserve hands out room in the log, to be written in place. Fixed: want is a number of records, at least 1, and the
// room is for 1 to want records. Bytes: want is the size of one record, and the room has exactly this size.
//
// Errors: ErrArgument: want is negative or, fixed, 0; ErrTooLarge; ErrSegmentLimit; ErrNoMemory.
func (writer *Writer) Reserve(want int) (Reservation, error) {
	if !writer.enter() {
		return Reservation{}, ErrClosed
	}
	defer writer.leave()
	if want < 0 {
		return Reservation{}, ErrArgument
	}
	data, capacity, stride, status := reserve(writer.handle, want)
	if status != statusOK {
		return Reservation{}, status
	}
	if writer.recordSize == 0 {
		return Reservation{Data: unsafe.Slice((*byte)(data), capacity), Records: 1}, nil
	}
	return Reservation{unsafe.Slice((*byte)(data), capacity*stride), capacity, stride}, nil
}

// Commit appends what was written into the reservation. It publishes it, unless a group is open. Fixed: used is how
// many records, counted from the first; 0 publishes nothing. Bytes: used is the record's final size.
//
// Errors: ErrArgument: used is more than was reserved, and the reservation stays; ErrState: nothing is reserved.
func (writer *Writer) Commit(used int) error {
	if !writer.enter() {
		return ErrClosed
	}
	defer writer.leave()
	if used < 0 {
		return ErrArgument
	}
	return commit(writer.handle, used).err()
}

// Cancel ends the reservation. Nothing is appended. ErrState: nothing is reserved.
func (writer *Writer) Cancel() error {
	return writer.call(cancelReservation)
}

// NextSequence returns the sequence that the next record will have. Records of an open group count. 0 after Close.
func (writer *Writer) NextSequence() uint64 {
	if !writer.enter() {
		return 0
	}
	defer writer.leave()
	return nextSequence(writer.handle)
}

// SkipTo continues at a later sequence: the next record has exactly this sequence. The retained records leave the log's
// newest view at once. If the next record already has this sequence, nothing happens.
//
// Older views stay as they are. A refresh across the gap counts as lost what was skipped, and what was not yet seen
// before it. A wait ends. An empty log then begins at this sequence.
//
// Errors: ErrState: a group is open; ErrArgument: the sequence is lower than the next one, or so high that no segment
// fits after it; ErrSegmentLimit; ErrNoMemory. After an error nothing has changed. A reservation ends, except with
// ErrState and ErrArgument.
func (writer *Writer) SkipTo(sequence uint64) error {
	if !writer.enter() {
		return ErrClosed
	}
	defer writer.leave()
	return skip(writer.handle, sequence).err()
}

// Notify wakes all that wait for something new. Publishing alone wakes none of them, unless the log has AutoNotify.
func (writer *Writer) Notify() error {
	return writer.notify()
}

// Trim gives pooled segments back to the allocator, down to what the log needs without readers.
func (writer *Writer) Trim() error {
	return writer.call(trim)
}
