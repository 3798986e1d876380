package atomiclog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"
)

// way is how a handle does what it may do without a call.
type way int

const (
	inline  way = iota
	byCall      // as with the race detector
	checked     // as with a library that must see every call
)

var sealedWord = ^uint64(0)

func (w way) writer(writer *Writer) *Writer {
	switch w {
	case byCall:
		writer.hot = nil
	case checked:
		writer.hot = &cHot{record_size: ^cSize(0)}
	}
	return writer
}

func (w way) snapshot(snapshot *Snapshot) *Snapshot {
	switch w {
	case byCall:
		snapshot.glance = nil
	case checked:
		snapshot.glance = &cGlance{published: (*cWord)(&sealedWord)}
	}
	return snapshot
}

func (w way) cursor(cursor *Cursor) *Cursor {
	switch w {
	case byCall:
		cursor.follower = nil
	case checked:
		cursor.follower = &cFollower{glance: cGlance{published: (*cWord)(&sealedWord)}}
	}
	return cursor
}

// libraryIsChecked reports whether the linked library must see every call.
func libraryIsChecked(t testing.TB) bool {
	log := got(NewFixed(Options{RetainedCapacity: 1, SegmentCapacity: 1, RecordSize: 1}))(t)
	defer log.Close()
	writer := got(log.Writer())(t)
	defer writer.Close()
	return writer.hot != nil && writer.hot.limit == 0
}

// twin is a log that is used in one way. The test does the same to several twins, which must be alike afterwards.
type twin struct {
	way
	log      *Log
	typed    Typed[[3]uint64]
	writer   *Writer
	snapshot *Snapshot
	cursor   *Cursor
	held     *Snapshot
}

// What a step of a twin returned, and what the twin shows then.
type report struct {
	said      string
	stats     Stats
	held      Range
	next      uint64
	view      Range
	latest    Range
	chunks    int
	shown     string
	position  uint64
	lost      uint64
	hasWriter bool
}

func newTwin(t *testing.T, options Options, w way) *twin {
	twin := &twin{way: w}
	var err error
	if options.RecordSize == 24 {
		twin.log, twin.typed, err = NewTyped[[3]uint64](options)
	} else {
		twin.log, err = NewBytes(options)
	}
	must(t, err)
	twin.writer = w.writer(got(twin.log.Writer())(t))
	twin.snapshot = w.snapshot(got(twin.log.Snapshot())(t))
	twin.cursor = w.cursor(got(twin.log.Cursor(Oldest))(t))
	return twin
}

func (twin *twin) close() {
	twin.writer.Close()
	twin.snapshot.Close()
	twin.cursor.Close()
	if twin.held != nil {
		twin.held.Close()
	}
	twin.log.Close()
}

// step does a random operation. All twins have the same random numbers.
func (twin *twin) step(t *testing.T, random *rand.Rand, fixedSize bool) (said string) {
	writer := twin.writer
	record := make([]byte, 24)
	if !fixedSize {
		record = make([]byte, random.IntN(60))
	}
	for index := range record {
		record[index] = byte(random.Uint32())
	}
	say := func(what ...any) { said += fmt.Sprintln(what...) }
	choice := random.IntN(40)
	switch {
	case choice < 12:
		say("append", writer.Append(record))
	case choice < 15:
		if fixedSize {
			say("typed", twin.typed.Append(writer, [3]uint64{random.Uint64(), random.Uint64()}))
		} else {
			say("nil", writer.Append(nil))
		}
	case choice < 17:
		if fixedSize {
			say("batch", writer.AppendBatch(bytes.Repeat(record, random.IntN(5))))
		} else {
			say("slices", writer.AppendSlices([][]byte{record, nil, record}[:random.IntN(4)]))
		}
	case choice == 17:
		say("wrong", writer.Append(make([]byte, 23)), writer.Append(make([]byte, 3000)))
	case choice == 18:
		say("begin", writer.Begin())
	case choice < 21:
		say("publish", writer.Publish())
	case choice == 21:
		say("abandon", writer.Abandon())
	case choice == 22:
		room, err := writer.Reserve(1 + random.IntN(4))
		say("reserve", len(room.Data), room.Records, err)
		for index := range room.Data {
			room.Data[index] = byte(index)
		}
		if err == nil && fixedSize {
			say("in the reservation", writer.Append(room.Data[:24]))
		}
	case choice == 23:
		say("commit", writer.Commit(random.IntN(2)))
	case choice == 24:
		say("cancel", writer.Cancel())
	case choice == 25:
		say("notify", writer.Notify())
	case choice == 26:
		say("trim", writer.Trim())
	case choice == 27:
		// The next writer continues where this one stopped.
		say("close", writer.Close(), writer.Append(record), writer.Notify(), writer.NextSequence())
		twin.writer = twin.way.writer(got(twin.log.Writer())(t))
	case choice == 28:
		// Holds segments, until MaxSegments refuses the writer.
		if twin.held == nil {
			twin.held = got(twin.log.Snapshot())(t)
		} else {
			say(twin.held.Close())
			twin.held = nil
		}
	case choice < 34:
		delta, err := twin.snapshot.Refresh()
		say("refresh", delta, err)
		if random.IntN(8) == 0 {
			clone := twin.way.snapshot(got(twin.snapshot.Clone())(t))
			say(twin.snapshot.Close())
			twin.snapshot = clone
		}
	case choice < 37:
		delta, err := twin.cursor.Refresh()
		say("refresh of a cursor", delta, err)
	case choice < 39:
		count := random.IntN(6)
		for sequence, record := range twin.cursor.Records() {
			say(sequence, record)
			if count--; count < 0 {
				break
			}
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		say(twin.cursor.Wait(ctx), lookAtCursor(twin.cursor.handle, twin.cursor.fetched))
	default:
		if chunk, more := twin.cursor.Next(); more {
			segment := got(chunk.Pin())(t)
			say("chunk", chunk.First(), chunk.End(), chunk.Segment(), chunk.Stride(), chunk.Spans(), segment.Chunk().At(0))
			say(segment.Close())
		}
		if random.IntN(4) == 0 {
			held := twin.snapshot.Range()
			say("seek", twin.cursor.Seek(held.Begin+random.Uint64N(held.Len()+2)))
		}
	}
	return said
}

func (twin *twin) report(t *testing.T, said string) report {
	snapshot := twin.snapshot
	var shown []byte
	for chunk := range snapshot.Chunks() {
		shown = fmt.Append(shown, chunk.First(), chunk.End(), chunk.Segment(), chunk.Spans())
		for sequence, record := range chunk.Records() {
			shown = fmt.Append(shown, sequence, record)
		}
	}
	if latest := snapshot.Latest(); latest.Len() > 0 {
		shown = fmt.Append(shown, got(snapshot.Record(latest.Begin))(t))
	}
	return report{said: said, stats: got(twin.log.Stats())(t), held: got(twin.log.Range())(t),
		next: twin.writer.NextSequence(), view: snapshot.Range(), latest: snapshot.Latest(), chunks: snapshot.ChunkCount(),
		shown: string(shown), position: twin.cursor.Position(), lost: twin.cursor.Lost(), hasWriter: twin.log.HasWriter()}
}

// What is done inline is what the calls do: a random program, compared after each step.
func TestInlineDoesWhatCallsDo(t *testing.T) {
	for seed := range uint64(24) {
		random := rand.New(rand.NewPCG(seed, 2))
		options := Options{RetainedCapacity: 1 + random.Uint64N(40), SegmentCapacity: 1 + random.Uint64N(12), RecordSize: 24,
			AutoNotify: seed%3 == 0}
		if seed%2 == 0 {
			options = Options{RetainedCapacity: 1 + random.Uint64N(2000), SegmentCapacity: 64 + random.Uint64N(500),
				RecordAlign: 1 << random.IntN(5), AutoNotify: seed%3 == 0}
		}
		if seed%5 == 0 {
			options.MaxSegments = 3 + uint32(options.RetainedCapacity/options.SegmentCapacity) + 3
		}
		twins := []*twin{newTwin(t, options, inline), newTwin(t, options, byCall), newTwin(t, options, checked)}
		programs := []*rand.Rand{}
		for range twins {
			programs = append(programs, rand.New(rand.NewPCG(seed, 3)))
		}
		for step := range 200 {
			var want report
			for index, twin := range twins {
				is := twin.report(t, twin.step(t, programs[index], options.RecordSize != 0))
				if index == 0 {
					want = is
				} else if is != want {
					t.Fatalf("seed %d, step %d: inline\n%+v\nand way %d\n%+v", seed, step, want, twin.way, is)
				}
			}
		}
		for _, twin := range twins {
			if seed%4 == 0 {
				must(t, twin.writer.Finish())
				is(t, twin.writer.Append(nil), ErrClosed)
				is(t, twin.writer.Notify(), ErrClosed)
			}
			twin.close()
		}
	}
}

// Within a segment, appending, notifying, refreshing and reading make no call. A new segment takes some.
func TestInlineMakesNoCalls(t *testing.T) {
	free := inlines && !libraryIsChecked(t)
	calls := func(what string, none bool, function func()) {
		t.Helper()
		before := runtime.NumCgoCall()
		function()
		if made := runtime.NumCgoCall() - before; (made == 0) != none {
			t.Errorf("%s: %d calls to C", what, made)
		}
	}
	for _, automatic := range []bool{false, true} {
		log, typed, err := NewTyped[uint64](Options{RetainedCapacity: 1000, SegmentCapacity: 100, AutoNotify: automatic})
		must(t, err)
		defer log.Close()
		writer := got(log.Writer())(t)
		defer writer.Close()
		bytesLog := got(NewBytes(Options{RetainedCapacity: 1 << 20, SegmentCapacity: 1 << 16, AutoNotify: automatic}))(t)
		defer bytesLog.Close()
		bytesWriter := got(bytesLog.Writer())(t)
		defer bytesWriter.Close()
		views, cursors := [2]*Snapshot{}, [2]*Cursor{}
		for index, log := range []*Log{log, bytesLog} {
			views[index], cursors[index] = got(log.Snapshot())(t), got(log.Cursor(Oldest))(t)
			defer views[index].Close()
			defer cursors[index].Close()
		}
		must(t, typed.Append(writer, 0))
		must(t, bytesWriter.Append(nil))
		read := func() (sum int) {
			for index, view := range views {
				got(view.Refresh())(t)
				got(cursors[index].Refresh())(t)
				for range view.Records() {
					sum++
				}
				for range cursors[index].Records() {
					sum++
				}
			}
			return sum
		}
		read()
		calls("appending", free, func() {
			for number := range uint64(20) {
				must(t, typed.Append(writer, number))
				must(t, typed.AppendBatch(writer, []uint64{number}))
				must(t, writer.Append(numbers(number, 1)))
				must(t, writer.AppendBatch(numbers(number, 1)))
				must(t, bytesWriter.Append(numbers(0, number)))
			}
		})
		calls("notifying", free, func() { must(t, writer.Notify()) })
		calls("reading", free, func() { same(t, read(), 81+80+21+20) })
		calls("nothing new", free, func() { same(t, read(), 81+21) })
		calls("a reservation", false, func() { got(writer.Reserve(1))(t) })
		calls("beside a reservation", false, func() { must(t, writer.Notify()) })
		must(t, writer.Cancel())
		must(t, writer.Begin())
		calls("in a group", free, func() { must(t, typed.Append(writer, 1)) })
		must(t, writer.Publish())
		calls("a new segment", false, func() {
			for number := range uint64(100) {
				must(t, typed.Append(writer, number))
			}
		})
		calls("refreshing to a new segment", false, func() { got(views[0].Refresh())(t) })
	}
}

// A log with AutoNotify wakes all sleepers, also where an append makes no call if there is none.
func TestAutoNotifyWakesEveryTime(t *testing.T) {
	log, numbersOf, err := NewTyped[uint64](Options{RetainedCapacity: 64, SegmentCapacity: 16, AutoNotify: true})
	must(t, err)
	defer log.Close()
	writer := got(log.Writer())(t)
	cursor := got(log.Cursor(Next))(t)
	defer cursor.Close()
	heard := make(chan uint64)
	reader := start(func() error {
		defer close(heard)
		for chunk, err := range cursor.Follow(context.Background()) {
			if err != nil {
				return err
			}
			heard <- chunk.End()
		}
		return nil
	})
	for next := range uint64(2000) {
		if next%3 == 0 {
			time.Sleep(time.Duration(next%64) * time.Microsecond) // asleep, or falling asleep
		}
		if next%2 == 0 {
			must(t, numbersOf.Append(writer, next))
		} else {
			must(t, writer.Append(numbers(next, 1)))
		}
		select {
		case end := <-heard:
			same(t, end, next+1)
		case <-time.After(20 * time.Second):
			t.Fatalf("nobody heard of record %d", next)
		}
	}
	must(t, writer.Finish())
	must(t, within(t, "the reader", reader))
	same(t, cursor.Lost(), 0)
}

// Close in the middle of inline work: each append is made and published, or returns ErrClosed, and the next writer
// continues after the last one.
func TestCloseBesideInline(t *testing.T) {
	for round := range 100 {
		log, numbersOf, err := NewTyped[uint64](Options{RetainedCapacity: 64, SegmentCapacity: 8, AutoNotify: round%2 == 0})
		must(t, err)
		writer := got(log.Writer())(t)
		snapshot, cursor := got(log.Snapshot())(t), got(log.Cursor(Oldest))(t)
		appended, read := uint64(0), uint64(0)
		var running sync.WaitGroup
		run := func(use func() error) {
			running.Add(1)
			go func() {
				defer running.Done()
				var err error
				for err == nil {
					err = use()
				}
				if !errors.Is(err, ErrClosed) {
					t.Errorf("got %v", err)
				}
			}()
		}
		run(func() error {
			err := numbersOf.Append(writer, appended)
			if err == nil {
				appended++
				err = writer.Notify()
			}
			return err
		})
		run(func() error {
			delta, err := snapshot.Refresh()
			if err == nil && delta.Appended > 0 {
				if value, err := numbersOf.Record(snapshot, delta.First); err == nil && value != delta.First {
					t.Errorf("record %d is %d", delta.First, value)
				}
			}
			return err
		})
		run(func() error {
			delta, err := cursor.Refresh()
			read = delta.First
			for chunk := range cursor.Chunks() {
				for index, value := range numbersOf.Slice(chunk) {
					if value != chunk.First()+uint64(index) {
						t.Errorf("record %d is %d", chunk.First()+uint64(index), value)
					}
				}
			}
			return err
		})
		time.Sleep(time.Duration(round%50) * 5 * time.Microsecond)
		must(t, writer.Close())
		must(t, snapshot.Close())
		must(t, cursor.Close())
		running.Wait()
		same(t, got(log.Range())(t).End, appended)
		if read > appended {
			t.Fatalf("%d read, and %d written", read, appended)
		}
		next := got(log.Writer())(t)
		same(t, next.NextSequence(), appended)
		must(t, numbersOf.Append(next, appended))
		must(t, next.Close())
		same(t, got(log.Stats())(t).SnapshotsLive, 0)
		must(t, log.Close())
	}
}

// A refresh within the segment ends the chunks that were shown, like any other refresh.
func TestInlineRefreshEndsChunks(t *testing.T) {
	log, writer := fixed(t, Options{})
	snapshot, cursor := got(log.Snapshot())(t), got(log.Cursor(Oldest))(t)
	defer snapshot.Close()
	defer cursor.Close()
	must(t, writer.Append(numbers(0, 1)))
	got(snapshot.Refresh())(t)
	got(cursor.Refresh())(t)
	shown := got(snapshot.Chunk(0))(t)
	read, more := cursor.Next()
	same(t, more, true)
	got(snapshot.Refresh())(t) // nothing is new
	got(cursor.Refresh())(t)
	same(t, number(shown.At(0))+number(read.At(0)), 0)
	must(t, writer.Append(numbers(1, 1)))
	got(snapshot.Refresh())(t)
	got(cursor.Refresh())(t)
	panics(t, func() { shown.At(0) })
	panics(t, func() { read.At(0) })
}

// Two goroutines in one writer are noticed, also where no call is made. Close waits for a goroutine that is inside.
func TestMarkOfWhoIsInside(t *testing.T) {
	log, writer := fixed(t, Options{})
	snapshot, cursor := got(log.Snapshot())(t), got(log.Cursor(Oldest))(t)
	for _, mark := range []*uint32{&writer.inside, &snapshot.inside, &cursor.inside} {
		*mark = 1
	}
	panics(t, func() { writer.Begin() })
	if inlines {
		panics(t, func() { writer.Append(numbers(0, 1)) })
		panics(t, func() { writer.Notify() })
		panics(t, func() { snapshot.Refresh() })
		panics(t, func() { cursor.Refresh() })
	}
	closes := []<-chan error{start(snapshot.Close), start(cursor.Close), start(writer.Close)}
	for snapshot.isOpen() || cursor.isOpen() || writer.isOpen() {
		time.Sleep(time.Microsecond)
	}
	time.Sleep(5 * time.Millisecond)
	for _, close := range closes {
		goesOn(t, "Close", close)
	}
	same(t, got(log.Stats())(t).SnapshotsLive, 2)
	same(t, log.HasWriter(), true)
	leaveMarks(&writer.guard, &snapshot.guard, &cursor.guard)
	for _, close := range closes {
		must(t, within(t, "Close", close))
	}
	same(t, got(log.Stats())(t).SnapshotsLive, 0)
	same(t, log.HasWriter(), false)
}

// Records of any alignment and size.
func TestInlineSizes(t *testing.T) {
	for size := uint64(1); size < 300; size += 1 + size/20 {
		for _, align := range []uint32{1, 8, 64} {
			log := got(NewFixed(Options{RetainedCapacity: 8, SegmentCapacity: 4, RecordSize: size, RecordAlign: align}))(t)
			writer := got(log.Writer())(t)
			snapshot := got(log.Snapshot())(t)
			for number := range byte(10) {
				record := make([]byte, size)
				for index := range record {
					record[index] = number + byte(index)
				}
				must(t, writer.Append(record))
				got(snapshot.Refresh())(t)
				if !bytes.Equal(got(snapshot.Record(uint64(number)))(t), record) {
					t.Fatalf("record %d of %d bytes is another", number, size)
				}
			}
			must(t, writer.Close())
			must(t, snapshot.Close())
			must(t, log.Close())
		}
	}
	log := got(NewFixed(Options{RetainedCapacity: 8, SegmentCapacity: 8, RecordSize: 8, RecordAlign: 1}))(t)
	defer log.Close()
	writer := got(log.Writer())(t)
	defer writer.Close()
	must(t, Typed[uint64]{checked: true}.Append(writer, 7))
	value := uint64(7)
	must(t, Typed[uint64]{checked: true}.AppendFrom(writer, &value))
	is(t, Typed[uint64]{}.Append(writer, 7), ErrArgument)
	is(t, Typed[uint64]{}.AppendFrom(writer, &value), ErrArgument)
	is(t, Typed[uint32]{checked: true}.Append(writer, 7), ErrArgument)
	snapshot := got(log.Snapshot())(t)
	defer snapshot.Close()
	same(t, *(*[8]byte)(unsafe.Pointer(unsafe.SliceData(got(snapshot.Record(0))(t)))), [8]byte(numbers(7, 1)))
}

// leaveMarks clears the marks, as their owners would.
func leaveMarks(guards ...*guard) {
	for _, g := range guards {
		atomic.StoreUint32(&g.inside, 0)
	}
}
