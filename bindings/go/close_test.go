package atomiclog

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"
)

// Close ends the waits of other goroutines, whatever their context does, and nothing stays behind.
func TestCloseEndsWaits(t *testing.T) {
	log, _ := fixed(t, Options{})
	before := runtime.NumGoroutine()
	follow := func(cursor *Cursor, ctx context.Context) error {
		last := errors.New("nothing came")
		for _, last = range cursor.Follow(ctx) {
		}
		return last
	}
	for round := range 30 {
		ctx, cancel := context.WithCancel(context.Background())
		if round%3 == 0 {
			ctx = context.Background()
		}
		snapshot, waiting, following := got(log.Snapshot())(t), got(log.Cursor(Next))(t), got(log.Cursor(Next))(t)
		waits := []<-chan error{
			start(func() error { return snapshot.Wait(ctx) }),
			start(func() error { return snapshot.Wait(context.Background()) }),
			start(func() error { return waiting.Wait(ctx) }),
			start(func() error { return follow(following, ctx) }),
		}
		if round%2 == 0 {
			time.Sleep(time.Duration(round) * 100 * time.Microsecond) // asleep or not: both must do
		}
		must(t, snapshot.Close())
		must(t, waiting.Close())
		must(t, following.Close())
		cancel()
		for _, wait := range waits {
			if err := within(t, "a wait", wait); !errors.Is(err, ErrClosed) && !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v", err)
			}
		}
		must(t, snapshot.Close())
		must(t, following.Close())
	}
	soon(t, func() error {
		if live, running := got(log.Stats())(t).SnapshotsLive, runtime.NumGoroutine(); live != 0 || running > before {
			return fmt.Errorf("%d views, %d goroutines of %d", live, running, before)
		}
		return nil
	})
}

// A wait that begins while its handle is closed ends, too.
func TestCloseThatComesFirst(t *testing.T) {
	var g guard
	same(t, g.enter(), false)
	g.open()
	same(t, g.enter(), true)
	same(t, g.close(), false)
	same(t, g.close(), false)
	same(t, g.enter(), false)
	isClosed(t, g.closing())
	isClosed(t, g.closing())
	same(t, g.hold(), true)
	same(t, g.exit(), false)
	same(t, g.exit(), true)
	same(t, g.hold(), false)
}

// One Close ends all waits on a snapshot, and wakes no other wait.
func TestCloseIsToldByItsError(t *testing.T) {
	log, writer := fixed(t, Options{})
	snapshot, other := got(log.Snapshot())(t), got(log.Snapshot())(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	first := start(func() error { return snapshot.Wait(ctx) })
	second := start(func() error { return snapshot.Wait(context.Background()) })
	third := start(func() error { return other.Wait(context.Background()) })
	asleep(t, log, 3)
	changed := log.Changed()
	must(t, snapshot.Close())
	is(t, within(t, "the first wait", first), ErrClosed)
	is(t, within(t, "the second wait", second), ErrClosed)
	goesOn(t, "the third wait", third)
	goesOn(t, "the sleep", changed)
	must(t, writer.Append(numbers(0, 1)))
	must(t, writer.Notify())
	must(t, within(t, "the third wait", third))
	must(t, other.Close())
}

// A loop keeps what it shows until it is over, also when its handle is closed in it.
func TestLoopKeepsWhatItShows(t *testing.T) {
	log, writer := fixed(t, Options{})
	roll := func() { must(t, writer.AppendBatch(numbers(0, 20))); must(t, writer.Trim()) }
	live := func() uint64 { return got(log.Stats())(t).SnapshotsLive }
	must(t, writer.AppendBatch(numbers(0, 16)))
	snapshot, cursor, following := got(log.Snapshot())(t), got(log.Cursor(Oldest))(t), got(log.Cursor(Oldest))(t)
	count := uint64(0)
	for sequence, record := range snapshot.Records() {
		if count == 0 {
			must(t, snapshot.Close())
			same(t, live(), 3)
			roll()
		}
		same(t, number(record), sequence)
		count++
	}
	same(t, count, 16)
	same(t, live(), 2)

	// A cursor's loops end, but its chunk is there to the end of the turn.
	count = 0
	for chunk := range cursor.Chunks() {
		must(t, cursor.Close())
		roll()
		for sequence, record := range chunk.Records() {
			same(t, number(record), sequence)
		}
		segment := got(chunk.Pin())(t)
		same(t, number(segment.Chunk().At(2)), 2)
		must(t, segment.Close())
		count++
	}
	same(t, count, 1)
	same(t, live(), 1)

	var last error
	for chunk, err := range following.Follow(context.Background()) {
		if last = err; err == nil {
			must(t, following.Close())
			roll()
			same(t, number(chunk.At(3)), 3)
		}
	}
	is(t, last, ErrClosed)
	same(t, live(), 0)
}

// Every call of every handle, while another goroutine closes it: each ends well or with ErrClosed, and shows no memory
// that was given back.
func TestCloseBesideEveryCall(t *testing.T) {
	type record struct{ Sequence, Complement uint64 }
	log, records, err := NewTyped[record](Options{RetainedCapacity: 64, SegmentCapacity: 8})
	must(t, err)
	defer log.Close()
	check := func(sequence uint64, value record) {
		if value != (record{sequence, ^sequence}) {
			t.Errorf("record %d is %v", sequence, value)
		}
	}
	fine := func(err error) bool {
		if err != nil && !errors.Is(err, ErrClosed) && !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		return err == nil
	}
	over := make(chan struct{})
	done := start(func() error {
		// What is given back is used again at once.
		writer, err := log.Writer()
		for next := uint64(0); err == nil; next += 5 {
			var batch [5]record
			for index := range batch {
				batch[index] = record{next + uint64(index), ^(next + uint64(index))}
			}
			if err = records.AppendBatch(writer, batch[:]); err == nil {
				err = writer.Trim()
			}
			select {
			case <-over:
				return writer.Close()
			default:
			}
		}
		return err
	})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	// Calls a function until the handle is closed. Another goroutine closes it at any moment.
	race := func(round int, closes func() error, uses ...func() bool) {
		var running sync.WaitGroup
		for _, use := range uses {
			running.Add(1)
			go func() {
				defer running.Done()
				for use() && !t.Failed() {
				}
			}()
		}
		time.Sleep(time.Duration(round%50) * 5 * time.Microsecond)
		must(t, closes())
		running.Wait()
	}
	for round := range 100 {
		snapshot := got(log.Snapshot())(t)
		race(round, snapshot.Close,
			func() bool {
				for sequence, value := range records.Records(snapshot) {
					check(sequence, value)
				}
				held := snapshot.Range()
				value, err := records.Record(snapshot, held.Begin)
				if err == nil {
					check(held.Begin, value)
				}
				return errors.Is(err, ErrOutOfRange) || fine(err)
			},
			func() bool {
				for chunk := range snapshot.Chunks() {
					segment, err := chunk.Pin()
					if !fine(err) {
						return false
					}
					for at, bytes := range segment.Chunk().Records() {
						check(at, record{number(bytes), number(bytes[8:])})
					}
					segment.Close()
				}
				clone, err := snapshot.Clone()
				if !fine(err) {
					return false
				}
				defer clone.Close()
				_, err = snapshot.Stats()
				return fine(err) && fine(snapshot.Wait(ctx))
			})

		cursor := got(log.Cursor(Oldest))(t)
		race(round, cursor.Close, func() bool {
			for chunk, err := range cursor.Follow(ctx) {
				if !fine(err) {
					break
				}
				for index, value := range records.Slice(chunk) {
					check(chunk.First()+uint64(index), value)
				}
			}
			_, err := cursor.Refresh()
			for at, bytes := range cursor.Records() {
				check(at, record{number(bytes), number(bytes[8:])})
			}
			return fine(err)
		})

		other := got(Adopt(log.Pointer()))(t)
		race(round, other.Close,
			func() bool {
				view, err := other.Snapshot()
				if !fine(err) {
					return false
				}
				defer view.Close()
				select {
				case <-other.Changed():
				default:
				}
				_, err = other.Stats()
				return fine(err) && other.Describe() != ""
			},
			func() bool {
				cursor, err := other.Cursor(Next)
				if !fine(err) {
					return false
				}
				defer cursor.Close()
				_, err = other.Range()
				return fine(err)
			})

		chunk := func() *Segment {
			view := got(log.Snapshot())(t)
			defer view.Close()
			for chunk := range view.Chunks() {
				return got(chunk.Pin())(t)
			}
			return nil
		}()
		if chunk != nil {
			shown := chunk.Chunk()
			race(round, chunk.Close, func() bool {
				retained, err := chunk.Retain()
				if !fine(err) {
					return false
				}
				defer retained.Close()
				for at, bytes := range retained.Chunk().Records() {
					check(at, record{number(bytes), number(bytes[8:])})
				}
				return true
			})
			panics(t, func() { shown.At(0) })
		}
	}
	close(over)
	must(t, within(t, "the writer", done))

	for round := range 100 {
		own := got(NewFixed(Options{RetainedCapacity: 16, SegmentCapacity: 4, RecordSize: 8, AutoNotify: true}))(t)
		writer := got(own.Writer())(t)
		closes := writer.Close
		if round%3 == 0 {
			closes = own.Close
			defer writer.Close()
		}
		race(round, closes, func() bool {
			if round%3 == 0 && own.Describe() == "" {
				return false
			}
			room, err := writer.Reserve(1)
			if !fine(err) {
				return false
			}
			_ = room
			err = writer.Commit(0)
			return (errors.Is(err, ErrState) || fine(err)) && fine(writer.AppendBatch(numbers(0, 7)))
		})
		must(t, own.Close())
	}
}
