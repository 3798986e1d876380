//go:build cgo

package atomiclog

import "runtime"

// Segment is a pin: it keeps one chunk readable, even after all other handles are gone. [Chunk.Pin] makes it. Any
// number of goroutines may read it at once.
type Segment struct {
	view
	handle  cSegment
	raw     rawChunk
	cleanup runtime.Cleanup
}

func newSegment(handle cSegment, chunk *Chunk) *Segment {
	segment := &Segment{handle: handle, raw: chunk.raw}
	segment.recordSize = chunk.view.recordSize
	segment.owner = segment
	segment.cleanup = runtime.AddCleanup(segment, releaseSegment, handle)
	segment.open()
	return segment
}

// Chunk returns the pinned chunk, which is valid until Close. After Close it panics.
func (segment *Segment) Chunk() Chunk {
	if !segment.isOpen() {
		panic("atomiclog: a segment was used after it was closed")
	}
	return segment.chunk(&segment.raw)
}

// Retain makes another pin on the same chunk. Close each pin.
func (segment *Segment) Retain() (*Segment, error) {
	if !segment.enter() {
		return nil, ErrClosed
	}
	defer segment.leave()
	chunk := segment.chunk(&segment.raw)
	return segment.pin(&chunk)
}

func (segment *Segment) pin(chunk *Chunk) (*Segment, error) {
	retainSegment(segment.handle)
	return newSegment(segment.handle, chunk), nil
}

// Close gives the pin back, and ends its chunk. Any goroutine may call it at any time. A loop over the chunk's records
// may continue, and keeps them until it ends. A second Close does nothing.
func (segment *Segment) Close() error {
	segment.shut()
	return nil
}

func (segment *Segment) free() {
	segment.cleanup.Stop()
	segment.generation++
	releaseSegment(segment.handle)
	runtime.KeepAlive(segment)
}
