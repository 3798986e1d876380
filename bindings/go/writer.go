package atomiclog

import (
	"fmt"
	"math"
	"runtime"
	"unsafe"
)

// pinFrom is the mean size of records, in bytes, from which AppendSlices pins them rather than copying them together. A pin
// costs about 100 ns, which is what copying one or two KiB takes; at 4 KiB pins were the faster by a third.
const pinFrom = 4096

// rawSlice is C's alog_slice.
type rawSlice struct {
	data unsafe.Pointer
	size uintptr
}

// Writer is the one writer of a log. It belongs to one goroutine at a time.
type Writer struct {
	handle     cWriter
	recordSize int // 0: a bytes log
	cleanup    runtime.Cleanup
	// Counts calls, without need but that the race detector sees two goroutines in one writer.
	calls uint64

	packed []byte
	sizes  []uint32
	slices []rawSlice
	pinner runtime.Pinner
}

// Writer makes the caller the log's writer, who goes on exactly where the last one stopped. ErrClaimed: there is one.
func (log *Log) Writer() (*Writer, error) {
	if log.handle == nil {
		return nil, ErrClosed
	}
	handle, status := claimWriter(log.handle)
	runtime.KeepAlive(log)
	if status != statusOK {
		return nil, fmt.Errorf("claiming the writer: %w", status)
	}
	writer := &Writer{handle: handle, recordSize: log.recordSize}
	writer.cleanup = runtime.AddCleanup(writer, releaseWriter, handle)
	return writer, nil
}

// Close gives the claim back. An open reservation or group is abandoned; the retained records stay. A second Close does
// nothing.
func (writer *Writer) Close() error {
	if !writer.enter() {
		return nil
	}
	writer.cleanup.Stop()
	releaseWriter(writer.handle)
	writer.handle = nil
	runtime.KeepAlive(writer)
	return nil
}

func (writer *Writer) enter() bool {
	writer.calls++
	return writer.handle != nil
}

// call calls C with the writer's handle.
func (writer *Writer) call(function func(cWriter) Status) error {
	if !writer.enter() {
		return ErrClosed
	}
	status := function(writer.handle)
	runtime.KeepAlive(writer)
	return status.err()
}

// Append appends one record, and publishes it unless a group is open. After an error nothing is appended.
//
// Errors: ErrArgument: not RecordSize bytes; ErrTooLarge; ErrSegmentLimit; ErrNoMemory.
func (writer *Writer) Append(record []byte) error {
	if !writer.enter() {
		return ErrClosed
	}
	status := appendRecord(writer.handle, record)
	runtime.KeepAlive(writer)
	return status.err()
}

// AppendBatch appends the records of a fixed log that lie back to back, RecordSize apart: visible all at once, or not at
// all.
//
// Errors: ErrKind: a bytes log; ErrArgument: not a whole number of records; ErrTooLarge; ErrSegmentLimit; ErrNoMemory.
func (writer *Writer) AppendBatch(records []byte) error {
	if !writer.enter() {
		return ErrClosed
	}
	if writer.recordSize == 0 {
		return ErrKind
	}
	if len(records)%writer.recordSize != 0 {
		return ErrArgument
	}
	status := appendBatch(writer.handle, unsafe.Pointer(unsafe.SliceData(records)), len(records)/writer.recordSize)
	runtime.KeepAlive(writer)
	return status.err()
}

// AppendPacked appends records of a bytes log that lie back to back in data: visible all at once, or not at all.
//
// Errors: ErrKind: a fixed log; ErrArgument: the sizes do not add up to the data; ErrTooLarge; ErrSegmentLimit;
// ErrNoMemory.
func (writer *Writer) AppendPacked(data []byte, sizes []uint32) error {
	if !writer.enter() {
		return ErrClosed
	}
	// A sum that overflows here overflows in C as well, which refuses it.
	sum := uint64(0)
	for _, size := range sizes {
		sum += uint64(size)
	}
	if sum != uint64(len(data)) {
		return ErrArgument
	}
	status := appendPacked(writer.handle, data, sizes)
	runtime.KeepAlive(writer)
	return status.err()
}

// AppendSlices appends records of a bytes log, one per slice: visible all at once, or not at all. Small records are copied
// together first, large ones are pinned while C reads them.
//
// Errors: ErrKind: a fixed log; ErrTooLarge; ErrSegmentLimit; ErrNoMemory.
func (writer *Writer) AppendSlices(records [][]byte) error {
	if !writer.enter() {
		return ErrClosed
	}
	total := 0
	for _, record := range records {
		if uint64(len(record)) > math.MaxUint32 {
			return ErrTooLarge
		}
		total += len(record)
	}
	var status Status
	if total/pinFrom >= len(records) {
		status = writer.appendPinned(records)
	} else {
		writer.packed, writer.sizes = writer.packed[:0], writer.sizes[:0]
		for _, record := range records {
			writer.packed = append(writer.packed, record...)
			writer.sizes = append(writer.sizes, uint32(len(record)))
		}
		status = appendPacked(writer.handle, writer.packed, writer.sizes)
	}
	runtime.KeepAlive(writer)
	return status.err()
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

// Reservation is room in the log that the writer may fill before a commit. It ends with Commit, Cancel, any other append,
// Reserve, Begin, Publish, Abandon or Close; its memory must not be touched afterwards.
type Reservation struct {
	// Data is where the records go, Stride apart. Not initialised.
	Data []byte
	// Records is how many there is room for.
	Records int
	// Stride is the bytes from one record of a fixed log to the next. Bytes: 0.
	Stride int
}

// Reserve hands out room in the log, to be written in place. Fixed: want is records, at least 1, and room for 1 to want is
// given. Bytes: want is the bytes of one record, and exactly as many are given.
//
// Errors: ErrArgument: want is negative or, fixed, 0; ErrTooLarge; ErrSegmentLimit; ErrNoMemory.
func (writer *Writer) Reserve(want int) (Reservation, error) {
	if !writer.enter() {
		return Reservation{}, ErrClosed
	}
	if want < 0 {
		return Reservation{}, ErrArgument
	}
	data, capacity, stride, status := reserve(writer.handle, want)
	runtime.KeepAlive(writer)
	if status != statusOK {
		return Reservation{}, status
	}
	if writer.recordSize == 0 {
		return Reservation{Data: unsafe.Slice((*byte)(data), capacity), Records: 1}, nil
	}
	return Reservation{unsafe.Slice((*byte)(data), capacity*stride), capacity, stride}, nil
}

// Commit appends what was written to the reservation, and publishes it unless a group is open. Fixed: used is records, from
// the first on; 0 publishes nothing. Bytes: the record's final size.
//
// Errors: ErrArgument: more than was reserved, and the reservation stays; ErrState: there is none.
func (writer *Writer) Commit(used int) error {
	if used < 0 {
		return ErrArgument
	}
	if !writer.enter() {
		return ErrClosed
	}
	status := commit(writer.handle, used)
	runtime.KeepAlive(writer)
	return status.err()
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
	sequence := nextSequence(writer.handle)
	runtime.KeepAlive(writer)
	return sequence
}

// Notify wakes everybody who waits for something new; publishing alone wakes nobody, unless the log has AutoNotify.
func (writer *Writer) Notify() error {
	return writer.call(notify)
}

// Trim gives pooled segments back to the allocator, down to what the log needs without readers.
func (writer *Writer) Trim() error {
	return writer.call(trim)
}
