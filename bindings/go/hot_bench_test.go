package atomiclog

import (
	"fmt"
	"math"
	"sync/atomic"
	"testing"
	"time"
)

// Frequent work, without a call and by calls, compared with what Go has for the same. Each turn runs a burst of each
// way, so that all see the same machine. The lowest of each counts: ns/way.

const hotBurst = 1024

// hotHeld is how many records the ring and the channel hold: about as many as the logs have in memory.
const hotHeld = 2048

// contest runs bursts of several ways in turns.
func contest(b *testing.B, names []string, bursts ...func()) {
	least := make([]time.Duration, len(bursts))
	for index := range least {
		least[index] = math.MaxInt64
	}
	for turn := 0; turn < b.N; turn++ {
		for index, burst := range bursts {
			begin := time.Now()
			burst()
			least[index] = min(least[index], time.Since(begin))
		}
	}
	for index, name := range names {
		b.ReportMetric(float64(least[index])/hotBurst, "ns/"+name)
	}
	b.ReportMetric(0, "ns/op")
}

// hotRing is the minimum of an append: a copy and an atomic store, of one writer that looks at no reader.
type hotRing[T any] struct {
	slots     [hotHeld]T
	next      uint64
	published atomic.Uint64
}

func (ring *hotRing[T]) append(value *T) {
	ring.slots[ring.next%uint64(len(ring.slots))] = *value
	ring.next++
	ring.published.Store(ring.next)
}

func hotLog[T any](b *testing.B, w way, automatic bool) (*Log, Typed[T], *Writer) {
	log, typed, err := NewTyped[T](Options{RetainedCapacity: 1024, SegmentCapacity: 512, Prefault: true,
		AutoNotify: automatic})
	must(b, err)
	writer := w.writer(got(log.Writer())(b))
	b.Cleanup(func() { writer.Close(); log.Close() })
	return log, typed, writer
}

// appends is a burst of appends of values.
func appends[T any](b *testing.B, w way, automatic bool) func() {
	_, typed, writer := hotLog[T](b, w, automatic)
	var value T
	return func() {
		for range hotBurst {
			if typed.Append(writer, value) != nil {
				b.Error("not appended")
			}
		}
	}
}

// appendsFrom is a burst of Typed.AppendFrom.
func appendsFrom[T any](b *testing.B, w way) func() {
	_, typed, writer := hotLog[T](b, w, false)
	var value T
	return func() {
		for range hotBurst {
			if typed.AppendFrom(writer, &value) != nil {
				b.Error("not appended")
			}
		}
	}
}

// appendsBytes is a burst of Writer.Append.
func appendsBytes[T any](b *testing.B, w way) func() {
	_, _, writer := hotLog[T](b, w, false)
	record := make([]byte, writer.recordSize)
	return func() {
		for range hotBurst {
			if writer.Append(record) != nil {
				b.Error("not appended")
			}
		}
	}
}

func contestOfAppends[T any](b *testing.B) {
	var value T
	ring := &hotRing[T]{}
	channel := make(chan T, hotHeld)
	b.Run(fmt.Sprintf("append/%d", len(any(value).(interface{ bytes() []byte }).bytes())), func(b *testing.B) {
		contest(b, []string{"inline", "from", "bytes", "call", "channel", "receive", "ring"},
			appends[T](b, inline, false), appendsFrom[T](b, inline), appendsBytes[T](b, inline), appends[T](b, byCall, false),
			func() {
				for range hotBurst {
					channel <- value
				}
			}, func() {
				for range hotBurst {
					<-channel
				}
			}, func() {
				for range hotBurst {
					ring.append(&value)
				}
			})
	})
}

type (
	hot8   [8 / 8]uint64
	hot64  [64 / 8]uint64
	hot256 [256 / 8]uint64
)

func (hot8) bytes() []byte   { return make([]byte, 8) }
func (hot64) bytes() []byte  { return make([]byte, 64) }
func (hot256) bytes() []byte { return make([]byte, 256) }

func BenchmarkHot(b *testing.B) {
	contestOfAppends[hot8](b)
	contestOfAppends[hot64](b)
	contestOfAppends[hot256](b)
	both := []string{"inline", "call"}
	b.Run("append-and-notify/8", func(b *testing.B) {
		contest(b, both, appends[hot8](b, inline, true), appends[hot8](b, byCall, true))
	})
	b.Run("append-and-notify/64", func(b *testing.B) {
		contest(b, both, appends[hot64](b, inline, true), appends[hot64](b, byCall, true))
	})
	// A burst of something, with a view on a log that has some records.
	inBoth := func(name string, make func(b *testing.B, w way) func()) {
		b.Run(name, func(b *testing.B) { contest(b, both, make(b, inline), make(b, byCall)) })
	}
	inBoth("notify", func(b *testing.B, w way) func() {
		_, _, writer := hotLog[hot8](b, w, false)
		return func() {
			for range hotBurst {
				writer.Notify()
			}
		}
	})
	inBoth("refresh/nothing", func(b *testing.B, w way) func() {
		log, typed, writer := hotLog[hot8](b, w, false)
		must(b, typed.Append(writer, hot8{}))
		snapshot := w.snapshot(got(log.Snapshot())(b))
		b.Cleanup(func() { snapshot.Close() })
		return func() {
			for range hotBurst {
				if delta, _ := snapshot.Refresh(); delta.Appended != 0 {
					b.Error("something came")
				}
			}
		}
	})
	inBoth("refresh/nothing/cursor", func(b *testing.B, w way) func() {
		log, typed, writer := hotLog[hot8](b, w, false)
		must(b, typed.Append(writer, hot8{}))
		cursor := w.cursor(got(log.Cursor(Next))(b))
		b.Cleanup(func() { cursor.Close() })
		return func() {
			for range hotBurst {
				if delta, _ := cursor.Refresh(); delta.Appended != 0 {
					b.Error("something came")
				}
			}
		}
	})
	inBoth("append-refresh-read", func(b *testing.B, w way) func() {
		log, typed, writer := hotLog[hot8](b, w, false)
		snapshot := w.snapshot(got(log.Snapshot())(b))
		b.Cleanup(func() { snapshot.Close() })
		return func() {
			for range hotBurst {
				typed.Append(writer, hot8{1})
				delta, _ := snapshot.Refresh()
				value, err := typed.Record(snapshot, delta.First)
				if err != nil || value[0] != 1 {
					b.Error(value, err)
				}
			}
		}
	})
	inBoth("append-refresh-read/cursor", func(b *testing.B, w way) func() {
		log, typed, writer := hotLog[hot8](b, w, false)
		cursor := w.cursor(got(log.Cursor(Next))(b))
		b.Cleanup(func() { cursor.Close() })
		return func() {
			for range hotBurst {
				typed.Append(writer, hot8{1})
				cursor.Refresh()
				for chunk := range cursor.Chunks() {
					benchSum += typed.Slice(chunk)[0][0]
				}
			}
		}
	})
}
