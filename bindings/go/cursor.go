//go:build cgo

package atomiclog

import (
	"context"
	"fmt"
	"iter"
	"runtime"
)

// Start is where a cursor begins.
type Start uint32

const (
	// Oldest: at the oldest retained record.
	Oldest Start = 0
	// Next: after the newest record. The cursor reads what is published from now on.
	Next Start = 1
)

// chunksPerCall is how many chunks a cursor fetches at once.
const chunksPerCall = 64

// Cursor is a reader that follows the log: a view of its own, and the sequence of the next unread record. It belongs to
// one goroutine at a time. Any goroutine may close it.
type Cursor struct {
	view
	handle   cCursor
	follower *cFollower // what a refresh without a call uses; nil: all refreshes are calls
	sleeper  *sleeper
	cleanup  runtime.Cleanup

	// Chunks that C returned and that are unread.
	unread []rawChunk
	// C writes chunks to this. It is memory of its own, because C must not see memory that points to Go's memory.
	buffer []rawChunk
	// The sequence behind the chunks above. It is C's position, unless the newest of them grew without a call. Then
	// nothing more is fetched before C is told.
	fetched uint64
	// The last chunk that C returned, as it was then: it tells where more of its segment is.
	last rawChunk
	// C has no more chunks of the captured view.
	exhausted bool
	lost      uint64
}

type cursorHandles struct {
	cursor  cCursor
	sleeper *sleeper
}

func (handles cursorHandles) release() {
	destroyCursor(handles.cursor)
	handles.sleeper.release()
}

// Cursor opens a cursor on the log.
func (log *Log) Cursor(start Start) (*Cursor, error) {
	if !log.enter() {
		return nil, ErrClosed
	}
	defer log.leave()
	handle, status := openCursor(log.handle, start)
	if status != statusOK {
		return nil, fmt.Errorf("opening a cursor: %w", status)
	}
	return ownCursor(handle, log.retain(), log.recordSize), nil
}

func ownCursor(handle cCursor, s *sleeper, recordSize int) *Cursor {
	cursor := &Cursor{handle: handle, sleeper: s, buffer: chunkRoom(chunksPerCall), fetched: cursorPosition(handle)}
	if inlines {
		cursor.follower = followerOf(handle)
	}
	cursor.recordSize = recordSize
	cursor.owner = cursor
	cursor.cleanup = runtime.AddCleanup(cursor, cursorHandles.release, cursorHandles{handle, s})
	cursor.open()
	return cursor
}

// Close ends the cursor, and with it the chunks that nothing else covers. Any goroutine may call it at any time. Then
// Wait and Follow end with ErrClosed, and other loops over the cursor end. The chunk that such a loop shows stays valid
// until the end of its turn. A second Close does nothing.
func (cursor *Cursor) Close() error {
	cursor.shut()
	return nil
}

func (cursor *Cursor) free() {
	cursor.cleanup.Stop()
	cursor.generation++
	cursorHandles{cursor.handle, cursor.sleeper}.release()
	runtime.KeepAlive(cursor)
}

// Position returns the sequence of the next unread record. After Close it returns the last position.
func (cursor *Cursor) Position() uint64 {
	if len(cursor.unread) > 0 {
		return cursor.unread[0].first
	}
	return cursor.fetched
}

// Lost returns how many records the cursor's refreshes reported as lost. It is exact, and counts from where the cursor
// began.
func (cursor *Cursor) Lost() uint64 {
	return cursor.lost
}

// Refresh captures the newest view. The cursor continues with what is unread. Unread records that were evicted are
// reported as lost. If nothing was published since the last capture, the chunks stay valid.
func (cursor *Cursor) Refresh() (Delta, error) {
	return cursor.refresh()
}

func (cursor *Cursor) refreshByCall() (Delta, error) {
	if !cursor.enter() {
		return Delta{}, ErrClosed
	}
	defer cursor.leave()
	written, delta, status := refreshCursor(cursor.handle, cursor.Position(), cursor.buffer)
	if err := status.err(); err != nil {
		return Delta{}, err
	}
	if status != statusUnchanged {
		cursor.generation++
	}
	cursor.lost += delta.Lost
	cursor.took(written, delta.First)
	return delta, nil
}

// took records which chunks C wrote to the buffer, from a position on.
func (cursor *Cursor) took(written int, position uint64) {
	cursor.unread = cursor.buffer[:written]
	cursor.exhausted = written < len(cursor.buffer)
	cursor.fetched = position
	if written > 0 {
		cursor.last = cursor.unread[written-1]
		cursor.fetched = cursor.last.end()
	}
}

// peek returns the next unread chunk of the captured view. It returns nil if there is none, and after Close. Called
// while the cursor is in use.
func (cursor *Cursor) peek() *rawChunk {
	if !cursor.isOpen() {
		return nil
	}
	if len(cursor.unread) == 0 && !cursor.exhausted {
		written, status := moreOfCursor(cursor.handle, cursor.buffer)
		if status != statusOK {
			panic(fmt.Sprintf("atomiclog: the next chunks: %v", status))
		}
		cursor.took(written, cursor.fetched)
	}
	if len(cursor.unread) == 0 {
		return nil
	}
	return &cursor.unread[0]
}

// Next returns the next chunk of the captured view: what is unread of one segment. False: all were returned.
func (cursor *Cursor) Next() (Chunk, bool) {
	if !cursor.enter() {
		return Chunk{}, false
	}
	defer cursor.leave()
	return cursor.next()
}

// next is Next, called while the cursor is in use.
func (cursor *Cursor) next() (Chunk, bool) {
	raw := cursor.peek()
	if raw == nil {
		return Chunk{}, false
	}
	cursor.unread = cursor.unread[1:]
	return cursor.chunk(raw), true
}

// Chunks goes through what is unread of the captured view, chunk by chunk. A chunk that was handed out counts as read.
func (cursor *Cursor) Chunks() iter.Seq[Chunk] {
	return func(yield func(Chunk) bool) {
		if !cursor.enter() {
			return
		}
		for {
			chunk, more := cursor.next()
			if !more || !yield(chunk) {
				break
			}
		}
		// Not deferred: see Snapshot.chunksIn.
		cursor.leave()
	}
}

// Records goes through what is unread of the captured view, record by record. A record that was handed out counts as
// read: after a break, the next call continues behind the last record.
func (cursor *Cursor) Records() iter.Seq2[uint64, []byte] {
	return func(yield func(uint64, []byte) bool) {
		if !cursor.enter() {
			return
		}
		for {
			raw := cursor.peek()
			if raw == nil {
				break
			}
			sequence, record := raw.first, raw.record(0, cursor.recordSize)
			if raw.count > 1 {
				raw.skip(1)
			} else {
				cursor.unread = cursor.unread[1:]
			}
			if !yield(sequence, record) {
				break
			}
		}
		// Not deferred: see Snapshot.chunksIn.
		cursor.leave()
	}
}

// Seek moves the cursor to a record of the captured view, or to the view's end. ErrOutOfRange: the sequence is not in
// the captured view, and the cursor stays.
func (cursor *Cursor) Seek(sequence uint64) error {
	if !cursor.enter() {
		return ErrClosed
	}
	defer cursor.leave()
	if err := seekCursor(cursor.handle, sequence).err(); err != nil {
		return err
	}
	cursor.unread, cursor.exhausted, cursor.fetched = nil, false, sequence
	return nil
}

// Wait waits until something is unread, in the captured view or published since, and returns nil. Call Refresh
// afterwards.
//
// It returns the context's error when the context is done, ErrClosed when the cursor is closed, and ErrFinished when
// the log is finished and nothing is left to read. See [Snapshot.Wait].
func (cursor *Cursor) Wait(ctx context.Context) error {
	if !cursor.enter() {
		return ErrClosed
	}
	defer cursor.leave()
	if len(cursor.unread) > 0 {
		return ctx.Err()
	}
	return cursor.sleeper.wait(ctx, &cursor.guard, func() Status { return lookAtCursor(cursor.handle, cursor.fetched) })
}

// Follow goes through what is unread, and then through what comes, chunk by chunk. The loop ends when the log is
// finished and everything was shown. If the context is done or the cursor is closed, the loop ends with an error: the
// context's error or ErrClosed. The error comes last, with an empty Chunk.
//
// A chunk is valid within its turn of the loop, also if the cursor is closed meanwhile. [Cursor.Lost] returns how many
// records were lost. A gap before a chunk's First shows which. After a cancel, what came since the last refresh is
// counted neither as read nor as lost: for exact numbers, call Refresh once more, and read Chunks.
func (cursor *Cursor) Follow(ctx context.Context) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		if !cursor.enter() {
			yield(Chunk{}, ErrClosed)
			return
		}
		defer cursor.leave()
		for {
			for {
				chunk, more := cursor.next()
				if !more {
					break
				}
				if !yield(chunk, nil) {
					return
				}
			}
			err := ErrClosed
			if cursor.isOpen() {
				err = ctx.Err()
			}
			var delta Delta
			if err == nil {
				delta, err = cursor.Refresh()
			}
			if err == nil && delta.Appended == 0 {
				err = cursor.Wait(ctx)
			}
			if err == ErrFinished {
				return
			}
			if err != nil {
				yield(Chunk{}, err)
				return
			}
		}
	}
}

func (cursor *Cursor) pin(chunk *Chunk) (*Segment, error) {
	handle, status := pinOfCursor(cursor.handle, chunk.raw.first)
	if status != statusOK {
		return nil, status
	}
	return newSegment(handle, chunk), nil
}
