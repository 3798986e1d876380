//go:build cgo

package atomiclog

import (
	"fmt"
	"math"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// pinFrom is the mean size of records, in bytes, from which AppendSlices pins them rather than copying them together. A
// pin costs about 100 ns, which is what copying one or two KiB takes; at 4 KiB pins were the faster by a third.
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
	hot        *cHot   // what is appended by without a call; nil: by calls
	recordSize int     // 0: a bytes log
	cleanup    runtime.Cleanup
	// Counts calls, only so that the race detector sees two goroutines in one writer.
	calls uint64

	packed []byte
	sizes  []uint32
	slices []rawSlice
	pinner runtime.Pinner
}

// Writer makes the caller the log's writer, who goes on exactly where the last one stopped.
//
// Errors: ErrClaimed: there is one; ErrFinished: there will be none; ErrNoMemory.
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

// Close gives the claim back. An open reservation or group is abandoned; the retained records stay. Any goroutine may
// call it at any time: beside another call, that call gives the claim back when it ends. A second Close does nothing.
func (writer *Writer) Close() error {
	if writer.guard.close() {
		writer.free()
	}
	return nil
}

// Finish ends the log for good, and closes the writer. An open reservation or group is abandoned; the retained records
// stay. Later claims give ErrFinished, [Cursor.Follow] ends when it has shown everything, Wait gives ErrFinished when
// nothing is left, and the channel of [Log.Changed] is closed.
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

// enter begins a call. The library does not find out that two goroutines are in one writer; this does, if they are at
// the same time.
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
	// C, which is shown nil for an empty record, would speak of that.
	if writer.recordSize != 0 && len(record) != writer.recordSize {
		return ErrArgument
	}
	return appendRecord(writer.handle, record).err()
}

// AppendBatch appends the records of a fixed log that lie back to back, RecordSize apart: visible all at once, or not
// at all.
//
// Errors: ErrKind: a bytes log; ErrArgument: not a whole number of records; ErrTooLarge; ErrSegmentLimit; ErrNoMemory.
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

// AppendPacked appends records of a bytes log that lie back to back in data: visible all at once, or not at all.
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
	// A sum that overflows here overflows in C as well, which refuses it.
	sum := uint64(0)
	for _, size := range sizes {
		sum += uint64(size)
	}
	if sum != uint64(len(data)) {
		return ErrArgument
	}
	return appendPacked(writer.handle, data, sizes).err()
}

// AppendSlices appends records of a bytes log, one per slice: visible all at once, or not at all. Small records are
// copied together first, large ones are pinned while C reads them.
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

// Group runs a function between Begin and Publish, so that all that it appends becomes visible at one instant. If it
// returns an error or panics, nothing of it is ever seen.
func (writer *Writer) Group(function func() error) (err error) {
	if err := writer.Begin(); err != nil {
		return err
	}
	published := false
	defer func() {
		if !published {
			// Of no avail if the function closed the writer or the group, which is no worse.
			_ = writer.Abandon()
		}
	}()
	if err := function(); err != nil {
		return err
	}
	published = true
	return writer.Publish()
}

// Begin opens a group: from here on, what is appended or committed stays invisible. A call that fails within the group
// leaves it open with what it had. ErrState: one is open.
func (writer *Writer) Begin() error {
	return writer.call(beginGroup)
}

// Publish makes all of the group visible at one instant, however many segments it spans. ErrState: none is open.
func (writer *Writer) Publish() error {
	return writer.call(publishGroup)
}

// Abandon forgets the group: nobody ever sees it. ErrState: none is open.
func (writer *Writer) Abandon() error {
	return writer.call(abandonGroup)
}

// Reservation is room in the log that the writer may fill before a commit. It ends with Commit, Cancel, any other
// append, Reserve, Begin, Publish, Abandon or Close; its memory must not be touched afterwards.
type Reservation struct {
	// Data is where the records go, Stride apart. Not initialised.
	Data []byte
	// Records is how many there is room for.
	Records int
	// Stride is the bytes from one record of a fixed log to the next. Bytes: 0.
	Stride int
}

// Reserve hands out room in the log, to be written in place. Fixed: want is records, at least 1, and room for 1 to want
// is given. Bytes: want is the bytes of one record, and exactly as many are given.
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

// Commit appends what was written to the reservation, and publishes it unless a group is open. Fixed: used is records,
// from the first on; 0 publishes nothing. Bytes: the record's final size.
//
// Errors: ErrArgument: more than was reserved, and the reservation stays; ErrState: there is none.
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

// Cancel ends the reservation; nothing is appended. ErrState: there is none.
func (writer *Writer) Cancel() error {
	return writer.call(cancelReservation)
}

// NextSequence is the sequence that the next record will have; the open group's records count. 0 after Close.
func (writer *Writer) NextSequence() uint64 {
	if !writer.enter() {
		return 0
	}
	defer writer.leave()
	return nextSequence(writer.handle)
}

// SkipTo goes on at a later sequence: the next record has exactly this one. What was retained leaves the log's view at
// once, and views that were taken before stay what they are. A refresh across it counts what was skipped, and what went
// unseen with it, as lost, and a wait returns. A log that is empty begins there. To the next sequence: nothing happens.
//
// Errors: ErrState: a group is open; ErrArgument: backwards, or so far that no segment fits behind it; ErrSegmentLimit;
// ErrNoMemory. After an error nothing has changed. A reservation ends, except with ErrState and ErrArgument.
func (writer *Writer) SkipTo(sequence uint64) error {
	if !writer.enter() {
		return ErrClosed
	}
	defer writer.leave()
	return skip(writer.handle, sequence).err()
}

// Notify wakes everybody who waits for something new; publishing alone wakes nobody, unless the log has AutoNotify.
func (writer *Writer) Notify() error {
	return writer.notify()
}

// Trim gives pooled segments back to the allocator, down to what the log needs without readers.
func (writer *Writer) Trim() error {
	return writer.call(trim)
}
