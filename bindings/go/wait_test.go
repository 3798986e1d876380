package atomiclog

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// patience ends a test that hangs; no verdict depends on it otherwise.
const patience = time.Minute

func within(t *testing.T, what string, done <-chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		t.Fatalf("%s is not over", what)
		return nil
	}
}

func start(function func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- function() }()
	return done
}

// One of two waits on a log is cancelled: it ends, and the other goes on until there is something.
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
		select {
		case err := <-patient:
			t.Fatalf("the other wait ended too: %v", err)
		default:
		}
		must(t, writer.Append(numbers(round, 1)))
		must(t, writer.Notify())
		must(t, within(t, "the other wait", patient))
		same(t, got(second.Refresh())(t).Appended, 1)
		must(t, first.Close())
		must(t, second.Close())
	}
}

// An interrupt that comes between the look at the context and the sleep is made up for.
func TestInterruptThatComesTooEarlyIsRepeated(t *testing.T) {
	log, _ := fixed(t, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	asleep, slept := false, 0
	snapshot := got(log.Snapshot())(t)
	defer snapshot.Close()
	done := start(func() error {
		return wait(ctx, snapshot.log, func(timeout uint64) Status {
			if timeout > 0 {
				slept++
				if !asleep {
					asleep = true
					cancel()
					// Long enough for the first interrupt to be over, which nobody heard.
					time.Sleep(5 * time.Millisecond)
				}
			}
			return waitSnapshot(snapshot.handle, timeout)
		})
	})
	is(t, within(t, "the wait", done), context.Canceled)
	same(t, slept, 1)
}

func TestWaitThatIsInterruptedForNobodyGoesOn(t *testing.T) {
	log, writer := fixed(t, Options{AutoNotify: true})
	cursor := got(log.Cursor(Next))(t)
	defer cursor.Close()
	var interrupted atomic.Int32
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := start(func() error {
		return wait(ctx, cursor.log, func(timeout uint64) Status {
			status := waitCursor(cursor.handle, timeout)
			if status == statusInterrupted {
				interrupted.Add(1)
			}
			return status
		})
	})
	for deadline := time.Now().Add(patience); interrupted.Load() < 3; time.Sleep(time.Millisecond) {
		interruptLog(log.handle)
		if time.Now().After(deadline) {
			t.Fatal("nobody was interrupted")
		}
	}
	select {
	case err := <-done:
		t.Fatalf("the wait ended: %v", err)
	default:
	}
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
}

// A deadline is kept by the sleep itself; interrupts are for those who are cancelled.
func TestDeadlineInterruptsNobody(t *testing.T) {
	log, writer := fixed(t, Options{})
	patient, late := got(log.Snapshot())(t), got(log.Snapshot())(t)
	defer patient.Close()
	defer late.Close()
	var interrupted atomic.Int32
	done := start(func() error {
		return wait(context.Background(), patient.log, func(timeout uint64) Status {
			status := waitSnapshot(patient.handle, timeout)
			if status == statusInterrupted {
				interrupted.Add(1)
			}
			return status
		})
	})
	for range 20 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		is(t, late.Wait(ctx), context.DeadlineExceeded)
		cancel()
	}
	same(t, interrupted.Load(), 0)
	must(t, writer.Append(numbers(0, 1)))
	must(t, writer.Notify())
	must(t, within(t, "the wait", done))
}

// Many waits, some cancelled at any moment, on a log that is written to: who is not cancelled reads everything.
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
				if next == total {
					return
				}
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
	done := start(func() error { running.Wait(); close(over); cancelling.Wait(); return nil })
	must(t, within(t, "following", done))
}
