//go:build !amd64

package order

import "sync/atomic"

// Store stores a word.
func Store(target *uint64, word uint64) {
	atomic.StoreUint64(target, word)
}

// StoreAndClear stores a word, and then clears a mark.
func StoreAndClear(target *uint64, word uint64, mark *uint32) {
	atomic.StoreUint64(target, word)
	atomic.StoreUint32(mark, 0)
}

// Clear clears a mark.
func Clear(mark *uint32) {
	atomic.StoreUint32(mark, 0)
}
