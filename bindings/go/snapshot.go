//go:build cgo

package atomiclog

import (
	"context"
	"fmt"
	"iter"
	"math"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
)

// ViewStats tells what one view holds.
type ViewStats struct {
	// Segments in view.
	Segments uint64
	// SegmentsHeld: segments in view that the log no longer retains.
	SegmentsHeld uint64
	// BytesHeld: the bytes of these segments, headers included.
	BytesHeld uint64
	// Age: how many segments the view is behind the newest.
	Age uint64
}

// Snapshot is a stable view of the records that were retained when it was taken, or when it was last refreshed. Any
// number of goroutines may read it and wait on it at once, but not during a Refresh. A closed snapshot shows nothing.
type Snapshot struct {
	view
	snapshotHandle
	sleeper *sleeper
	state   snapshotState
	cleanup runtime.Cleanup

	filling sync.Mutex
	// The chunks in view, as soon as a call needed them. Nil before that. Points to buffer.
	chunks atomic.Pointer[[]rawChunk]
	buffer []rawChunk
}

type snapshotHandle struct {
	handle cSnapshot
	glance *cGlance // what a refresh without a call uses; nil: all refreshes are calls
}

type snapshotHandles struct {
	snapshot cSnapshot
	sleeper  *sleeper
}

func (handles snapshotHandles) release() {
	destroySnapshot(handles.snapshot)
	handles.sleeper.release()
}

// Snapshot takes a snapshot. The cost is constant, however much the log holds.
func (log *Log) Snapshot() (*Snapshot, error) {
	if !log.enter() {
		return nil, ErrClosed
	}
	defer log.leave()
	handle, state, status := createSnapshot(log.handle)
	if status != statusOK {
		return nil, fmt.Errorf("taking a snapshot: %w", status)
	}
	return ownSnapshot(handle, log.retain(), state, log.recordSize), nil
}

func ownSnapshot(handle snapshotHandle, s *sleeper, state snapshotState, recordSize int) *Snapshot {
	if !inlines {
		handle.glance = nil
	}
	snapshot := &Snapshot{snapshotHandle: handle, sleeper: s, state: state}
	snapshot.recordSize = recordSize
	snapshot.owner = snapshot
	snapshot.cleanup = runtime.AddCleanup(snapshot, snapshotHandles.release, snapshotHandles{handle.handle, s})
	snapshot.open()
	return snapshot
}

// Clone makes another snapshot that shows the same.
func (snapshot *Snapshot) Clone() (*Snapshot, error) {
	if !snapshot.enter() {
		return nil, ErrClosed
	}
	defer snapshot.leave()
	handle, status := cloneSnapshot(snapshot.handle)
	if status != statusOK {
		return nil, fmt.Errorf("cloning a snapshot: %w", status)
	}
	return ownSnapshot(handle, snapshot.sleeper.retain(), snapshot.state, snapshot.recordSize), nil
}

// Close ends the snapshot, and with it the chunks and slices that nothing else covers. Any goroutine may call it at any
// time. Then a Wait ends with ErrClosed. A loop over the snapshot may continue, and keeps the snapshot until the loop
// ends. A second Close does nothing.
func (snapshot *Snapshot) Close() error {
	snapshot.shut()
	return nil
}

func (snapshot *Snapshot) free() {
	snapshot.cleanup.Stop()
	snapshot.forget()
	snapshotHandles{snapshot.handle, snapshot.sleeper}.release()
	runtime.KeepAlive(snapshot)
}

// Refresh captures the newest view. Afterwards the snapshot shows exactly what a new snapshot would. If nothing was
// published since the last capture, the chunks stay valid. Refresh must not overlap with another use. Loops and waits
// that notice an overlap panic.
func (snapshot *Snapshot) Refresh() (Delta, error) {
	return snapshot.refresh()
}

func (snapshot *Snapshot) refreshByCall() (Delta, error) {
	if !snapshot.enter() {
		return Delta{}, ErrClosed
	}
	defer snapshot.leave()
	delta, status := refreshSnapshot(snapshot.handle, &snapshot.state)
	if status == statusOK {
		snapshot.forget()
	}
	return delta, status.err()
}

// forget ends the chunks that were handed out.
func (snapshot *Snapshot) forget() {
	snapshot.generation++
	snapshot.chunks.Store(nil)
}

// Wait waits until something newer than the view is published, and returns nil. It does not change the view: call
// Refresh afterwards.
//
// It returns the context's error when the context is done, ErrClosed when the snapshot is closed, and ErrFinished when
// the log is finished and the view shows the last record.
//
// Publishing alone wakes no goroutine: the writer must call Notify, or the log must have AutoNotify. All goroutines
// that wait on a log occupy one thread together, however many they are. To wait for something else, too, use
// [Log.Changed].
func (snapshot *Snapshot) Wait(ctx context.Context) error {
	if !snapshot.enter() {
		return ErrClosed
	}
	defer snapshot.leave()
	generation := snapshot.generation
	return snapshot.sleeper.wait(ctx, &snapshot.guard, func() Status {
		if snapshot.generation != generation {
			panic("atomiclog: a snapshot was refreshed within a wait on it")
		}
		return lookAtSnapshot(snapshot.handle)
	})
}

// shown returns what the snapshot shows. After Close it shows nothing.
func (snapshot *Snapshot) shown() snapshotState {
	// Read first, so that the race detector sees a Refresh at the same time.
	state := snapshot.state
	if !snapshot.isOpen() {
		return snapshotState{}
	}
	return state
}

// Range returns the sequences of the records in view.
func (snapshot *Snapshot) Range() Range {
	return snapshot.shown().view
}

// Latest returns the sequences of the newest publication: one append, batch or group. They are always all in view.
func (snapshot *Snapshot) Latest() Range {
	return snapshot.shown().latest
}

// Len returns how many records are in view.
func (snapshot *Snapshot) Len() int {
	return int(snapshot.shown().view.Len())
}

// ChunkCount returns how many chunks the view has: one for each segment that holds records.
func (snapshot *Snapshot) ChunkCount() int {
	return snapshot.shown().chunks
}

// fill returns all chunks of the view. It calls C once for each view. Called while the snapshot is in use.
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
	return snapshot.buffer
}

// find returns the index of the chunk that holds a sequence in view.
func find(chunks []rawChunk, sequence uint64) int {
	// Readers that follow the log are in the newest chunk.
	if last := len(chunks) - 1; last >= 0 && sequence >= chunks[last].first && sequence < chunks[last].end() {
		return last
	}
	return sort.Search(len(chunks), func(index int) bool { return chunks[index].end() > sequence })
}

// Chunk returns one chunk: the records of one segment. The index is 0 for the oldest, up to ChunkCount - 1.
// ErrOutOfRange: another index.
func (snapshot *Snapshot) Chunk(index int) (Chunk, error) {
	if !snapshot.enter() {
		return Chunk{}, ErrClosed
	}
	defer snapshot.leave()
	if uint(index) >= uint(snapshot.state.chunks) {
		return Chunk{}, ErrOutOfRange
	}
	return snapshot.chunk(&snapshot.fill()[index]), nil
}

// Chunks goes through the view chunk by chunk, oldest first.
func (snapshot *Snapshot) Chunks() iter.Seq[Chunk] {
	return snapshot.ChunksFrom(0)
}

// ChunksFrom goes chunk by chunk through what is in view from a sequence on, such as Delta.First. The first chunk may
// be a part of one.
func (snapshot *Snapshot) ChunksFrom(sequence uint64) iter.Seq[Chunk] {
	return snapshot.chunksIn(Range{sequence, math.MaxUint64}, anyGeneration)
}

// ChunksIn goes chunk by chunk through a range of records, such as that of Latest. The first and the last chunk may be
// parts of one. An empty range has no chunks. ErrOutOfRange: a part of the range is not in view. The loop belongs to
// this view: after a Refresh that brought something it panics.
func (snapshot *Snapshot) ChunksIn(records Range) (iter.Seq[Chunk], error) {
	if !snapshot.enter() {
		return nil, ErrClosed
	}
	defer snapshot.leave()
	held := snapshot.state.view
	if records.Begin != records.End &&
		(records.Begin > records.End || records.Begin < held.Begin || records.End > held.End) {
		return nil, ErrOutOfRange
	}
	return snapshot.chunksIn(records, snapshot.generation), nil
}

// anyGeneration stands for the view that the snapshot shows when the loop begins.
const anyGeneration = math.MaxUint64

// chunksIn goes through the part of a range that is in view. The compiler can inline the loop's body into the function
// that it returns, which saves a call for each chunk. This is why it defers nothing. After a panic in the body, the
// collector frees the snapshot.
func (snapshot *Snapshot) chunksIn(records Range, shown uint64) iter.Seq[Chunk] {
	return func(yield func(Chunk) bool) {
		if records.Begin >= records.End || !snapshot.enter() {
			return
		}
		chunks := snapshot.fill()
		generation := shown
		if generation == anyGeneration {
			generation = snapshot.generation
		}
		for index := find(chunks, records.Begin); index < len(chunks) && chunks[index].first < records.End; index++ {
			if snapshot.generation != generation {
				snapshot.leave()
				panic("atomiclog: a snapshot was refreshed within a loop over it")
			}
			raw := chunks[index]
			if raw.end() > records.End {
				raw.count = uintptr(records.End - raw.first)
			}
			if raw.first < records.Begin {
				raw.skip(uintptr(records.Begin - raw.first))
			}
			if !yield(snapshot.chunk(&raw)) {
				break
			}
		}
		snapshot.leave()
	}
}

// Records goes through the records in view and their sequences, oldest first.
func (snapshot *Snapshot) Records() iter.Seq2[uint64, []byte] {
	return snapshot.RecordsFrom(0)
}

// RecordsFrom goes through the records in view from a sequence on, such as Delta.First.
func (snapshot *Snapshot) RecordsFrom(sequence uint64) iter.Seq2[uint64, []byte] {
	return recordsOf(snapshot.ChunksFrom(sequence))
}

// RecordsIn goes through a range of records, such as that of Latest, and their sequences. See ChunksIn. ErrOutOfRange:
// a part of the range is not in view.
func (snapshot *Snapshot) RecordsIn(records Range) (iter.Seq2[uint64, []byte], error) {
	chunks, err := snapshot.ChunksIn(records)
	if err != nil {
		return nil, err
	}
	return recordsOf(chunks), nil
}

func recordsOf(chunks iter.Seq[Chunk]) iter.Seq2[uint64, []byte] {
	return func(yield func(uint64, []byte) bool) {
		for chunk := range chunks {
			for at, record := range chunk.Records() {
				if !yield(at, record) {
					return
				}
			}
		}
	}
}

// Record returns one record by its sequence. ErrOutOfRange: it is not in view.
func (snapshot *Snapshot) Record(sequence uint64) ([]byte, error) {
	if !snapshot.enter() {
		return nil, ErrClosed
	}
	defer snapshot.leave()
	return snapshot.record(sequence)
}

// record is called while the snapshot is in use.
func (snapshot *Snapshot) record(sequence uint64) ([]byte, error) {
	if sequence < snapshot.state.view.Begin || sequence >= snapshot.state.view.End {
		return nil, ErrOutOfRange
	}
	chunks := snapshot.fill()
	raw := &chunks[find(chunks, sequence)]
	return raw.record(int(sequence-raw.first), snapshot.recordSize), nil
}

// Find returns where a record lies: the index of its chunk, and its place in the chunk for [Chunk.At], where 0 is the
// first. ErrOutOfRange: it is not in view.
func (snapshot *Snapshot) Find(sequence uint64) (chunk, record int, err error) {
	if !snapshot.enter() {
		return 0, 0, ErrClosed
	}
	defer snapshot.leave()
	if sequence < snapshot.state.view.Begin || sequence >= snapshot.state.view.End {
		return 0, 0, ErrOutOfRange
	}
	chunks := snapshot.fill()
	chunk = find(chunks, sequence)
	return chunk, int(sequence - chunks[chunk].first), nil
}

func (snapshot *Snapshot) pin(chunk *Chunk) (*Segment, error) {
	handle, status := pinOfSnapshot(snapshot.handle, find(snapshot.fill(), chunk.raw.first))
	if status != statusOK {
		return nil, status
	}
	return newSegment(handle, chunk), nil
}

// Cursor makes a cursor over what the snapshot shows. It begins at the first record.
func (snapshot *Snapshot) Cursor() (*Cursor, error) {
	if !snapshot.enter() {
		return nil, ErrClosed
	}
	defer snapshot.leave()
	handle, status := cursorOfSnapshot(snapshot.handle)
	if status != statusOK {
		return nil, fmt.Errorf("making a cursor: %w", status)
	}
	return ownCursor(handle, snapshot.sleeper.retain(), snapshot.recordSize), nil
}

// Stats returns what the view holds.
func (snapshot *Snapshot) Stats() (ViewStats, error) {
	if !snapshot.enter() {
		return ViewStats{}, ErrClosed
	}
	defer snapshot.leave()
	stats, status := snapshotStats(snapshot.handle)
	return stats, status.err()
}
