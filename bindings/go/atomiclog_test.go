package atomiclog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"
)

// must ends the test if there is an error. Helper is slow, and a benchmark must not measure it.
func must(t testing.TB, err error) {
	if err != nil {
		t.Helper()
		t.Fatal(err)
	}
}

// got returns a result, which must come without an error.
func got[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		must(t, err)
		return value
	}
}

func is(t testing.TB, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("got %v, want %v", err, target)
	}
}

func same[T comparable](t testing.TB, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func panics(t testing.TB, function func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("did not panic")
		}
	}()
	function()
}

func numbers(first, count uint64) []byte {
	var data []byte
	for number := range count {
		data = binary.LittleEndian.AppendUint64(data, first+number)
	}
	return data
}

func number(record []byte) uint64 {
	return binary.LittleEndian.Uint64(record)
}

// fixed is a log of numbers and its writer: 16 retained, in segments of 4, so that a view holds up to 20.
func fixed(t testing.TB, options Options) (*Log, *Writer) {
	t.Helper()
	options.RecordSize, options.RetainedCapacity, options.SegmentCapacity = 8, 16, 4
	log := got(NewFixed(options))(t)
	writer := got(log.Writer())(t)
	t.Cleanup(func() { writer.Close(); log.Close() })
	return log, writer
}

func TestErrorsAreValues(t *testing.T) {
	_, err := NewFixed(Options{RetainedCapacity: 1, SegmentCapacity: 1})
	is(t, err, ErrArgument)
	if text := err.Error(); !strings.Contains(text, "ALOG_ERR_ARGUMENT") {
		t.Fatalf("%q does not name the status", text)
	}
	log, writer := fixed(t, Options{MaxSegments: 6})
	_, err = log.Writer()
	is(t, err, ErrClaimed)
	for _, record := range [][]byte{{1}, make([]byte, 9), {}, nil} {
		is(t, writer.Append(record), ErrArgument)
	}
	is(t, writer.AppendBatch(make([]byte, 9)), ErrArgument)
	is(t, writer.AppendPacked(make([]byte, 8), []uint32{8}), ErrKind)
	is(t, writer.AppendSlices([][]byte{make([]byte, 8)}), ErrKind)
	// A wrong kind is reported before wrong arguments. An empty batch does nothing.
	is(t, writer.AppendPacked(make([]byte, 8), []uint32{7}), ErrKind)
	is(t, writer.AppendPacked(nil, nil), ErrKind)
	is(t, writer.AppendSlices(nil), ErrKind)
	must(t, writer.AppendBatch(nil))
	is(t, writer.AppendBatch(make([]byte, 8*1000)), ErrTooLarge)
	is(t, writer.Publish(), ErrState)
	is(t, writer.Commit(1), ErrState)
	is(t, writer.Commit(-1), ErrArgument)
	is(t, writer.Cancel(), ErrState)
	_, err = writer.Reserve(0)
	is(t, err, ErrArgument)
	_, err = writer.Reserve(-1)
	is(t, err, ErrArgument)

	// A snapshot holds all that MaxSegments allows: the writer is refused until the snapshot is closed.
	must(t, writer.AppendBatch(numbers(0, 20)))
	snapshot := got(log.Snapshot())(t)
	for err = nil; err == nil; {
		err = writer.Append(numbers(0, 1))
	}
	is(t, err, ErrSegmentLimit)
	if got(log.Stats())(t).SegmentLimitHits == 0 {
		t.Fatal("the limit was not counted")
	}
	must(t, snapshot.Close())
	must(t, writer.Append(numbers(0, 1)))

	bytesLog := got(NewBytes(Options{RetainedCapacity: 1 << 12, SegmentCapacity: 1 << 10}))(t)
	defer bytesLog.Close()
	bytesWriter := got(bytesLog.Writer())(t)
	defer bytesWriter.Close()
	is(t, bytesWriter.AppendBatch(make([]byte, 8)), ErrKind)
	is(t, bytesWriter.AppendPacked(make([]byte, 8), []uint32{7}), ErrArgument)
	is(t, bytesWriter.AppendPacked(make([]byte, 8), []uint32{9}), ErrArgument)
	is(t, bytesWriter.Append(make([]byte, 2<<10)), ErrTooLarge)
}

// The error for a log that cannot be made names the option.
func TestErrorOfNewNamesTheOption(t *testing.T) {
	options := Options{RetainedCapacity: 100, SegmentCapacity: 10, RecordSize: 12}
	for _, wrong := range []struct {
		says   string
		change func(*Options)
	}{
		{"record_align 3 is not a power of two", func(o *Options) { o.RecordAlign = 3 }},
		{"record_size", func(o *Options) { o.RecordSize = 0 }},
		{"retained_capacity", func(o *Options) { o.RetainedCapacity = 0 }},
		{"segment_capacity", func(o *Options) { o.SegmentCapacity = 1 << 40 }},
		{"max_segments", func(o *Options) { o.MaxSegments = 2 }},
	} {
		options := options
		wrong.change(&options)
		_, err := NewFixed(options)
		is(t, err, ErrArgument)
		if !strings.Contains(err.Error(), wrong.says) {
			t.Errorf("%q does not say %q", err, wrong.says)
		}
	}
	_, err := NewBytes(options)
	is(t, err, ErrArgument)
	if !strings.Contains(err.Error(), "record_size 12") {
		t.Errorf("%q does not name record_size", err)
	}
	_, _, err = NewTyped[uint64](Options{RetainedCapacity: 4})
	is(t, err, ErrArgument)
	if !strings.Contains(err.Error(), "segment_capacity") {
		t.Errorf("%q does not name segment_capacity", err)
	}
}

func TestStatusesAreThoseOfC(t *testing.T) {
	for status, name := range map[Status]string{ErrNull: "ALOG_ERR_NULL", ErrArgument: "ALOG_ERR_ARGUMENT",
		ErrHandle: "ALOG_ERR_HANDLE", ErrNoMemory: "ALOG_ERR_NO_MEMORY", ErrClaimed: "ALOG_ERR_CLAIMED",
		ErrTooLarge: "ALOG_ERR_TOO_LARGE", ErrKind: "ALOG_ERR_KIND", ErrSegmentLimit: "ALOG_ERR_SEGMENT_LIMIT",
		ErrState: "ALOG_ERR_STATE", ErrOutOfRange: "ALOG_ERR_OUT_OF_RANGE", ErrInternal: "ALOG_ERR_INTERNAL",
		ErrFinished: "ALOG_ERR_FINISHED", ErrIO: "ALOG_ERR_IO", statusOK: "ALOG_OK", statusUnchanged: "ALOG_UNCHANGED",
		statusTimeout: "ALOG_TIMEOUT", statusInterrupted: "ALOG_INTERRUPTED", statusFinished: "ALOG_FINISHED"} {
		same(t, statusName(status), name)
	}
	if Version() == "" {
		t.Fatal("the library has no version")
	}
	same(t, statusName(ErrIO-1), "ALOG_STATUS_UNKNOWN") // there are no more
	same(t, statusName(statusFinished+1), "ALOG_STATUS_UNKNOWN")
}

func TestOptionsComeBackResolved(t *testing.T) {
	given := Options{RetainedCapacity: 100, SegmentCapacity: 10, RecordSize: 12, RecordAlign: 8, PreallocatedSegments: 12,
		MaxSegments: 40, AutoNotify: true, Prefault: true}
	log := got(NewFixed(given))(t)
	defer log.Close()
	same(t, got(log.Options())(t), given)
	bytesLog := got(NewBytes(Options{RetainedCapacity: 1 << 12, SegmentCapacity: 1 << 10}))(t)
	defer bytesLog.Close()
	resolved := got(bytesLog.Options())(t)
	same(t, resolved.RecordAlign, 8)
	same(t, resolved.SegmentRecords, 32)
}

func TestSnapshotStaysAsItWasTaken(t *testing.T) {
	log, writer := fixed(t, Options{})
	must(t, writer.AppendBatch(numbers(0, 10)))
	snapshot := got(log.Snapshot())(t)
	defer snapshot.Close()
	for round := range uint64(20) {
		must(t, writer.AppendBatch(numbers(10+7*round, 7)))
		same(t, snapshot.Range(), Range{0, 10})
		same(t, snapshot.Latest(), Range{0, 10})
		same(t, snapshot.ChunkCount(), 3)
		next := uint64(0)
		for sequence, record := range snapshot.Records() {
			same(t, sequence, next)
			same(t, number(record), next)
			next++
		}
		same(t, next, 10)
	}
	delta := got(snapshot.Refresh())(t)
	same(t, delta, Delta{First: 132, Appended: 18, Lost: 122})
	same(t, snapshot.Range(), Range{132, 150})
	same(t, snapshot.Latest(), Range{143, 150})
	same(t, got(snapshot.Refresh())(t), Delta{First: 150})
	same(t, number(got(snapshot.Record(149))(t)), 149)
	_, err := snapshot.Record(150)
	is(t, err, ErrOutOfRange)
	_, err = snapshot.Record(131)
	is(t, err, ErrOutOfRange)
	_, err = snapshot.Chunk(5)
	is(t, err, ErrOutOfRange)
	var tail []uint64
	for sequence := range snapshot.RecordsFrom(147) {
		tail = append(tail, sequence)
	}
	if !slices.Equal(tail, []uint64{147, 148, 149}) {
		t.Fatalf("from 147: %v", tail)
	}
}

func TestRangesOfAView(t *testing.T) {
	log, writer := fixed(t, Options{})
	must(t, writer.AppendBatch(numbers(0, 9)))
	must(t, writer.AppendBatch(numbers(9, 6)))
	snapshot := got(log.Snapshot())(t)
	var parts []Range
	for chunk := range got(snapshot.ChunksIn(snapshot.Latest()))(t) {
		parts = append(parts, Range{chunk.First(), chunk.End()})
		same(t, number(chunk.At(0)), chunk.First())
		same(t, number(chunk.At(chunk.Len()-1)), chunk.End()-1)
	}
	if !slices.Equal(parts, []Range{{9, 12}, {12, 15}}) {
		t.Fatalf("%v", parts)
	}
	var sequences []uint64
	for sequence, record := range got(snapshot.RecordsIn(Range{5, 7}))(t) {
		same(t, number(record), sequence)
		sequences = append(sequences, sequence)
	}
	if !slices.Equal(sequences, []uint64{5, 6}) {
		t.Fatalf("%v", sequences)
	}
	sequences = nil
	values := got(TypedOf[uint64](log))(t)
	for sequence, value := range got(values.RecordsIn(snapshot, Range{3, 5}))(t) {
		same(t, value, sequence)
		sequences = append(sequences, sequence)
	}
	if !slices.Equal(sequences, []uint64{3, 4}) {
		t.Fatalf("%v", sequences)
	}
	for _, empty := range []Range{{}, {5, 5}, {15, 15}, {99, 99}} {
		for range got(snapshot.ChunksIn(empty))(t) {
			t.Fatal("an empty range has chunks")
		}
	}
	for _, outside := range []Range{{0, 16}, {15, 16}, {5, 4}, {99, 100}} {
		_, err := snapshot.ChunksIn(outside)
		is(t, err, ErrOutOfRange)
		_, err = snapshot.RecordsIn(outside)
		is(t, err, ErrOutOfRange)
		_, err = values.RecordsIn(snapshot, outside)
		is(t, err, ErrOutOfRange)
	}
	for sequence := range uint64(15) {
		chunk, record, err := snapshot.Find(sequence)
		must(t, err)
		same(t, number(got(snapshot.Chunk(chunk))(t).At(record)), sequence)
	}
	_, _, err := snapshot.Find(15)
	is(t, err, ErrOutOfRange)

	// A loop belongs to the view for which it was made.
	late := got(snapshot.ChunksIn(snapshot.Latest()))(t)
	got(snapshot.Refresh())(t)
	for range late {
	}
	must(t, writer.Append(numbers(15, 1)))
	got(snapshot.Refresh())(t)
	panics(t, func() {
		for range late {
		}
	})
	must(t, snapshot.Close())
	for range late {
		t.Fatal("a closed snapshot shows chunks")
	}
	_, err = snapshot.ChunksIn(Range{})
	is(t, err, ErrClosed)
	_, _, err = snapshot.Find(9)
	is(t, err, ErrClosed)
	same(t, got(log.Stats())(t).SnapshotsLive, 0)
}

// A closed handle returns ErrClosed.
func TestClosedHandles(t *testing.T) {
	log, writer := fixed(t, Options{})
	must(t, writer.AppendBatch(numbers(0, 10)))
	snapshot, cursor := got(log.Snapshot())(t), got(log.Cursor(Oldest))(t)
	segment := got(got(snapshot.Chunk(0))(t).Pin())(t)
	values := got(TypedOf[uint64](log))(t)
	cursor.Next()
	for range 2 {
		must(t, snapshot.Close())
		must(t, cursor.Close())
		must(t, segment.Close())
		must(t, writer.Close())
		must(t, log.Close())
	}
	second := func(_ any, err error) error { return err }
	third := func(_, _ any, err error) error { return err }
	for index, err := range []error{
		second(log.Writer()), second(log.Snapshot()), second(log.Cursor(Next)), second(log.Options()),
		second(log.Range()), second(log.Stats()), second(TypedOf[uint64](log)),
		writer.Append(nil), writer.AppendBatch(nil), writer.AppendPacked(nil, nil), writer.AppendSlices(nil),
		writer.Begin(), writer.Publish(), writer.Abandon(), writer.Group(nil), second(writer.Reserve(1)),
		writer.Commit(-1), writer.Cancel(), writer.SkipTo(1000), writer.Notify(), writer.Trim(), writer.Finish(),
		values.Append(writer, 1), second(values.Reserve(writer, 1)),
		second(snapshot.Clone()), second(snapshot.Refresh()), second(snapshot.Chunk(0)), second(snapshot.Record(0)),
		third(snapshot.Find(0)), second(snapshot.ChunksIn(Range{})), second(snapshot.RecordsIn(Range{})),
		second(snapshot.Cursor()), second(snapshot.Stats()), second(values.Record(snapshot, 0)),
		second(values.RecordsIn(snapshot, Range{})),
		second(cursor.Refresh()), cursor.Seek(5), second(segment.Retain()),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("call %d of a closed handle: %v", index, err)
		}
	}
	same(t, log.Pointer(), nil)
	same(t, log.HasWriter() || log.Finished() || log.Describe() != "", false)
	same(t, writer.NextSequence(), 0)
	same(t, snapshot.Range(), Range{})
	same(t, snapshot.Latest(), Range{})
	same(t, snapshot.Len()+snapshot.ChunkCount(), 0)
	same(t, cursor.Position(), 4)
	for range snapshot.Records() {
		t.Error("a closed snapshot shows records")
	}
	for range cursor.Records() {
		t.Error("a closed cursor shows records")
	}
	for range cursor.Chunks() {
		t.Error("a closed cursor shows chunks")
	}
	for _, err := range cursor.Follow(t.Context()) {
		is(t, err, ErrClosed)
	}
	// Nor was it ever open.
	is(t, (&Writer{}).Append(nil), ErrClosed)
	is(t, second((&Snapshot{}).Refresh()), ErrClosed)
	is(t, (&Cursor{}).Seek(0), ErrClosed)
	must(t, (&Log{}).Close())
}

// The library does not detect that two goroutines are in one writer. This package does, if they are in it at the same
// time.
func TestTwoGoroutinesInOneWriterPanic(t *testing.T) {
	_, writer := fixed(t, Options{})
	same(t, writer.guard.enter(), true) // as a call of another goroutine does
	panics(t, func() { writer.Append(numbers(0, 1)) })
	writer.leave()
	must(t, writer.Append(numbers(0, 1)))
}

func TestHandlesOutliveTheLog(t *testing.T) {
	log := got(NewFixed(Options{RetainedCapacity: 16, SegmentCapacity: 4, RecordSize: 8}))(t)
	writer := got(log.Writer())(t)
	must(t, writer.AppendBatch(numbers(0, 16)))
	snapshot := got(log.Snapshot())(t)
	cursor := got(log.Cursor(Oldest))(t)
	chunk := got(snapshot.Chunk(2))(t)
	segment := got(chunk.Pin())(t)
	must(t, writer.Close())
	must(t, log.Close())
	must(t, log.Close())
	_, err := log.Snapshot()
	is(t, err, ErrClosed)
	clone := got(snapshot.Clone())(t)
	must(t, snapshot.Close())
	same(t, snapshot.Len(), 0)
	_, err = snapshot.Refresh()
	is(t, err, ErrClosed)
	for range snapshot.Records() {
		t.Fatal("a closed snapshot shows records")
	}
	same(t, number(got(clone.Record(15))(t)), 15)
	must(t, clone.Close())
	count := uint64(0)
	for sequence, record := range cursor.Records() {
		same(t, number(record), sequence)
		count++
	}
	same(t, count, 16)
	must(t, cursor.Close())
	if _, more := cursor.Next(); more {
		t.Fatal("a closed cursor shows records")
	}
	other := got(segment.Retain())(t)
	must(t, segment.Close())
	same(t, other.Chunk().First(), 8)
	same(t, number(other.Chunk().At(3)), 11)
	must(t, other.Close())
	panics(t, func() { other.Chunk() })
}

func TestChunkThatIsUsedTooLatePanics(t *testing.T) {
	log, writer := fixed(t, Options{})
	must(t, writer.AppendBatch(numbers(0, 10)))
	snapshot := got(log.Snapshot())(t)
	chunk := got(snapshot.Chunk(0))(t)
	got(snapshot.Refresh())(t)
	same(t, number(chunk.At(1)), 1) // nothing was published: still valid
	panics(t, func() { chunk.At(4) })
	panics(t, func() { chunk.At(-1) })
	must(t, writer.Append(numbers(10, 1)))
	got(snapshot.Refresh())(t)
	panics(t, func() { chunk.At(0) })
	panics(t, func() { chunk.Bytes() })
	panics(t, func() { chunk.Spans() })
	other := got(snapshot.Clone())(t)
	panics(t, func() {
		for range other.Records() {
			must(t, writer.Append(numbers(0, 1)))
			got(other.Refresh())(t)
		}
	})
	must(t, other.Close())
	_, err := chunk.Pin()
	is(t, err, ErrState)
	chunk = got(snapshot.Chunk(0))(t)
	segment := got(chunk.Pin())(t)
	pinned := segment.Chunk()
	must(t, snapshot.Close())
	panics(t, func() { chunk.At(0) })
	must(t, segment.Close())
	panics(t, func() { pinned.At(0) })
	panics(t, func() { Chunk{}.Bytes() })

	// A loop that was left by a panic keeps what it showed, until the collector finds it.
	must(t, writer.Append(numbers(0, 1)))
	func() {
		kept := got(log.Snapshot())(t)
		panics(t, func() {
			for range kept.Records() {
				panic("in the body")
			}
		})
		must(t, kept.Close())
		is(t, kept.Wait(t.Context()), ErrClosed)
	}()
	eventually(t, func() error {
		if live := got(log.Stats())(t).SnapshotsLive; live != 0 {
			return fmt.Errorf("%d views", live)
		}
		return nil
	})
}

func TestCursorGoesThroughEverythingOnce(t *testing.T) {
	log, writer := fixed(t, Options{})
	must(t, writer.AppendBatch(numbers(0, 10)))
	cursor := got(log.Cursor(Oldest))(t)
	defer cursor.Close()
	// Stops within a chunk, and continues there.
	for sequence := range cursor.Records() {
		if sequence == 1 {
			break
		}
	}
	same(t, cursor.Position(), 2)
	chunk, _ := cursor.Next()
	same(t, chunk.First(), 2)
	same(t, chunk.Len(), 2)
	same(t, chunk.Segment(), 0)
	must(t, writer.AppendBatch(numbers(10, 3)))
	same(t, got(cursor.Refresh())(t), Delta{First: 4, Appended: 9})
	same(t, got(cursor.Refresh())(t), Delta{First: 4, Appended: 9})
	for next := range cursor.Chunks() {
		same(t, next.First(), 4)
		break
	}
	same(t, cursor.Position(), 8)
	must(t, cursor.Seek(5))
	is(t, cursor.Seek(14), ErrOutOfRange)
	same(t, cursor.Position(), 5)
	next := uint64(5)
	for sequence, record := range cursor.Records() {
		same(t, sequence, next)
		same(t, number(record), next)
		next++
	}
	same(t, next, 13)
	for first := uint64(13); first < 113; first += 10 {
		must(t, writer.AppendBatch(numbers(first, 10)))
	}
	delta := got(cursor.Refresh())(t)
	same(t, delta.First+delta.Appended, 113)
	same(t, delta.Lost, delta.First-13)
	same(t, cursor.Lost(), delta.Lost)
}

func TestCursorPinsAnyChunkOfItsView(t *testing.T) {
	log, writer := fixed(t, Options{})
	must(t, writer.AppendBatch(numbers(0, 16)))
	cursor := got(log.Cursor(Oldest))(t)
	defer cursor.Close()
	var segments []*Segment
	for chunk := range cursor.Chunks() {
		segments = append(segments, got(chunk.Pin())(t))
		if len(segments) == 3 {
			break
		}
	}
	same(t, cursor.Position(), 12) // a pin moves nothing
	for round := range uint64(10) {
		must(t, writer.AppendBatch(numbers(16+16*round, 16)))
		got(cursor.Refresh())(t)
	}
	for index, segment := range segments {
		for at, record := range segment.Chunk().Records() {
			same(t, number(record), at)
		}
		same(t, segment.Chunk().First(), uint64(4*index))
		must(t, segment.Close())
	}
}

func TestCursorOfManyChunks(t *testing.T) {
	log := got(NewFixed(Options{RetainedCapacity: 1000, SegmentCapacity: 2, RecordSize: 8}))(t)
	defer log.Close()
	writer := got(log.Writer())(t)
	defer writer.Close()
	must(t, writer.AppendBatch(numbers(0, 999)))
	snapshot := got(log.Snapshot())(t)
	defer snapshot.Close()
	cursor := got(snapshot.Cursor())(t)
	defer cursor.Close()
	for range 2 {
		next := uint64(0)
		for sequence, record := range cursor.Records() {
			same(t, sequence, next)
			same(t, number(record), next)
			next++
		}
		same(t, next, 999)
		must(t, cursor.Seek(0))
	}
	// A pin moves nothing, also where chunks are still to be fetched.
	next := uint64(0)
	for chunk := range cursor.Chunks() {
		same(t, chunk.First(), next)
		next = chunk.End()
		if chunk.Segment()%100 == 0 {
			segment := got(chunk.Pin())(t)
			same(t, segment.Chunk().First(), chunk.First())
			must(t, segment.Close())
		}
	}
	same(t, next, 999)
}

func TestBytesOfEverySize(t *testing.T) {
	log := got(NewBytes(Options{RetainedCapacity: 1 << 20, SegmentCapacity: 1 << 16}))(t)
	defer log.Close()
	writer := got(log.Writer())(t)
	defer writer.Close()
	large := bytes.Repeat([]byte("large"), 2000)
	records := [][]byte{[]byte("one"), {}, nil, []byte("four")}
	must(t, writer.AppendSlices(records))
	must(t, writer.AppendSlices([][]byte{large, {}, large})) // the pinned way
	must(t, writer.AppendSlices(nil))
	must(t, writer.AppendPacked([]byte("abbccc"), []uint32{1, 2, 3}))
	must(t, writer.AppendPacked(nil, []uint32{0}))
	must(t, writer.Append([]byte("last")))
	must(t, writer.Append(nil))
	want := append(records, large, nil, large, []byte("a"), []byte("bb"), []byte("ccc"), nil, []byte("last"), nil)
	snapshot := got(log.Snapshot())(t)
	defer snapshot.Close()
	same(t, snapshot.Len(), len(want))
	for sequence, record := range snapshot.Records() {
		if !bytes.Equal(record, want[sequence]) {
			t.Fatalf("record %d is %.20q", sequence, record)
		}
		if other := got(snapshot.Record(sequence))(t); !bytes.Equal(other, record) {
			t.Fatalf("record %d by its sequence is %.20q", sequence, other)
		}
	}
	for chunk := range snapshot.ChunksFrom(4) {
		for index, span := range chunk.Spans() {
			if !bytes.Equal(chunk.Bytes()[span.Offset:][:span.Size], chunk.At(index)) {
				t.Fatal("a span is not its record")
			}
		}
	}
	// What another log shows may be appended directly, without a copy in Go's memory.
	other := got(NewBytes(Options{RetainedCapacity: 1 << 20, SegmentCapacity: 1 << 16}))(t)
	defer other.Close()
	copier := got(other.Writer())(t)
	defer copier.Close()
	must(t, copier.AppendSlices([][]byte{got(snapshot.Record(4))(t), got(snapshot.Record(6))(t)}))
	copied := got(other.Snapshot())(t)
	defer copied.Close()
	if !bytes.Equal(got(copied.Record(1))(t), large) {
		t.Fatal("the copy differs")
	}
}

func TestGroupsAreWholeOrNothing(t *testing.T) {
	log, writer := fixed(t, Options{})
	failure := errors.New("failure")
	half := func() error {
		must(t, writer.Append(numbers(0, 1)))
		same(t, writer.NextSequence(), 1)
		return failure
	}
	is(t, writer.Group(half), failure)
	panics(t, func() { writer.Group(func() error { half(); panic("within") }) })
	same(t, got(log.Range())(t), Range{})
	must(t, writer.Group(func() error {
		is(t, writer.Begin(), ErrState)
		for first := range uint64(3) {
			must(t, writer.AppendBatch(numbers(3*first, 3)))
			same(t, got(log.Range())(t), Range{})
		}
		return nil
	}))
	snapshot := got(log.Snapshot())(t)
	defer snapshot.Close()
	same(t, snapshot.Latest(), Range{0, 9})
	same(t, number(got(snapshot.Record(8))(t)), 8)
}

func TestReservationsAreWrittenInPlace(t *testing.T) {
	log, writer := fixed(t, Options{})
	room := got(writer.Reserve(10))(t)
	same(t, room.Records, 4)
	same(t, room.Stride, 8)
	same(t, len(room.Data), 32)
	copy(room.Data, numbers(5, 2))
	is(t, writer.Commit(5), ErrArgument)
	must(t, writer.Commit(2))
	got(writer.Reserve(1))(t)
	must(t, writer.Cancel())
	same(t, got(log.Range())(t), Range{0, 2})
	snapshot := got(log.Snapshot())(t)
	defer snapshot.Close()
	same(t, number(got(snapshot.Record(1))(t)), 6)
	must(t, writer.Notify())
	must(t, writer.Trim())

	bytesLog := got(NewBytes(Options{RetainedCapacity: 1 << 12, SegmentCapacity: 1 << 10}))(t)
	defer bytesLog.Close()
	bytesWriter := got(bytesLog.Writer())(t)
	defer bytesWriter.Close()
	room = got(bytesWriter.Reserve(100))(t)
	must(t, bytesWriter.Commit(copy(room.Data, "hello")))
	shown := got(bytesLog.Snapshot())(t)
	defer shown.Close()
	same(t, string(got(shown.Record(0))(t)), "hello")
}

func TestALogGoesOnAtALaterSequence(t *testing.T) {
	log, writer := fixed(t, Options{})
	must(t, writer.SkipTo(100)) // where an empty log begins
	same(t, got(log.Range())(t), Range{100, 100})
	must(t, writer.AppendBatch(numbers(0, 6)))
	old, cursor := got(log.Snapshot())(t), got(log.Cursor(Oldest))(t)
	defer old.Close()
	defer cursor.Close()
	view := got(log.Snapshot())(t)
	defer view.Close()

	is(t, writer.SkipTo(105), ErrArgument)
	is(t, writer.SkipTo(math.MaxUint64), ErrArgument)
	must(t, writer.SkipTo(106)) // nothing happens
	must(t, writer.Begin())
	is(t, writer.SkipTo(200), ErrState)
	must(t, writer.Abandon())
	got(writer.Reserve(1))(t)
	must(t, writer.SkipTo(106)) // nothing happens to it, either
	must(t, writer.Cancel())
	same(t, got(log.Range())(t), Range{100, 106})

	got(writer.Reserve(1))(t)
	must(t, writer.SkipTo(200)) // ends it, as an append does
	is(t, writer.Commit(1), ErrState)
	same(t, writer.NextSequence(), 200)
	same(t, got(view.Refresh())(t), Delta{First: 200, Appended: 0, Lost: 94})
	same(t, view.Range(), Range{200, 200})
	same(t, view.Latest(), Range{200, 200})
	must(t, writer.AppendBatch(numbers(50, 2)))
	same(t, got(log.Range())(t), Range{200, 202})
	same(t, got(cursor.Refresh())(t), Delta{First: 200, Appended: 2, Lost: 100})
	chunk, more := cursor.Next()
	same(t, more, true)
	same(t, number(chunk.At(1)), 51)
	same(t, old.Range(), Range{100, 106})
	same(t, number(got(old.Record(105))(t)), 5)
	same(t, got(log.Stats())(t).RecordsAppended, 8)
}

type tick struct {
	Number uint32
	Alive  bool
	Place  [3]float32
	When   int64
}

func TestTypedRecords(t *testing.T) {
	log, ticks, err := NewTyped[tick](Options{RetainedCapacity: 16, SegmentCapacity: 4})
	must(t, err)
	defer log.Close()
	writer := got(log.Writer())(t)
	defer writer.Close()
	var want []tick
	for count := range 10 {
		want = append(want, tick{uint32(count), count%2 == 0, [3]float32{float32(count), 2, 3}, -int64(count)})
	}
	must(t, ticks.Append(writer, want[0]))
	must(t, ticks.AppendBatch(writer, want[1:7]))
	room := got(ticks.Reserve(writer, 1))(t)
	must(t, writer.Commit(copy(room, want[7:])))
	must(t, ticks.AppendBatch(writer, want[8:]))
	must(t, ticks.AppendBatch(writer, nil))
	snapshot := got(log.Snapshot())(t)
	defer snapshot.Close()
	var slice []tick
	for chunk := range snapshot.Chunks() {
		slice = append(slice, ticks.Slice(chunk)...)
	}
	if !slices.Equal(slice, want) {
		t.Fatalf("%v", slice)
	}
	for sequence, value := range ticks.Records(snapshot) {
		same(t, value, want[sequence])
		same(t, got(ticks.Record(snapshot, sequence))(t), value)
	}
	for sequence, value := range ticks.RecordsFrom(snapshot, 9) {
		same(t, sequence, 9)
		same(t, value, want[9])
	}
	_, err = ticks.Record(snapshot, 10)
	is(t, err, ErrOutOfRange)
}

func TestTypesThatDoNotFitAreRefused(t *testing.T) {
	refused := func(err error) {
		t.Helper()
		is(t, err, ErrArgument)
	}
	options := Options{RetainedCapacity: 16, SegmentCapacity: 4}
	_, _, err := NewTyped[*int](options)
	refused(err)
	_, _, err = NewTyped[string](options)
	refused(err)
	_, _, err = NewTyped[[2]struct{ Inner []byte }](options)
	refused(err)
	_, _, err = NewTyped[struct{ Any any }](options)
	refused(err)
	_, _, err = NewTyped[unsafe.Pointer](options)
	refused(err)
	_, _, err = NewTyped[func()](options)
	refused(err)
	_, _, err = NewTyped[map[int]int](options)
	refused(err)
	_, _, err = NewTyped[chan int](options)
	refused(err)
	_, _, err = NewTyped[struct{}](options)
	refused(err)
	_, _, err = NewTyped[uint64](Options{RetainedCapacity: 16, SegmentCapacity: 4, RecordSize: 4})
	refused(err)
	// Records of 8 bytes that lie 16 bytes apart are no []uint64. Records at any byte are not aligned for a uint64.
	_, _, err = NewTyped[uint64](Options{RetainedCapacity: 16, SegmentCapacity: 4, RecordAlign: 16})
	refused(err)
	_, _, err = NewTyped[uint64](Options{RetainedCapacity: 16, SegmentCapacity: 4, RecordAlign: 1})
	refused(err)

	log, writer := fixed(t, Options{})
	_, err = TypedOf[uint32](log)
	refused(err)
	eights := got(TypedOf[[8]byte](log))(t)
	must(t, eights.Append(writer, [8]byte{1}))
	refused(Typed[uint64]{}.Append(writer, 1)) // never checked
	snapshot := got(log.Snapshot())(t)
	defer snapshot.Close()
	bytesLog := got(NewBytes(Options{RetainedCapacity: 1 << 12, SegmentCapacity: 1 << 10}))(t)
	defer bytesLog.Close()
	_, err = TypedOf[uint64](bytesLog)
	is(t, err, ErrKind)
	// A Typed of one log, with the chunks of another.
	other, fours, err := NewTyped[uint32](options)
	must(t, err)
	defer other.Close()
	refused(fours.AppendBatch(writer, make([]uint32, 2)))
	_, err = fours.Reserve(writer, 1)
	refused(err)
	_, err = fours.Record(snapshot, 0)
	refused(err)
	panics(t, func() { fours.Slice(got(snapshot.Chunk(0))(t)) })
	panics(t, func() { Typed[uint64]{}.Slice(got(snapshot.Chunk(0))(t)) })
}

func TestRecordsThatLieApart(t *testing.T) {
	log := got(NewFixed(Options{RetainedCapacity: 16, SegmentCapacity: 4, RecordSize: 3, RecordAlign: 8}))(t)
	defer log.Close()
	writer := got(log.Writer())(t)
	defer writer.Close()
	must(t, writer.AppendBatch([]byte("aaabbbcccdddeee")))
	cursor := got(log.Cursor(Oldest))(t)
	defer cursor.Close()
	var text []string
	for _, record := range cursor.Records() {
		text = append(text, string(record))
	}
	same(t, strings.Join(text, " "), "aaa bbb ccc ddd eee")
	must(t, cursor.Seek(1))
	chunk, _ := cursor.Next()
	same(t, chunk.Stride(), 8)
	same(t, len(chunk.Bytes()), 24)
	same(t, string(chunk.At(2)), "ddd")
}

// What the package promises about calls to C.
func TestCallsToC(t *testing.T) {
	log := got(NewFixed(Options{RetainedCapacity: 1000, SegmentCapacity: 100, RecordSize: 8}))(t)
	defer log.Close()
	writer := got(log.Writer())(t)
	defer writer.Close()
	bytesLog := got(NewBytes(Options{RetainedCapacity: 1 << 20, SegmentCapacity: 1 << 16}))(t)
	defer bytesLog.Close()
	bytesWriter := got(bytesLog.Writer())(t)
	defer bytesWriter.Close()
	snapshot := got(log.Snapshot())(t)
	defer snapshot.Close()
	cursor := got(log.Cursor(Oldest))(t)
	defer cursor.Close()
	data := numbers(0, 500)
	sizes := slices.Repeat([]uint32{8}, 500)
	records := slices.Collect(slices.Chunk(data, 8))
	large := slices.Repeat([][]byte{make([]byte, pinFrom)}, 5)
	calls := func(what string, want int64, function func()) {
		t.Helper()
		before := runtime.NumCgoCall()
		function()
		if made := runtime.NumCgoCall() - before; made != want {
			t.Errorf("%s: %d calls to C, not %d", what, made, want)
		}
	}
	calls("a batch", 1, func() { must(t, writer.AppendBatch(data)) })
	calls("a packed batch", 1, func() { must(t, bytesWriter.AppendPacked(data, sizes)) })
	calls("slices", 1, func() { must(t, bytesWriter.AppendSlices(records)) })
	calls("large slices", 1, func() { must(t, bytesWriter.AppendSlices(large)) })
	sum := uint64(0)
	calls("a refresh", 1, func() { got(snapshot.Refresh())(t) })
	calls("a view's records", 1, func() {
		for _, record := range snapshot.Records() {
			sum += number(record)
		}
		for sequence := range snapshot.Range().Len() {
			sum += number(got(snapshot.Record(sequence))(t))
		}
	})
	calls("a range, and where records lie", 0, func() {
		for range got(snapshot.RecordsIn(snapshot.Latest()))(t) {
		}
		_, _, err := snapshot.Find(77)
		must(t, err)
	})
	var fresh *Snapshot
	calls("a fresh view", 1, func() { fresh = got(log.Snapshot())(t) })
	calls("letting it go", 1, func() { must(t, fresh.Close()) })
	calls("a cursor's refresh and its records", 1, func() {
		got(cursor.Refresh())(t)
		for _, record := range cursor.Records() {
			sum += number(record)
		}
	})
	same(t, sum, 3*499*500/2)
}

func TestNoAllocations(t *testing.T) {
	log, numbersOf, err := NewTyped[uint64](Options{RetainedCapacity: 1000, SegmentCapacity: 100})
	must(t, err)
	defer log.Close()
	writer := got(log.Writer())(t)
	defer writer.Close()
	bytesLog := got(NewBytes(Options{RetainedCapacity: 1 << 20, SegmentCapacity: 1 << 16}))(t)
	defer bytesLog.Close()
	bytesWriter := got(bytesLog.Writer())(t)
	defer bytesWriter.Close()
	snapshot := got(log.Snapshot())(t)
	defer snapshot.Close()
	cursor := got(log.Cursor(Oldest))(t)
	defer cursor.Close()
	values := make([]uint64, 500)
	data, sizes := numbers(0, 500), slices.Repeat([]uint32{8}, 500)
	records := slices.Collect(slices.Chunk(data, 8))
	allocations := testing.AllocsPerRun(100, func() {
		must(t, writer.Append(data[:8]))
		must(t, numbersOf.Append(writer, 1))
		must(t, numbersOf.AppendBatch(writer, values))
		must(t, bytesWriter.AppendPacked(data, sizes))
		must(t, bytesWriter.AppendSlices(records))
		_, err := snapshot.Refresh()
		must(t, err)
		for chunk := range snapshot.Chunks() {
			values[0] += numbersOf.Slice(chunk)[0]
		}
		_, err = cursor.Refresh()
		must(t, err)
		for _, record := range cursor.Records() {
			values[0] += number(record)
		}
	})
	same(t, allocations, 0)
}

// A handle that is no longer reachable is closed when the collector finds it, and not before: a chunk keeps its view.
func TestForgottenHandlesAreClosed(t *testing.T) {
	log := got(NewFixed(Options{RetainedCapacity: 16, SegmentCapacity: 4, RecordSize: 8}))(t)
	defer log.Close()
	writer := got(log.Writer())(t)
	must(t, writer.AppendBatch(numbers(0, 16)))
	chunk := func() Chunk {
		for range 10 {
			got(log.Snapshot())(t)
			got(log.Cursor(Oldest))(t)
			second := got(got(log.Snapshot())(t).Chunk(1))(t)
			got(got(second.Pin())(t).Retain())(t)
		}
		must(t, writer.Append(numbers(16, 1)))
		writer = nil
		return got(got(log.Snapshot())(t).Chunk(3))(t)
	}()
	eventually(t, func() error {
		stats := got(log.Stats())(t)
		if stats.SnapshotsLive != 1 || stats.SegmentPinsLive != 0 || log.HasWriter() {
			return fmt.Errorf("%d snapshots, %d pins, writer: %v", stats.SnapshotsLive, stats.SegmentPinsLive, log.HasWriter())
		}
		return nil
	})
	same(t, number(chunk.At(0)), 12)
	runtime.KeepAlive(chunk)
	eventually(t, func() error {
		if stats := got(log.Stats())(t); stats.SnapshotsLive != 0 {
			return fmt.Errorf("%d snapshots", stats.SnapshotsLive)
		}
		return nil
	})

	// A closed handle is not closed again.
	for range 100 {
		must(t, got(log.Snapshot())(t).Close())
	}
	kept := got(log.Snapshot())(t)
	for range 5 {
		runtime.GC()
	}
	same(t, got(log.Stats())(t).SnapshotsLive, 1)
	if text := log.Describe(); !strings.Contains(text, "\nreaders   1 view, 0 pins on segments\n") {
		t.Errorf("the description is\n%s", text)
	}
	must(t, kept.Close())
}

// eventually runs the collector until the check passes. After a minute it fails.
func eventually(t *testing.T, complaint func() error) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		runtime.GC()
		err := complaint()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func TestPointersGoToCAndBack(t *testing.T) {
	log, writer := fixed(t, Options{})
	must(t, writer.Append(numbers(7, 1)))
	adopted := got(Adopt(log.Pointer()))(t)
	must(t, log.Close())
	same(t, log.Pointer(), nil)
	snapshot := got(adopted.Snapshot())(t)
	same(t, number(got(snapshot.Record(0))(t)), 7)
	must(t, snapshot.Close())
	must(t, adopted.Close())
	_, err := Adopt(nil)
	is(t, err, ErrNull)
}

// Readers of every kind read while a writer rolls through the log: each record holds its sequence, and none is torn.
func TestReadersWhileTheWriterRuns(t *testing.T) {
	type record struct{ Sequence, Complement, Square uint64 }
	log, records, err := NewTyped[record](Options{RetainedCapacity: 64, SegmentCapacity: 8})
	must(t, err)
	defer log.Close()
	const total = 30000
	check := func(sequence uint64, value record) {
		if value != (record{sequence, ^sequence, sequence * sequence}) {
			t.Errorf("record %d is %v", sequence, value)
		}
	}
	var running sync.WaitGroup
	reader := func(function func() (end uint64)) {
		running.Add(1)
		go func() {
			defer running.Done()
			for end := uint64(0); end < total && !t.Failed(); {
				end = function()
			}
		}()
	}
	shared := got(log.Snapshot())(t) // read by two, refreshed by neither
	defer shared.Close()
	fresh := func() uint64 {
		snapshot := got(log.Snapshot())(t)
		defer snapshot.Close()
		for sequence, value := range records.Records(snapshot) {
			check(sequence, value)
		}
		return snapshot.Range().End
	}
	reader(fresh)
	reader(fresh)
	refreshed := got(log.Snapshot())(t)
	defer refreshed.Close()
	reader(func() uint64 {
		old := refreshed.Range()
		delta := got(refreshed.Refresh())(t)
		same(t, delta.First-delta.Lost, old.End)
		for sequence, value := range records.RecordsFrom(refreshed, delta.First) {
			check(sequence, value)
		}
		if latest := refreshed.Latest(); latest.Len() > 0 && latest.Len() != latest.Begin%13+1 {
			t.Errorf("half a batch: %v", latest)
		}
		return refreshed.Range().End
	})
	cursor := got(log.Cursor(Oldest))(t)
	defer cursor.Close()
	var pins []*Segment
	reader(func() uint64 {
		got(cursor.Refresh())(t)
		for chunk := range cursor.Chunks() {
			for index, value := range records.Slice(chunk) {
				check(chunk.First()+uint64(index), value)
			}
			if chunk.Segment()%97 == 0 && len(pins) < 8 {
				pins = append(pins, got(chunk.Pin())(t))
			}
		}
		return cursor.Position()
	})
	writer := got(log.Writer())(t)
	var batch []record
	for next := uint64(0); next < total; {
		batch = batch[:0]
		for range next%13 + 1 {
			batch = append(batch, record{next, ^next, next * next})
			next++
		}
		must(t, records.AppendBatch(writer, batch))
	}
	running.Wait()
	must(t, writer.Close())
	for _, segment := range pins {
		for index, value := range records.Slice(segment.Chunk()) {
			check(segment.Chunk().First()+uint64(index), value)
		}
		must(t, segment.Close())
	}
	same(t, shared.Len(), 0)
}
