// Follow: a writer of ticks, a goroutine that follows every tick and learns what it missed, and another goroutine that
// looks at the newest ticks once in a while. Both end when the writer finishes the log. If one fails, a context ends
// all three.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	atomiclog "atomic-log/bindings/go"
)

// Tick is what the log holds: a fixed layout, without pointers.
type Tick struct {
	Number uint64
	Nanos  int64
	Load   [4]float32
}

const (
	ticks = 200_000
	batch = 100
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	// 16384 ticks stay readable, in segments of 2048. Every batch wakes the goroutines that wait.
	log, typed, err := atomiclog.NewTyped[Tick](atomiclog.Options{RetainedCapacity: 16384, SegmentCapacity: 2048,
		AutoNotify: true})
	if err != nil {
		return err
	}
	defer log.Close()
	writer, err := log.Writer()
	if err != nil {
		return err
	}
	defer writer.Close()
	cursor, err := log.Cursor(atomiclog.Oldest)
	if err != nil {
		return err
	}
	defer cursor.Close()

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var running sync.WaitGroup
	failures := make(chan error, 3)
	start := func(function func() error) {
		running.Add(1)
		go func() {
			defer running.Done()
			if err := function(); err != nil {
				failures <- err
				cancel()
			}
		}()
	}
	read := uint64(0)
	start(func() (err error) {
		read, err = follow(ctx, cursor, typed)
		return err
	})
	start(func() error { return look(ctx, log, typed) })
	start(func() error { return write(ctx, writer, typed) })
	running.Wait()
	close(failures)
	if err, failed := <-failures; failed {
		return err
	}
	fmt.Printf("%d read + %d lost, of %d written\n", read, cursor.Lost(), ticks)
	if read+cursor.Lost() != ticks {
		return errors.New("that is not exact")
	}
	return nil
}

// write appends all ticks, a batch at a time: one call to C for each batch, which readers see whole. Then it finishes
// the log.
func write(ctx context.Context, writer *atomiclog.Writer, typed atomiclog.Typed[Tick]) error {
	values := make([]Tick, batch)
	for next := uint64(0); next < ticks && ctx.Err() == nil; {
		for index := range values {
			values[index] = Tick{Number: next, Nanos: time.Now().UnixNano()}
			next++
		}
		if err := typed.AppendBatch(writer, values); err != nil {
			return err
		}
	}
	return writer.Finish()
}

// follow reads tick after tick, in place in the log, until the log is finished.
func follow(ctx context.Context, cursor *atomiclog.Cursor, typed atomiclog.Typed[Tick]) (uint64, error) {
	read := uint64(0)
	for chunk, err := range cursor.Follow(ctx) {
		if err != nil {
			return read, err
		}
		for index, tick := range typed.Slice(chunk) {
			if tick.Number != chunk.First()+uint64(index) {
				return read, fmt.Errorf("record %d is tick %d", chunk.First()+uint64(index), tick.Number)
			}
		}
		read += uint64(chunk.Len())
	}
	return read, nil
}

// look shows the newest batch whenever there is a newer one, but at most every ten milliseconds.
func look(ctx context.Context, log *atomiclog.Log, typed atomiclog.Typed[Tick]) error {
	snapshot, err := log.Snapshot()
	if err != nil {
		return err
	}
	defer snapshot.Close()
	for {
		err := snapshot.Wait(ctx)
		if errors.Is(err, atomiclog.ErrFinished) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := snapshot.Refresh(); err != nil {
			return err
		}
		latest := snapshot.Latest()
		if latest.Len() != batch {
			return fmt.Errorf("%v is no whole batch", latest)
		}
		tick, err := typed.Record(snapshot, latest.Begin)
		if err != nil {
			return err
		}
		fmt.Printf("ticks %6d to %6d, %v old; the view holds %d\n", latest.Begin, latest.End-1,
			time.Since(time.Unix(0, tick.Nanos)).Round(time.Microsecond), snapshot.Len())
		time.Sleep(10 * time.Millisecond)
	}
}
