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
	// Oldest: at the oldest record that is retained.
	Oldest Start = 0
	// Next: behind the newest record, at what is published from now on.
	Next Start = 1
)

// chunksPerCall is how many chunks a cursor fetches at once.
const chunksPerCall = 64

// Cursor is a reader that follows the log: a view of its own, and the sequence of the next unread record. It belongs to
// one goroutine at a time.
type Cursor struct {
	view
	handle  cCursor
	log     cLog // a count of its own, for interrupts
	cleanup runtime.Cleanup

	// Chunks that C returned and nobody read yet.
	unread []rawChunk
	// What C writes chunks to: memory of its own, since C must not be shown memory that leads to Go's.
	buffer []rawChunk
	// C's position: behind the chunks above.
	fetched uint64
	// C has no more of the captured view.
	exhausted bool
	lost      uint64
}

type cursorHandles struct {
	cursor cCursor
	log    cLog
}

func (handles cursorHandles) release() {
	destroyCursor(handles.cursor)
	releaseLog(handles.log)
}

// Cursor opens a cursor on the log.
func (log *Log) Cursor(start Start) (*Cursor, error) {
	if log.handle == nil {
		return nil, ErrClosed
	}
	handle, status := openCursor(log.handle, start)
	if status != statusOK {
		return nil, fmt.Errorf("opening a cursor: %w", status)
	}
	cursor := ownCursor(handle, retainLog(log.handle), log.recordSize)
	runtime.KeepAlive(log)
	return cursor, nil
}

func ownCursor(handle cCursor, log cLog, recordSize int) *Cursor {
	cursor := &Cursor{handle: handle, log: log, buffer: chunkRoom(chunksPerCall), fetched: cursorPosition(handle)}
	cursor.recordSize = recordSize
	cursor.pinner = cursor
	cursor.cleanup = runtime.AddCleanup(cursor, cursorHandles.release, cursorHandles{handle, log})
	return cursor
}

// Close ends the cursor, and with it the chunks that nothing else covers. A second Close does nothing.
func (cursor *Cursor) Close() error {
	if cursor.handle == nil {
		return nil
	}
	cursor.cleanup.Stop()
	cursor.generation++
	cursor.unread, cursor.exhausted, cursor.fetched = nil, true, cursor.Position()
	cursorHandles{cursor.handle, cursor.log}.release()
	cursor.handle, cursor.log = nil, nil
	runtime.KeepAlive(cursor)
	return nil
}

// Position is the sequence of the next unread record.
func (cursor *Cursor) Position() uint64 {
	if len(cursor.unread) > 0 {
		return cursor.unread[0].first
	}
	return cursor.fetched
}

// Lost is how many records the cursor's refreshes reported as lost.
func (cursor *Cursor) Lost() uint64 {
	return cursor.lost
}

// Refresh captures the newest view and goes on with what is unread; what was evicted meanwhile is reported as lost. If
// nothing was published since, the chunks stay valid.
func (cursor *Cursor) Refresh() (Delta, error) {
	if cursor.handle == nil {
		return Delta{}, ErrClosed
	}
	written, delta, status := refreshCursor(cursor.handle, cursor.Position(), cursor.buffer)
	runtime.KeepAlive(cursor)
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

// took notes the chunks that C wrote to the buffer, from a position on.
func (cursor *Cursor) took(written int, position uint64) {
	cursor.unread = cursor.buffer[:written]
	cursor.exhausted = written < len(cursor.buffer)
	cursor.fetched = position
	if written > 0 {
		cursor.fetched = cursor.unread[written-1].end()
	}
}

// peek is the next unread chunk of the captured view, or nil.
func (cursor *Cursor) peek() *rawChunk {
	if len(cursor.unread) == 0 && !cursor.exhausted {
		written, status := moreOfCursor(cursor.handle, cursor.buffer)
		runtime.KeepAlive(cursor)
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

// Next is the next chunk of the captured view, what is unread of one segment; false if all were returned.
func (cursor *Cursor) Next() (Chunk, bool) {
	raw := cursor.peek()
	if raw == nil {
		return Chunk{}, false
	}
	cursor.unread = cursor.unread[1:]
	return cursor.chunk(raw), true
}

// Chunks goes through what is unread of the captured view. What was handed out counts as read.
func (cursor *Cursor) Chunks() iter.Seq[Chunk] {
	return func(yield func(Chunk) bool) {
		for {
			chunk, more := cursor.Next()
			if !more || !yield(chunk) {
				break
			}
		}
		runtime.KeepAlive(cursor)
	}
}

// Records goes through what is unread of the captured view, record by record. What was handed out counts as read, so that
// after a break the next call goes on behind the last record.
func (cursor *Cursor) Records() iter.Seq2[uint64, []byte] {
	return func(yield func(uint64, []byte) bool) {
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
		runtime.KeepAlive(cursor)
	}
}

// Seek goes to a record of the captured view, or to the view's end. ErrOutOfRange: it is not in the captured view; the
// cursor stays.
func (cursor *Cursor) Seek(sequence uint64) error {
	if cursor.handle == nil {
		return ErrClosed
	}
	status := seekCursor(cursor.handle, sequence)
	runtime.KeepAlive(cursor)
	if err := status.err(); err != nil {
		return err
	}
	cursor.unread, cursor.exhausted, cursor.fetched = nil, false, sequence
	return nil
}

// Wait sleeps until something is unread, and returns nil; or until the context is done, and returns its error. What is
// unread of the captured view counts, so does what was published since: Refresh afterwards. See [Snapshot.Wait].
func (cursor *Cursor) Wait(ctx context.Context) error {
	if cursor.handle == nil {
		return ErrClosed
	}
	if len(cursor.unread) > 0 {
		return ctx.Err()
	}
	err := wait(ctx, cursor.log, func(timeout uint64) Status { return waitCursor(cursor.handle, timeout) })
	runtime.KeepAlive(cursor)
	return err
}

// Follow goes through what is unread, and then through what comes, chunk by chunk, until the context is done: its error
// comes last, with an empty Chunk. A chunk is valid within its turn of the loop. [Cursor.Lost] says whether some were
// missed, and a chunk's First which.
func (cursor *Cursor) Follow(ctx context.Context) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		for {
			for chunk := range cursor.Chunks() {
				if !yield(chunk, nil) {
					return
				}
			}
			err := ctx.Err()
			var delta Delta
			if err == nil {
				delta, err = cursor.Refresh()
			}
			if err == nil && delta.Appended == 0 {
				err = cursor.Wait(ctx)
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
	runtime.KeepAlive(cursor)
	if status != statusOK {
		return nil, status
	}
	return newSegment(handle, chunk), nil
}
