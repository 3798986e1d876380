package atomiclog_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	atomiclog "atomic-log/bindings/go"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// Values of a Go type, written as a batch and read where they lie.
func Example() {
	type Sample struct {
		Sensor uint32
		Value  float32
	}
	samples, typed, err := atomiclog.NewTyped[Sample](atomiclog.Options{RetainedCapacity: 4096, SegmentCapacity: 1024})
	check(err)
	defer samples.Close()
	writer, err := samples.Writer()
	check(err)
	defer writer.Close()
	check(typed.AppendBatch(writer, []Sample{{1, 20.5}, {2, 21}, {1, 20.75}}))

	snapshot, err := samples.Snapshot()
	check(err)
	defer snapshot.Close()
	for sequence, sample := range typed.Records(snapshot) {
		fmt.Println(sequence, sample.Sensor, sample.Value)
	}
	// Output:
	// 0 1 20.5
	// 1 2 21
	// 2 1 20.75
}

// Records of any size, and what a refresh brings.
func ExampleSnapshot_Refresh() {
	lines, err := atomiclog.NewBytes(atomiclog.Options{RetainedCapacity: 1 << 20, SegmentCapacity: 1 << 16})
	check(err)
	defer lines.Close()
	writer, err := lines.Writer()
	check(err)
	defer writer.Close()
	snapshot, err := lines.Snapshot()
	check(err)
	defer snapshot.Close()

	check(writer.AppendSlices([][]byte{[]byte("first"), []byte("second")}))
	fmt.Println("still", snapshot.Len())
	delta, err := snapshot.Refresh()
	check(err)
	for sequence, line := range snapshot.RecordsFrom(delta.First) {
		fmt.Printf("%d %s\n", sequence, line)
	}
	// Output:
	// still 0
	// 0 first
	// 1 second
}

// A goroutine follows a log until the writer finishes it.
func ExampleCursor_Follow() {
	lines, err := atomiclog.NewBytes(atomiclog.Options{RetainedCapacity: 1 << 20, SegmentCapacity: 1 << 16,
		AutoNotify: true})
	check(err)
	defer lines.Close()
	writer, err := lines.Writer()
	check(err)
	cursor, err := lines.Cursor(atomiclog.Next)
	check(err)

	ended := make(chan error)
	go func() {
		defer cursor.Close()
		for chunk, err := range cursor.Follow(context.Background()) {
			if err != nil {
				ended <- err // the context's, or ErrClosed
				return
			}
			for _, line := range chunk.Records() {
				fmt.Printf("read %s\n", line)
			}
		}
		ended <- nil
	}()
	check(writer.AppendSlices([][]byte{[]byte("go"), []byte("stop")}))
	check(writer.Finish())
	fmt.Println(<-ended)
	// Output:
	// read go
	// read stop
	// <nil>
}

// One goroutine waits for a log and for other things. It takes the channel before it looks, so that it misses nothing.
func ExampleLog_Changed() {
	lines, err := atomiclog.NewBytes(atomiclog.Options{RetainedCapacity: 1 << 20, SegmentCapacity: 1 << 16,
		AutoNotify: true})
	check(err)
	defer lines.Close()
	writer, err := lines.Writer()
	check(err)
	defer writer.Close()
	snapshot, err := lines.Snapshot()
	check(err)
	defer snapshot.Close()

	requests := make(chan string)
	go func() {
		check(writer.Append([]byte("a line")))
		requests <- "a request"
		check(writer.Finish())
	}()
	for request := ""; ; {
		changed, finished := lines.Changed(), lines.Finished()
		delta, err := snapshot.Refresh()
		check(err)
		for sequence, line := range snapshot.RecordsFrom(delta.First) {
			fmt.Printf("%d %s\n", sequence, line)
		}
		if finished {
			fmt.Println(request, "and the end")
			return
		}
		select {
		case <-changed:
		case request = <-requests:
		}
	}
	// Output:
	// 0 a line
	// a request and the end
}

// A pin keeps a chunk when its view, the writer and the log are gone.
func ExampleChunk_Pin() {
	lines, err := atomiclog.NewBytes(atomiclog.Options{RetainedCapacity: 1 << 20, SegmentCapacity: 1 << 16})
	check(err)
	writer, err := lines.Writer()
	check(err)
	check(writer.Append([]byte("kept")))
	snapshot, err := lines.Snapshot()
	check(err)
	chunk, err := snapshot.Chunk(0)
	check(err)
	segment, err := chunk.Pin()
	check(err)
	defer segment.Close()

	check(snapshot.Close())
	check(writer.Close())
	check(lines.Close())
	fmt.Printf("%s\n", segment.Chunk().At(0))
	// Output: kept
}

// A log with MaxSegments takes no more memory: it refuses the writer as long as a reader holds all segments.
func ExampleStatus() {
	numbers, typed, err := atomiclog.NewTyped[uint64](atomiclog.Options{RetainedCapacity: 2, SegmentCapacity: 1,
		MaxSegments: 4})
	check(err)
	defer numbers.Close()
	writer, err := numbers.Writer()
	check(err)
	defer writer.Close()
	check(typed.AppendBatch(writer, []uint64{1, 2}))
	snapshot, err := numbers.Snapshot()
	check(err)
	for err == nil {
		err = typed.Append(writer, 3)
	}
	fmt.Println(errors.Is(err, atomiclog.ErrSegmentLimit))
	check(snapshot.Close())
	fmt.Println(typed.Append(writer, 3))
	// Output:
	// true
	// <nil>
}

// Writes what a log holds to a file that Foxglove, PlotJuggler and Rerun open.
func ExampleRecorder() {
	type Tick struct {
		Time  int64 // nanoseconds
		Price float64
		Size  uint32
	}
	ticks, typed, err := atomiclog.NewTyped[Tick](atomiclog.Options{RetainedCapacity: 4096, SegmentCapacity: 1024})
	check(err)
	defer ticks.Close()
	writer, err := ticks.Writer()
	check(err)
	defer writer.Close()
	recorder, err := atomiclog.NewRecorder()
	check(err)
	defer recorder.Close()
	check(typed.AddTo(recorder, ticks, atomiclog.Channel{Topic: "/ticks", SchemaName: "market/msg/Tick", TimeField: "time"}))

	check(typed.Append(writer, Tick{Time: 1_000_000_000, Price: 17.25, Size: 100}))
	file, err := os.CreateTemp("", "*.mcap")
	check(err)
	defer os.Remove(file.Name())
	recording, err := recorder.RecordFile(file)
	check(err)
	check(file.Close())
	fmt.Println(recording.Records, "record of", recording.Ranges[0])
	// Output: 1 record of {0 1}
}
