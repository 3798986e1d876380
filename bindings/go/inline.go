//go:build cgo && !race && !atomiclog_calls && (amd64 || arm64)

package atomiclog

import (
	"sync/atomic"
	"unsafe"

	"atomic-log/bindings/go/internal/order"
)

// What is done without a call to C. It is exactly what the functions of atomic_log_inline.h do in C, on the same frozen
// structs that the library shares with them. Unusual cases are left to the call: a new segment, an open reservation, a
// wrong argument, a sleeper to wake. A handle whose struct is nil makes calls. A library that must see every call has a
// limit of 0, and a published whose highest bit is set.
//
// The structs lie in C's memory, which a Close in another goroutine would free. So the owner marks that it is inside
// before it looks whether the handle is open. A Close first clears that the handle is open, then looks at the mark, and
// waits until the mark is cleared (guard.quiet). The mark also shows that two goroutines are in one writer. It costs
// one exchange. Leaving and publishing are stores in order.
const inlines = true

// sealed is the bit of a published word that is set when the segment was left.
const sealed = 1 << 63

// step begins an inline use by the handle's owner. order.Clear ends it. It reports whether there was no other inline
// use.
func (g *guard) step() bool {
	return atomic.SwapUint32(&g.inside, 1) == 0
}

// put copies a record to its slot.
func put(slot unsafe.Pointer, record []byte) {
	from, size := unsafe.Pointer(unsafe.SliceData(record)), len(record)
	switch {
	case size > 16 || size < 8:
		copy(unsafe.Slice((*byte)(slot), size), record)
	case size == 8:
		*(*uint64)(slot) = *(*uint64)(from)
	default:
		first, last := *(*uint64)(from), *(*uint64)(unsafe.Add(from, size-8))
		*(*uint64)(slot) = first
		*(*uint64)(unsafe.Add(slot, size-8)) = last
	}
}

// goTo sets where the next record goes. The place is in C's memory, so no write barrier may see the store.
func goTo(hot *cHot, slot uintptr) {
	*(*uintptr)(unsafe.Pointer(&hot.slot)) = slot
}

// The ways out of an append are calls of functions that need nothing of the append, so that the usual case saves no
// registers.

func (writer *Writer) append(record []byte) error {
	hot := writer.hot
	if hot == nil {
		return writer.appendByCall(record)
	}
	if !writer.step() {
		panic(twoInOneWriter)
	}
	if writer.state.Load() != guardOpen {
		return writer.leaveToCall(record)
	}
	word, limit := uint64(hot.word), uint64(hot.limit)
	if word >= limit && word >= uint64(hot.notify_limit) {
		return writer.leaveToCall(record)
	}
	slot, size := unsafe.Pointer(hot.slot), uintptr(len(record))
	occupied := uintptr(hot.stride)
	if size != uintptr(hot.record_size) {
		// The first condition is true for a fixed log.
		offset := uintptr(hot.offset)
		if offset >= uintptr(hot.space) || size > uintptr(hot.space)-offset {
			return writer.leaveToCall(record)
		}
		align := uintptr(hot.align)
		occupied = (size + align - 1) &^ (align - 1)
		hot.offset = cSize(offset + occupied)
		span := (*Span)(unsafe.Add(unsafe.Pointer(hot.spans), uintptr(uint32(word))*unsafe.Sizeof(Span{})))
		*span = Span{uint32(offset), uint32(size)}
	}
	put(slot, record)
	goTo(hot, uintptr(slot)+occupied)
	hot.word = cWord(word + 1)
	if word >= limit {
		return writer.publishAndWake(hot)
	}
	order.StoreAndClear((*uint64)(hot.target), word+1, &writer.inside)
	return nil
}

// append is Writer.append of one value.
func (typed Typed[T]) append(writer *Writer, value *T) error {
	hot := writer.hot
	if hot == nil || !typed.checked {
		return typed.appendByCall(writer, value)
	}
	if !writer.step() {
		panic(twoInOneWriter)
	}
	if writer.state.Load() != guardOpen {
		return typed.leaveToCall(writer, value)
	}
	word, limit, slot := uint64(hot.word), uint64(hot.limit), unsafe.Pointer(hot.slot)
	if word >= limit && word >= uint64(hot.notify_limit) {
		return typed.leaveToCall(writer, value)
	}
	if uintptr(hot.record_size) != unsafe.Sizeof(*value) {
		return typed.leaveToCall(writer, value)
	}
	// The slot may be aligned to less than T, if the log was made for another type of the same size. These processors
	// allow it.
	*(*T)(slot) = *value
	goTo(hot, uintptr(slot)+uintptr(hot.stride))
	hot.word = cWord(word + 1)
	if word >= limit {
		return writer.publishAndWake(hot)
	}
	order.StoreAndClear((*uint64)(hot.target), word+1, &writer.inside)
	return nil
}

//go:noinline
func (writer *Writer) leaveToCall(record []byte) error {
	order.Clear(&writer.inside)
	return writer.appendByCall(record)
}

//go:noinline
func (typed Typed[T]) leaveToCall(writer *Writer, value *T) error {
	order.Clear(&writer.inside)
	return typed.appendByCall(writer, value)
}

//go:noinline
func (writer *Writer) publishAndWake(hot *cHot) error {
	order.Store((*uint64)(hot.target), uint64(hot.word))
	return writer.wake(hot)
}

func (writer *Writer) notify() error {
	hot := writer.hot
	if hot == nil {
		return writer.call(notify)
	}
	if !writer.step() {
		panic(twoInOneWriter)
	}
	if writer.state.Load() == guardOpen && hot.limit|hot.notify_limit != 0 {
		return writer.wake(hot)
	}
	order.Clear(&writer.inside)
	return writer.call(notify)
}

// wake wakes all waiting threads, and ends the inline use. It makes a call only if a thread may be waiting. The
// addition orders the publications before it and the look after it.
func (writer *Writer) wake(hot *cHot) error {
	atomic.AddUint64((*uint64)(hot.epoch), 1)
	if atomic.LoadUint64((*uint64)(hot.waiters)) != 0 {
		notify(writer.handle)
	}
	order.Clear(&writer.inside)
	return nil
}

// shown returns how many records a word shows.
func shown(word uint64) uint64 {
	return uint64(uint32(word))
}

func (snapshot *Snapshot) refresh() (Delta, error) {
	glance := snapshot.glance
	if glance == nil {
		return snapshot.refreshByCall()
	}
	if !snapshot.step() {
		panic(twoInOneView)
	}
	if snapshot.isOpen() {
		word, old := atomic.LoadUint64((*uint64)(glance.published)), uint64(glance.word)
		if word&sealed == 0 {
			delta := Delta{First: snapshot.state.view.End}
			if word != old {
				glance.word = cWord(word)
				delta.Appended = shown(word) - shown(old)
				snapshot.advance(delta.Appended, word>>32, shown(old) == 0)
			}
			order.Clear(&snapshot.inside)
			return delta, nil
		}
	}
	order.Clear(&snapshot.inside)
	return snapshot.refreshByCall()
}

// advance adds records that were published to the newest segment in view, and sets the length of the last publication.
// If they are the segment's first records, there is one more chunk.
func (snapshot *Snapshot) advance(records, length uint64, first bool) {
	state := &snapshot.state
	state.view.End += records
	state.latest = Range{state.view.End - length, state.view.End}
	snapshot.generation++
	if first {
		state.chunks++
		snapshot.chunks.Store(nil)
	} else if snapshot.chunks.Load() != nil {
		snapshot.buffer[len(snapshot.buffer)-1].count += uintptr(records)
	}
}

func (cursor *Cursor) refresh() (Delta, error) {
	follower := cursor.follower
	if follower == nil {
		return cursor.refreshByCall()
	}
	if !cursor.step() {
		panic(twoInOneView)
	}
	if cursor.isOpen() {
		word := atomic.LoadUint64((*uint64)(follower.glance.published))
		if word&sealed == 0 {
			begin := uint64(follower.first_sequence)
			end, position := begin+shown(word), cursor.Position()
			if word != uint64(follower.glance.word) {
				follower.glance.word = cWord(word)
				cursor.generation++
				cursor.advance(begin, end)
			}
			order.Clear(&cursor.inside)
			return Delta{First: position, Appended: end - position}, nil
		}
	}
	order.Clear(&cursor.inside)
	return cursor.refreshByCall()
}

// advance notes that the newest segment in view, which begins at begin, now ends at end. C's position stays behind
// until Go tells it the new one.
func (cursor *Cursor) advance(begin, end uint64) {
	if !cursor.exhausted {
		return // C has chunks that were not fetched, and the last of them is longer now
	}
	unread := len(cursor.unread)
	switch {
	case unread > 0 && cursor.unread[unread-1].first >= begin:
		cursor.unread[unread-1].count += uintptr(end - cursor.fetched)
	case unread == 0 && cursor.last.count > 0 && cursor.last.first >= begin:
		raw := cursor.last
		raw.count = uintptr(end - raw.first)
		if read := uintptr(cursor.fetched - raw.first); read > 0 {
			raw.skip(read)
		}
		cursor.buffer[0] = raw
		cursor.unread = cursor.buffer[:1]
	default:
		cursor.exhausted = false // to be fetched
		return
	}
	cursor.fetched = end
}
