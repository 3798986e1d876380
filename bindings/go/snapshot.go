package atomiclog

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
)

// ViewStats are what one view holds.
type ViewStats struct {
	// Segments in view.
	Segments uint64
	// SegmentsHeld: those of them that the log no longer retains.
	SegmentsHeld uint64
	// BytesHeld: the bytes of these, headers included.
	BytesHeld uint64
	// Age: how many segments the view is behind the newest.
	Age uint64
}

// Snapshot is a stable view of the records that were retained when it was taken or last refreshed. Any number of goroutines
// may read it at once; Refresh and Close want it alone. A closed snapshot shows nothing.
type Snapshot struct {
	view
	handle  cSnapshot
	log     cLog // a count of its own, for interrupts
	state   snapshotState
	cleanup runtime.Cleanup

	filling sync.Mutex
	// The chunks in view, once somebody asked; nil before that. Points to buffer.
	chunks atomic.Pointer[[]rawChunk]
	buffer []rawChunk
}

type snapshotHandles struct {
	snapshot cSnapshot
	log      cLog
}

func (handles snapshotHandles) release() {
	destroySnapshot(handles.snapshot, handles.log)
}

// Snapshot takes a snapshot. Its cost does not depend on how much the log holds.
func (log *Log) Snapshot() (*Snapshot, error) {
	if log.handle == nil {
		return nil, ErrClosed
	}
	handle, state, status := createSnapshot(log.handle)
	if status != statusOK {
		return nil, fmt.Errorf("taking a snapshot: %w", status)
	}
	snapshot := ownSnapshot(handle, log.handle, state, log.recordSize)
	runtime.KeepAlive(log)
	return snapshot, nil
}

func ownSnapshot(handle cSnapshot, log cLog, state snapshotState, recordSize int) *Snapshot {
	snapshot := &Snapshot{handle: handle, log: log, state: state}
	snapshot.recordSize = recordSize
	snapshot.pinner = snapshot
	snapshot.cleanup = runtime.AddCleanup(snapshot, snapshotHandles.release, snapshotHandles{handle, log})
	return snapshot
}

// Clone makes another snapshot that shows the same.
func (snapshot *Snapshot) Clone() (*Snapshot, error) {
	if snapshot.handle == nil {
		return nil, ErrClosed
	}
	handle, status := cloneSnapshot(snapshot.handle)
	if status != statusOK {
		return nil, fmt.Errorf("cloning a snapshot: %w", status)
	}
	clone := ownSnapshot(handle, retainLog(snapshot.log), snapshot.state, snapshot.recordSize)
	runtime.KeepAlive(snapshot)
	return clone, nil
}

// Close ends the snapshot, and with it the chunks and slices that nothing else covers. A second Close does nothing.
func (snapshot *Snapshot) Close() error {
	if snapshot.handle == nil {
		return nil
	}
	snapshot.cleanup.Stop()
	snapshot.forget()
	snapshot.state = snapshotState{}
	snapshotHandles{snapshot.handle, snapshot.log}.release()
	snapshot.handle, snapshot.log = nil, nil
	runtime.KeepAlive(snapshot)
	return nil
}

// Refresh shows the newest: afterwards the snapshot holds exactly what a fresh one would. If nothing was published since,
// the chunks stay valid.
func (snapshot *Snapshot) Refresh() (Delta, error) {
	if snapshot.handle == nil {
		return Delta{}, ErrClosed
	}
	delta, status := refreshSnapshot(snapshot.handle, &snapshot.state)
	if status == statusOK {
		snapshot.forget()
	}
	runtime.KeepAlive(snapshot)
	return delta, status.err()
}

// forget ends the chunks that were handed out.
func (snapshot *Snapshot) forget() {
	snapshot.generation++
	snapshot.chunks.Store(nil)
}

// Wait sleeps until something newer than the view is published, and returns nil; or until the context is done, and returns
// its error. The view stays as it is: Refresh it afterwards.
//
// Publishing alone wakes nobody: the writer calls Notify, or the log has AutoNotify. Each goroutine that waits occupies a
// thread.
func (snapshot *Snapshot) Wait(ctx context.Context) error {
	if snapshot.handle == nil {
		return ErrClosed
	}
	err := wait(ctx, snapshot.log, func(timeout uint64) Status { return waitSnapshot(snapshot.handle, timeout) })
	runtime.KeepAlive(snapshot)
	return err
}

// Range is the sequences of the records in view.
func (snapshot *Snapshot) Range() Range {
	return snapshot.state.view
}

// Latest is the sequences of the newest publication: of one append, batch or group. It is always whole in the view.
func (snapshot *Snapshot) Latest() Range {
	return snapshot.state.latest
}

// Len is how many records are in view.
func (snapshot *Snapshot) Len() int {
	return int(snapshot.state.view.Len())
}

// ChunkCount is how many chunks the view has: one for each segment that holds records.
func (snapshot *Snapshot) ChunkCount() int {
	return snapshot.state.chunks
}

// fill has all chunks of the view, in one call to C for each view.
func (snapshot *Snapshot) fill() []rawChunk {
	if chunks := snapshot.chunks.Load(); chunks != nil {
		return *chunks
	}
	snapshot.filling.Lock()
	defer snapshot.filling.Unlock()
	if chunks := snapshot.chunks.Load(); chunks != nil {
		return *chunks
	}
	count := snapshot.state.chunks
	if count > cap(snapshot.buffer) {
		snapshot.buffer = chunkRoom(count)
	}
	snapshot.buffer = snapshot.buffer[:count]
	if count > 0 {
		written, status := snapshotChunks(snapshot.handle, snapshot.buffer)
		if status != statusOK || written != count {
			panic(fmt.Sprintf("atomiclog: %d of %d chunks: %v", written, count, status))
		}
	}
	snapshot.chunks.Store(&snapshot.buffer)
	runtime.KeepAlive(snapshot)
	return snapshot.buffer
}

// find is the index of the chunk that holds a sequence in view.
func find(chunks []rawChunk, sequence uint64) int {
	return sort.Search(len(chunks), func(index int) bool { return chunks[index].end() > sequence })
}

// Chunk is the records of one segment: 0 for the oldest, up to ChunkCount - 1. ErrOutOfRange: another index.
func (snapshot *Snapshot) Chunk(index int) (Chunk, error) {
	if uint(index) >= uint(snapshot.state.chunks) {
		return Chunk{}, ErrOutOfRange
	}
	return snapshot.chunk(&snapshot.fill()[index]), nil
}

// Chunks goes through the view by chunks, oldest first.
func (snapshot *Snapshot) Chunks() iter.Seq[Chunk] {
	return snapshot.ChunksFrom(0)
}

// ChunksFrom goes through what is in view from a sequence on, such as Delta.First; the first chunk may be a part of one.
func (snapshot *Snapshot) ChunksFrom(sequence uint64) iter.Seq[Chunk] {
	return func(yield func(Chunk) bool) {
		chunks := snapshot.fill()
		generation := snapshot.generation
		for index := find(chunks, sequence); index < len(chunks); index++ {
			if snapshot.generation != generation {
				panic("atomiclog: a snapshot was refreshed or closed within a loop over it")
			}
			raw := chunks[index]
			if raw.first < sequence {
				raw.skip(uintptr(sequence - raw.first))
			}
			if !yield(snapshot.chunk(&raw)) {
				break
			}
		}
		runtime.KeepAlive(snapshot)
	}
}

// Records goes through the records in view and their sequences, oldest first.
func (snapshot *Snapshot) Records() iter.Seq2[uint64, []byte] {
	return snapshot.RecordsFrom(0)
}

// RecordsFrom goes through the records in view from a sequence on, such as Delta.First.
func (snapshot *Snapshot) RecordsFrom(sequence uint64) iter.Seq2[uint64, []byte] {
	return func(yield func(uint64, []byte) bool) {
		for chunk := range snapshot.ChunksFrom(sequence) {
			for at, record := range chunk.Records() {
				if !yield(at, record) {
					return
				}
			}
		}
	}
}

// Record is one record, by its sequence. ErrOutOfRange: it is not in view.
func (snapshot *Snapshot) Record(sequence uint64) ([]byte, error) {
	if sequence < snapshot.state.view.Begin || sequence >= snapshot.state.view.End {
		return nil, ErrOutOfRange
	}
	chunks := snapshot.fill()
	raw := &chunks[find(chunks, sequence)]
	return raw.record(int(sequence-raw.first), snapshot.recordSize), nil
}

func (snapshot *Snapshot) pin(chunk *Chunk) (*Segment, error) {
	handle, status := pinOfSnapshot(snapshot.handle, find(snapshot.fill(), chunk.raw.first))
	runtime.KeepAlive(snapshot)
	if status != statusOK {
		return nil, status
	}
	return newSegment(handle, chunk), nil
}

// Cursor makes a cursor over what the snapshot shows, starting at its first record.
func (snapshot *Snapshot) Cursor() (*Cursor, error) {
	if snapshot.handle == nil {
		return nil, ErrClosed
	}
	handle, status := cursorOfSnapshot(snapshot.handle)
	if status != statusOK {
		return nil, fmt.Errorf("making a cursor: %w", status)
	}
	cursor := ownCursor(handle, retainLog(snapshot.log), snapshot.recordSize)
	runtime.KeepAlive(snapshot)
	return cursor, nil
}

// Stats are what the view holds.
func (snapshot *Snapshot) Stats() (ViewStats, error) {
	if snapshot.handle == nil {
		return ViewStats{}, ErrClosed
	}
	stats, status := snapshotStats(snapshot.handle)
	runtime.KeepAlive(snapshot)
	return stats, status.err()
}
