package atomiclog

import (
	"fmt"
	"slices"
	"testing"
)

// The records of the benchmarks: 64 bytes each, in segments of 64 KiB.
type benchRecord struct {
	Sequence uint64
	Payload  [7]uint64
}

const benchSize = 64

var benchSizes = []int{1, 4, 16, 64, 256, 1024}

// The sum of a loop, so that the compiler does not remove the loop.
var benchSum uint64

func perRecord(b *testing.B, batch int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(batch), "ns/record")
	b.ReportMetric(0, "ns/op")
}

func eachBatch(b *testing.B, function func(b *testing.B, batch int)) {
	for _, batch := range benchSizes {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) { function(b, batch) })
	}
}

func benchFixed(b *testing.B, retained int) (*Log, Typed[benchRecord], *Writer) {
	log, records, err := NewTyped[benchRecord](Options{RetainedCapacity: uint64(retained), SegmentCapacity: 1024,
		Prefault: true})
	must(b, err)
	writer := got(log.Writer())(b)
	b.Cleanup(func() { writer.Close(); log.Close() })
	return log, records, writer
}

func benchBytes(b *testing.B) *Writer {
	log := got(NewBytes(Options{RetainedCapacity: 4096 * benchSize, SegmentCapacity: 1024 * benchSize,
		SegmentRecords: 1024, Prefault: true}))(b)
	writer := got(log.Writer())(b)
	b.Cleanup(func() { writer.Close(); log.Close() })
	return writer
}

// The cost of one call to C that does almost nothing: the control.
func BenchmarkCall(b *testing.B) {
	_, _, writer := benchFixed(b, 4096)
	for b.Loop() {
		benchSum += writer.NextSequence()
	}
}

func BenchmarkAppend(b *testing.B) {
	b.Run("fixed", func(b *testing.B) {
		eachBatch(b, func(b *testing.B, batch int) {
			_, records, writer := benchFixed(b, 4096)
			values := make([]benchRecord, batch)
			for b.Loop() {
				must(b, records.AppendBatch(writer, values))
			}
			perRecord(b, batch)
		})
	})
	b.Run("packed", func(b *testing.B) {
		eachBatch(b, func(b *testing.B, batch int) {
			writer := benchBytes(b)
			data, sizes := make([]byte, batch*benchSize), slices.Repeat([]uint32{benchSize}, batch)
			for b.Loop() {
				must(b, writer.AppendPacked(data, sizes))
			}
			perRecord(b, batch)
		})
	})
	b.Run("slices", func(b *testing.B) {
		eachBatch(b, func(b *testing.B, batch int) {
			writer := benchBytes(b)
			records := slices.Collect(slices.Chunk(make([]byte, batch*benchSize), benchSize))
			for b.Loop() {
				must(b, writer.AppendSlices(records))
			}
			perRecord(b, batch)
		})
	})
	// The calls that batches avoid.
	b.Run("group-of-singles", func(b *testing.B) {
		eachBatch(b, func(b *testing.B, batch int) {
			_, records, writer := benchFixed(b, 4096)
			for b.Loop() {
				must(b, writer.Begin())
				for range batch {
					must(b, records.Append(writer, benchRecord{}))
				}
				must(b, writer.Publish())
			}
			perRecord(b, batch)
		})
	})
}

// A batch is appended, and read by a refresh and a loop: the cost per record of both. Subtract what Append/fixed costs
// at the same size.
func BenchmarkAppendAndRead(b *testing.B) {
	read := func(name string, loop func(records Typed[benchRecord], cursor *Cursor)) {
		b.Run(name, func(b *testing.B) {
			eachBatch(b, func(b *testing.B, batch int) {
				log, records, writer := benchFixed(b, 4096)
				cursor := got(log.Cursor(Next))(b)
				defer cursor.Close()
				values := make([]benchRecord, batch)
				for b.Loop() {
					must(b, records.AppendBatch(writer, values))
					delta, err := cursor.Refresh()
					if err != nil || delta.Appended != uint64(batch) {
						b.Fatal(delta, err)
					}
					loop(records, cursor)
				}
				perRecord(b, batch)
			})
		})
	}
	read("typed", func(records Typed[benchRecord], cursor *Cursor) {
		for chunk := range cursor.Chunks() {
			values := records.Slice(chunk)
			for index := range values {
				benchSum += values[index].Sequence
			}
		}
	})
	read("bytes", func(_ Typed[benchRecord], cursor *Cursor) {
		for _, record := range cursor.Records() {
			benchSum += uint64(record[0])
		}
	})
}

// Takes, reads and closes a new view of this many records.
func BenchmarkRead(b *testing.B) {
	read := func(name string, loop func(records Typed[benchRecord], snapshot *Snapshot)) {
		b.Run(name, func(b *testing.B) {
			eachBatch(b, func(b *testing.B, batch int) {
				log, records, writer := benchFixed(b, 4096)
				must(b, records.AppendBatch(writer, make([]benchRecord, batch)))
				for b.Loop() {
					snapshot, err := log.Snapshot()
					must(b, err)
					loop(records, snapshot)
					must(b, snapshot.Close())
				}
				perRecord(b, batch)
			})
		})
	}
	read("typed", func(records Typed[benchRecord], snapshot *Snapshot) {
		for chunk := range snapshot.Chunks() {
			values := records.Slice(chunk)
			for index := range values {
				benchSum += values[index].Sequence
			}
		}
	})
	read("bytes", func(_ Typed[benchRecord], snapshot *Snapshot) {
		for _, record := range snapshot.Records() {
			benchSum += uint64(record[0])
		}
	})
}

// Batches through a channel, for comparison: one reader, which takes each record away from all others, and a copy that
// must be made first, because the receiver keeps it.
func BenchmarkChannel(b *testing.B) {
	eachBatch(b, func(b *testing.B, batch int) {
		channel := make(chan []benchRecord, 64)
		done := make(chan uint64)
		go func() {
			sum := uint64(0)
			for values := range channel {
				for index := range values {
					sum += values[index].Sequence
				}
			}
			done <- sum
		}()
		values := make([]benchRecord, batch)
		for b.Loop() {
			channel <- slices.Clone(values)
		}
		close(channel)
		benchSum += <-done
		perRecord(b, batch)
	})
}
