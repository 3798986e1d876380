package atomiclog

import "runtime"

// Segment is a pin: it keeps the chunk that it was made of readable, whatever else is gone. Made by [Chunk.Pin]. Any number
// of goroutines may read it at once.
type Segment struct {
	view
	handle  cSegment
	raw     rawChunk
	cleanup runtime.Cleanup
}

func newSegment(handle cSegment, chunk *Chunk) *Segment {
	segment := &Segment{handle: handle, raw: chunk.raw}
	segment.recordSize = chunk.view.recordSize
	segment.pinner = segment
	segment.cleanup = runtime.AddCleanup(segment, releaseSegment, handle)
	return segment
}

// Chunk is what was pinned, valid until Close.
func (segment *Segment) Chunk() Chunk {
	if segment.handle == nil {
		panic("atomiclog: a segment was used after it was closed")
	}
	return segment.chunk(&segment.raw)
}

// Retain makes another pin of the same chunk, to be closed on its own.
func (segment *Segment) Retain() (*Segment, error) {
	if segment.handle == nil {
		return nil, ErrClosed
	}
	chunk := segment.Chunk()
	return segment.pin(&chunk)
}

func (segment *Segment) pin(chunk *Chunk) (*Segment, error) {
	retainSegment(segment.handle)
	other := newSegment(segment.handle, chunk)
	runtime.KeepAlive(segment)
	return other, nil
}

// Close gives the pin back, and ends its chunk. A second Close does nothing.
func (segment *Segment) Close() error {
	if segment.handle == nil {
		return nil
	}
	segment.cleanup.Stop()
	segment.generation++
	releaseSegment(segment.handle)
	segment.handle = nil
	runtime.KeepAlive(segment)
	return nil
}
