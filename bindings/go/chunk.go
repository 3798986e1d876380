//go:build cgo

package atomiclog

import (
	"iter"
	"unsafe"
)

// Span tells where a record of a byte log lies in its chunk.
type Span struct {
	// Offset is the number of bytes from the begin of Chunk.Bytes to the record.
	Offset uint32
	// Size is the record's size in bytes.
	Size uint32
}

// rawChunk is C's alog_chunk. Its pointers point outside of Go's memory.
type rawChunk struct {
	data    unsafe.Pointer
	count   uintptr
	stride  uintptr
	spans   unsafe.Pointer
	first   uint64
	segment uint64
}

// chunkRoom makes room for chunks from words. Their pointers point outside of Go's memory. So neither the collector nor
// cgo's check of pointers, which would cost more than the call, need to look through it.
func chunkRoom(count int) []rawChunk {
	words := make([]uint64, count*int(unsafe.Sizeof(rawChunk{})/unsafe.Sizeof(uint64(0))))
	return unsafe.Slice((*rawChunk)(unsafe.Pointer(unsafe.SliceData(words))), count)
}

func (raw *rawChunk) end() uint64 {
	return raw.first + uint64(raw.count)
}

// skip removes the first records. At least one must remain.
func (raw *rawChunk) skip(records uintptr) {
	if raw.spans != nil {
		raw.spans = unsafe.Add(raw.spans, records*unsafe.Sizeof(Span{}))
	} else {
		raw.data = unsafe.Add(raw.data, records*raw.stride)
	}
	raw.count -= records
	raw.first += uint64(records)
}

func (raw *rawChunk) record(index, recordSize int) []byte {
	if raw.spans != nil {
		span := unsafe.Slice((*Span)(raw.spans), raw.count)[index]
		return unsafe.Slice((*byte)(unsafe.Add(raw.data, span.Offset)), span.Size)
	}
	return unsafe.Slice((*byte)(unsafe.Add(raw.data, uintptr(index)*raw.stride)), recordSize)
}

// view is what Snapshot, Cursor and Segment have in common: they show chunks.
type view struct {
	guard
	// generation increases when the chunks that were shown so far are no longer covered.
	generation uint64
	recordSize int // 0: a byte log
	owner      interface {
		// pin is called while the view is in use.
		pin(chunk *Chunk) (*Segment, error)
		// free gives back what C holds.
		free()
	}
}

// leave ends a use of the view, and keeps the view reachable until then.
func (v *view) leave() {
	if v.exit() {
		v.owner.free()
	}
}

// shut closes the view. It frees the view if nothing uses it. Otherwise the last user frees it.
func (v *view) shut() {
	if v.guard.close() {
		v.owner.free()
	}
}

func (v *view) chunk(raw *rawChunk) Chunk {
	return Chunk{raw: *raw, view: v, generation: v.generation}
}

// Chunk holds records of one segment, in order. It is never empty. It is plain data that shows memory of the log. The
// package's comment tells how long you may use it. A Chunk that is used too late panics.
type Chunk struct {
	raw rawChunk
	// Also keeps the handle that covers the chunk reachable.
	view       *view
	generation uint64
}

const twoInOneView = "atomiclog: two goroutines refresh one view at the same time"

const usedTooLate = "atomiclog: a chunk was used after its view was refreshed or closed"

func (chunk *Chunk) check() {
	if chunk.view == nil || chunk.generation != chunk.view.generation {
		panic(usedTooLate)
	}
}

// Len returns how many records the chunk has.
func (chunk Chunk) Len() int {
	return int(chunk.raw.count)
}

// First returns the sequence of the first record.
func (chunk Chunk) First() uint64 {
	return chunk.raw.first
}

// End returns one more than the sequence of the last record.
func (chunk Chunk) End() uint64 {
	return chunk.raw.end()
}

// Segment returns the segment's number: 0, 1, 2, ... in order of creation.
func (chunk Chunk) Segment() uint64 {
	return chunk.raw.segment
}

// Stride returns the number of bytes from one record of a fixed log to the next: RecordSize, rounded up to RecordAlign.
// Bytes: 0.
func (chunk Chunk) Stride() int {
	return int(chunk.raw.stride)
}

// Bytes returns the chunk's memory. Fixed: Len records, Stride bytes apart. Bytes: the memory that the offsets of Spans
// count from, up to the end of the last record. The bytes between records mean nothing.
func (chunk Chunk) Bytes() []byte {
	chunk.check()
	if chunk.raw.spans != nil {
		last := chunk.Spans()[chunk.raw.count-1]
		return unsafe.Slice((*byte)(chunk.raw.data), int(last.Offset)+int(last.Size))
	}
	return unsafe.Slice((*byte)(chunk.raw.data), chunk.raw.count*chunk.raw.stride)
}

// Spans returns where the records of a byte log lie in Bytes. Fixed: nil.
func (chunk Chunk) Spans() []Span {
	chunk.check()
	if chunk.raw.spans == nil {
		return nil
	}
	return unsafe.Slice((*Span)(chunk.raw.spans), chunk.raw.count)
}

// At returns one record. The index is from 0 to Len - 1. Another index panics.
func (chunk Chunk) At(index int) []byte {
	chunk.check()
	if uint(index) >= uint(chunk.raw.count) {
		panic("atomiclog: index out of a chunk's range")
	}
	return chunk.raw.record(index, chunk.view.recordSize)
}

// Records goes through the records and their sequences. The handle that covers the chunk may be closed meanwhile.
func (chunk Chunk) Records() iter.Seq2[uint64, []byte] {
	return func(yield func(uint64, []byte) bool) {
		chunk.check()
		if !chunk.view.hold() {
			panic(usedTooLate)
		}
		for index := range chunk.Len() {
			// Each time: the body may have refreshed the view.
			chunk.check()
			if !yield(chunk.raw.first+uint64(index), chunk.raw.record(index, chunk.view.recordSize)) {
				break
			}
		}
		// Not deferred: see Snapshot.chunksIn.
		chunk.view.leave()
	}
}

// Pin keeps the chunk readable until the Segment's Close, even after its view, the log and the writer are closed.
// ErrState: the view was refreshed or closed.
func (chunk Chunk) Pin() (*Segment, error) {
	if chunk.view == nil || chunk.generation != chunk.view.generation || !chunk.view.hold() {
		return nil, ErrState
	}
	defer chunk.view.leave()
	return chunk.view.owner.pin(&chunk)
}
