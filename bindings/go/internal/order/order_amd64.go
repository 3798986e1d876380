package order

// Store stores a word.
//
//go:noescape
func Store(target *uint64, word uint64)

// StoreAndClear stores a word, and then clears a mark.
//
//go:noescape
func StoreAndClear(target *uint64, word uint64, mark *uint32)

// Clear clears a mark.
//
//go:noescape
func Clear(mark *uint32)
