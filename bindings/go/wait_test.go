package atomiclog

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// patience ends a test that hangs. No other result depends on it.
const patience = time.Minute

func within[T any](t testing.TB, what string, done <-chan T) T {
	t.Helper()
	select {
	case value := <-done:
		return value
	case <-time.After(patience):
		t.Fatalf("%s is not over", what)
		panic("not reached")
	}
}

func start(function func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- function() }()
	return done
}

// soon waits until the check passes. After a minute it fails.
func soon(t testing.TB, complaint func() error) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Microsecond) {
		err := complaint()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func isClosed(t testing.TB, channel <-chan struct{}) {
	t.Helper()
	select {
	case <-channel:
	default:
		t.Fatal("the channel is open")
	}
}

func goesOn[T any](t testing.TB, what string, done <-chan T) {
	t.Helper()
	select {
	case value := <-done:
		t.Fatalf("%s is over: %v", what, value)
	default:
	}
}

// isAsleep returns how many calls of Wait there are, and whether a thread sleeps for them.
func (s *sleeper) isAsleep() (waiting int, asleep bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.waiting, s.asleep
}

// asleep returns when this many calls of Wait are in progress.
func asleep(t testing.TB, log *Log, count int) {
	t.Helper()
	soon(t, func() error {
		if waiting, asleep := log.isAsleep(); waiting != count || asleep != (count > 0) {
			return fmt.Errorf("%d wait, asleep: %v", waiting, asleep)
		}
		return nil
	})
}

// interrupts returns how many times the log was interrupted.
func interrupts(t testing.TB, log *Log) uint64 {
	t.Helper()
	view, count, status := armSleeper(log.handle)
	same(t, status, statusOK)
	destroySnapshot(view)
	return count
}

// One of two waits on a log is cancelled: it ends, and the other continues until there is something.
func TestCancelEndsOneWaitOfTwo(t *testing.T) {
	log, writer := fixed(t, Options{})
	for round := range uint64(200) {
		first, second := got(log.Snapshot())(t), got(log.Cursor(Next))(t)
		ctx, cancel := context.WithCancel(context.Background())
		cancelled := start(func() error { return first.Wait(ctx) })
		patient := start(func() error { return second.Wait(context.Background()) })
		if round%2 == 0 {
			time.Sleep(time.Duration(round) * time.Microsecond) // asleep or not: both must do
		}
		cancel()
		is(t, within(t, "the cancelled wait", cancelled), context.Canceled)
		goesOn(t, "the other wait", patient)
		must(t, writer.Append(numbers(round, 1)))
		must(t, writer.Notify())
		must(t, within(t, "the other wait", patient))
		same(t, got(second.Refresh())(t).Appended, 1)
		must(t, first.Close())
		must(t, second.Close())
	}
}

func TestWaitThatIsInterruptedForNobodyGoesOn(t *testing.T) {
	log, writer := fixed(t, Options{AutoNotify: true})
	cursor := got(log.Cursor(Next))(t)
	defer cursor.Close()
	done := start(func() error { return cursor.Wait(context.Background()) })
	asleep(t, log, 1)
	for range 20 {
		changed := log.Changed()
		interruptLog(log.handle)
		within(t, "the channel", changed)
		goesOn(t, "the wait", done)
	}
	asleep(t, log, 1)
	must(t, writer.Append(numbers(0, 1)))
	must(t, within(t, "the wait", done))
}

func TestContextThatIsDoneAlready(t *testing.T) {
	log, writer := fixed(t, Options{})
	must(t, writer.Append(numbers(0, 1)))
	cursor := got(log.Cursor(Oldest))(t)
	ctx, cancel := context.WithCancel(context.Background())
	must(t, cursor.Wait(ctx)) // unread is unread
	cancel()
	is(t, cursor.Wait(ctx), context.Canceled)
	_, more := cursor.Next()
	same(t, more, true)
	is(t, cursor.Wait(ctx), context.Canceled)
	late, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	is(t, cursor.Wait(late), context.DeadlineExceeded)
	is(t, cursor.Wait(late), context.DeadlineExceeded)
	snapshot := got(log.Snapshot())(t)
	must(t, writer.Append(numbers(1, 1)))
	must(t, snapshot.Wait(context.Background()))
	must(t, snapshot.Close())
	must(t, cursor.Close())
	is(t, snapshot.Wait(context.Background()), ErrClosed)
	is(t, cursor.Wait(context.Background()), ErrClosed)
	is(t, cursor.Wait(ctx), ErrClosed)
}

// However many goroutines wait, one thread sleeps for them. A cancel ends one wait, at once, and wakes no other.
func TestWaitersTakeOneThread(t *testing.T) {
	const waiters = 2000
	log, writer := fixed(t, Options{})
	threads := func() int { return len(got(os.ReadDir("/proc/self/task"))(t)) }
	before := threads()
	most := before
	var ended [waiters]<-chan error
	var cancels [waiters]context.CancelFunc
	for index := range waiters {
		ctx, cancel := context.WithCancel(context.Background())
		cancels[index] = cancel
		defer cancel()
		if index%2 == 0 {
			cursor := got(log.Cursor(Next))(t)
			ended[index] = start(func() error { defer cursor.Close(); return cursor.Wait(ctx) })
		} else {
			snapshot := got(log.Snapshot())(t)
			ended[index] = start(func() error { defer snapshot.Close(); return snapshot.Wait(ctx) })
		}
		if index%100 == 0 {
			most = max(most, threads())
		}
	}
	asleep(t, log, waiters)
	most = max(most, threads())

	changed, interrupted := log.Changed(), interrupts(t, log)
	var times []time.Duration
	const cancelled = 100
	for index := range cancelled {
		began := time.Now()
		cancels[index]()
		is(t, within(t, "the cancelled wait", ended[index]), context.Canceled)
		times = append(times, time.Since(began))
	}
	goesOn(t, "the sleep", changed)
	same(t, interrupts(t, log), interrupted)
	for _, wait := range ended[cancelled:] {
		goesOn(t, "another wait", wait)
	}
	asleep(t, log, waiters-cancelled)

	must(t, writer.Append(numbers(0, 1)))
	began := time.Now()
	must(t, writer.Notify())
	for _, wait := range ended[cancelled:] {
		must(t, within(t, "a wait", wait))
	}
	woken := time.Since(began)
	most = max(most, threads())
	asleep(t, log, 0)
	slices.Sort(times)
	t.Logf("%d waiters: %d threads, %d before; a cancel takes %v, at most %v; all woken within %v", waiters, most, before,
		times[len(times)/2], times[len(times)-1], woken)
	if most-before > 50 {
		t.Errorf("%d threads for %d waiters", most-before, waiters)
	}
	if times[0] > 50*time.Millisecond {
		t.Errorf("the fastest cancel of %d took %v", cancelled, times[0])
	}
}

// The sleeper ends with the last wait, and sleeps again for the next. In between it holds no view.
func TestSleeperEndsWhenNobodyWaits(t *testing.T) {
	log, writer := fixed(t, Options{})
	snapshot := got(log.Snapshot())(t)
	defer snapshot.Close()
	for range 50 {
		ctx, cancel := context.WithCancel(context.Background())
		first := start(func() error { return snapshot.Wait(ctx) })
		second := start(func() error { return snapshot.Wait(ctx) })
		asleep(t, log, 2)
		same(t, got(log.Stats())(t).SnapshotsLive, 2)
		cancel()
		is(t, within(t, "the wait", first), context.Canceled)
		is(t, within(t, "the wait", second), context.Canceled)
		asleep(t, log, 0)
		same(t, got(log.Stats())(t).SnapshotsLive, 1)
	}
	// A wait that ends by itself leaves nothing behind, either.
	done := start(func() error { return snapshot.Wait(context.Background()) })
	asleep(t, log, 1)
	must(t, writer.Append(numbers(0, 1)))
	must(t, writer.Notify())
	must(t, within(t, "the wait", done))
	asleep(t, log, 0)
	same(t, got(log.Stats())(t).SnapshotsLive, 1)
}

// An interrupt ends the waits of C code, too. So there is none where C code may wait.
func TestWaitsOfCodeInCAreNotInterrupted(t *testing.T) {
	private, writer := fixed(t, Options{})
	snapshot := got(private.Snapshot())(t)
	defer snapshot.Close()
	early, stop := context.WithCancel(context.Background())
	stopped := start(func() error { return snapshot.Wait(early) })
	asleep(t, private, 1)
	log := got(Adopt(private.Pointer()))(t) // while a thread sleeps that did not know of C
	asleep(t, private, 1)
	interrupted := interrupts(t, log)
	stop()
	is(t, within(t, "the wait that began early", stopped), context.Canceled)
	asleep(t, private, 0)
	patient := start(func() error { return snapshot.Wait(context.Background()) })
	asleep(t, private, 1)

	view, count, _ := armSleeper(log.handle)
	codeInC := start(func() error {
		if status := sleepOn(view, waitForever, count); status != statusOK {
			return fmt.Errorf("status %d", status)
		}
		return nil
	})
	cursor := got(log.Cursor(Next))(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancelled := start(func() error { return cursor.Wait(ctx) })
	asleep(t, log, 1)
	cancel()
	is(t, within(t, "the cancelled wait", cancelled), context.Canceled)
	asleep(t, log, 0)
	closed := start(func() error { return cursor.Wait(context.Background()) })
	asleep(t, log, 1)
	must(t, cursor.Close())
	is(t, within(t, "the closed wait", closed), ErrClosed)
	asleep(t, log, 0)
	changed := log.Changed()
	must(t, log.Close())
	within(t, "the channel", changed)
	asleep(t, log, 0)

	// Nobody sees a look without a reason, and no view stays behind.
	changed = private.Changed()
	time.Sleep(5 * lookInterval / 2)
	goesOn(t, "the channel", changed)
	soon(t, func() error {
		if live := got(private.Stats())(t).SnapshotsLive; live != 3 { // that in C, and the snapshot with its sleeper
			return fmt.Errorf("%d views", live)
		}
		return nil
	})
	same(t, interrupts(t, private), interrupted)
	goesOn(t, "the wait in C", codeInC)
	goesOn(t, "the patient wait", patient)
	must(t, writer.Append(numbers(0, 1)))
	must(t, writer.Notify())
	must(t, within(t, "the wait in C", codeInC))
	must(t, within(t, "the patient wait", patient))
}

func TestChangedIsClosedWhenThereIsNews(t *testing.T) {
	log, writer := fixed(t, Options{})
	changed := log.Changed()
	same(t, log.Changed(), changed)
	must(t, writer.Notify()) // brings nothing
	time.Sleep(5 * time.Millisecond)
	goesOn(t, "the channel", changed)
	must(t, writer.Append(numbers(0, 1)))
	must(t, writer.Notify())
	within(t, "the channel", changed)
	if log.Changed() == changed {
		t.Fatal("the next channel is the last one")
	}

	// Waits that come and go leave the channel alone.
	changed = log.Changed()
	snapshot := got(log.Snapshot())(t)
	ctx, cancel := context.WithCancel(context.Background())
	done := start(func() error { return snapshot.Wait(ctx) })
	soon(t, func() error {
		if waiting, _ := log.isAsleep(); waiting != 1 {
			return fmt.Errorf("%d wait", waiting)
		}
		return nil
	})
	cancel()
	is(t, within(t, "the wait", done), context.Canceled)
	must(t, snapshot.Close())
	time.Sleep(5 * time.Millisecond)
	goesOn(t, "the channel", changed)
	same(t, log.Changed(), changed)
	interruptLog(log.handle)
	within(t, "the channel of an interrupted log", changed)

	changed = log.Changed()
	must(t, writer.Finish())
	within(t, "the channel of a finished log", changed)
	isClosed(t, log.Changed())

	other, _ := fixed(t, Options{})
	changed = other.Changed()
	must(t, other.Close())
	within(t, "the channel of a closed log", changed)
	isClosed(t, other.Changed())
	asleep(t, other, 0)
}

// Views outlive their log, and so do their waits.
func TestWaitsOutliveTheLog(t *testing.T) {
	log := got(NewFixed(Options{RetainedCapacity: 16, SegmentCapacity: 4, RecordSize: 8}))(t)
	writer := got(log.Writer())(t)
	defer writer.Close()
	snapshot := got(log.Snapshot())(t)
	defer snapshot.Close()
	first := start(func() error { return snapshot.Wait(context.Background()) })
	asleep(t, log, 1)
	must(t, log.Close())
	asleep(t, log, 1)
	goesOn(t, "the wait", first)
	must(t, writer.Append(numbers(0, 1)))
	must(t, writer.Notify())
	must(t, within(t, "the wait", first))
	got(snapshot.Refresh())(t)
	second := start(func() error { return snapshot.Wait(context.Background()) })
	must(t, writer.Append(numbers(1, 1)))
	must(t, writer.Notify())
	must(t, within(t, "the next wait", second))
}

// A log that is no longer reachable closes its channel, and no thread sleeps for it any more.
func TestForgottenLogClosesItsChannel(t *testing.T) {
	changed := func() <-chan struct{} {
		log := got(NewFixed(Options{RetainedCapacity: 16, SegmentCapacity: 4, RecordSize: 8}))(t)
		return log.Changed()
	}()
	eventually(t, func() error {
		select {
		case <-changed:
			return nil
		default:
			return errors.New("the channel is open")
		}
	})
}

// The writer continues only when all readers have seen the last record: a reader that misses a notify would hang.
func TestNoNotifyIsMissed(t *testing.T) {
	log, writer := fixed(t, Options{})
	const total = 1000
	var seen [4]atomic.Uint64
	var readers []<-chan error
	reader := func(function func(seen *atomic.Uint64) error) {
		place := &seen[len(readers)]
		readers = append(readers, start(func() error { return function(place) }))
	}
	cursor, waiting := got(log.Cursor(Next))(t), got(log.Cursor(Next))(t)
	defer cursor.Close()
	defer waiting.Close()
	views := [2]*Snapshot{got(log.Snapshot())(t), got(log.Snapshot())(t)}
	defer views[0].Close()
	defer views[1].Close()
	reader(func(seen *atomic.Uint64) error {
		for chunk, err := range cursor.Follow(context.Background()) {
			if err != nil {
				return err
			}
			seen.Store(chunk.End())
		}
		return nil
	})
	reader(func(seen *atomic.Uint64) error {
		for {
			if err := waiting.Wait(context.Background()); err != nil {
				return err
			}
			delta, err := waiting.Refresh()
			if err != nil {
				return err
			}
			for range waiting.Records() {
			}
			seen.Store(delta.First + delta.Appended)
		}
	})
	reader(func(seen *atomic.Uint64) error {
		for {
			if err := views[0].Wait(context.Background()); err != nil {
				return err
			}
			if _, err := views[0].Refresh(); err != nil {
				return err
			}
			seen.Store(views[0].Range().End)
		}
	})
	reader(func(seen *atomic.Uint64) error {
		for {
			changed, finished := log.Changed(), log.Finished()
			delta, err := views[1].Refresh()
			if err != nil {
				return err
			}
			seen.Store(views[1].Range().End)
			if finished && delta.Appended == 0 {
				return ErrFinished
			}
			<-changed
		}
	})
	done := start(func() error {
		for next := range uint64(total) {
			if err := writer.Append(numbers(next, 1)); err != nil {
				return err
			}
			if err := writer.Notify(); err != nil {
				return err
			}
			for index := range seen {
				for seen[index].Load() <= next {
					time.Sleep(time.Microsecond)
				}
			}
		}
		return writer.Finish()
	})
	must(t, within(t, "the writer", done))
	must(t, within(t, "a reader", readers[0]))
	for _, reader := range readers[1:] {
		is(t, within(t, "a reader", reader), ErrFinished)
	}
	asleep(t, log, 0)
}

// Many waits, some cancelled at any moment, on a log that is written to: a reader that is not cancelled reads
// everything.
func TestCancelsAtAnyMoment(t *testing.T) {
	log := got(NewFixed(Options{RetainedCapacity: 1 << 14, SegmentCapacity: 1 << 10, RecordSize: 8, AutoNotify: true}))(t)
	defer log.Close()
	writer := got(log.Writer())(t)
	defer writer.Close()
	const total = 3000
	var running sync.WaitGroup
	for range 2 {
		running.Add(1)
		cursor := got(log.Cursor(Oldest))(t)
		go func() {
			defer running.Done()
			defer cursor.Close()
			next := uint64(0)
			for chunk, err := range cursor.Follow(context.Background()) {
				if err != nil {
					t.Errorf("following: %v", err)
					return
				}
				for sequence, record := range chunk.Records() {
					if sequence != next || number(record) != next {
						t.Errorf("record %d, sequence %d, is %d", next, sequence, number(record))
						return
					}
					next++
				}
			}
			if next != total {
				t.Errorf("%d records", next)
			}
		}()
	}
	over := make(chan struct{})
	var cancelling sync.WaitGroup
	for seed := range uint64(2) {
		cancelling.Add(1)
		go func() {
			defer cancelling.Done()
			random := rand.New(rand.NewPCG(seed, 0))
			for {
				select {
				case <-over:
					return
				default:
				}
				cursor, err := log.Cursor(Next)
				if err != nil {
					t.Error(err)
					return
				}
				ctx, cancel := context.WithCancel(context.Background())
				go func(pause time.Duration) { time.Sleep(pause); cancel() }(time.Duration(random.IntN(100)) * time.Microsecond)
				for _, err := range cursor.Follow(ctx) {
					if err != nil && !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
				}
				cursor.Close()
			}
		}()
	}
	for next := range uint64(total) {
		must(t, writer.Append(numbers(next, 1)))
		if next%8 == 0 {
			time.Sleep(20 * time.Microsecond)
		}
	}
	must(t, writer.Finish())
	done := start(func() error { running.Wait(); close(over); cancelling.Wait(); return nil })
	must(t, within(t, "following", done))
}

// A finished log: readers read what is retained to the end, and then all that follow the log end.
func TestFinishEndsTheLog(t *testing.T) {
	log, writer := fixed(t, Options{})
	cursor, waiting, snapshot := got(log.Cursor(Oldest))(t), got(log.Cursor(Oldest))(t), got(log.Snapshot())(t)
	defer cursor.Close()
	defer waiting.Close()
	defer snapshot.Close()
	read := uint64(0)
	following := start(func() error {
		for chunk, err := range cursor.Follow(context.Background()) {
			if err != nil {
				return err
			}
			read += uint64(chunk.Len())
		}
		return nil
	})
	asleep(t, log, 1)
	same(t, log.Finished(), false)
	must(t, writer.AppendBatch(numbers(0, 10)))
	must(t, writer.Begin())
	must(t, writer.Append(numbers(10, 1))) // never published
	must(t, writer.Finish())
	must(t, within(t, "following", following))
	same(t, read, 10)
	same(t, log.Finished(), true)
	same(t, log.HasWriter(), false)

	must(t, waiting.Wait(context.Background()))
	for range 2 {
		is(t, cursor.Wait(context.Background()), ErrFinished)
		for range cursor.Follow(context.Background()) {
			t.Fatal("more to follow")
		}
	}
	must(t, snapshot.Wait(context.Background()))
	same(t, got(snapshot.Refresh())(t).Appended, 10)
	is(t, snapshot.Wait(context.Background()), ErrFinished)
	is(t, writer.Append(numbers(0, 1)), ErrClosed)
	is(t, writer.Finish(), ErrClosed)
	must(t, writer.Close())
	same(t, writer.handle, nil) // C took it back
	_, err := log.Writer()
	is(t, err, ErrFinished)
	asleep(t, log, 0)
	must(t, log.Close())
	same(t, log.Finished(), false)
}
