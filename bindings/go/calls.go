//go:build cgo && (race || atomiclog_calls || !(amd64 || arm64))

package atomiclog

// Everything is a call to C here. The race detector does not see how the library orders memory, and would report races
// in what is done inline: see inline.go.
const inlines = false

func (writer *Writer) append(record []byte) error {
	return writer.appendByCall(record)
}

func (writer *Writer) notify() error {
	return writer.call(notify)
}

func (typed Typed[T]) append(writer *Writer, value *T) error {
	return typed.appendByCall(writer, value)
}

func (snapshot *Snapshot) refresh() (Delta, error) {
	return snapshot.refreshByCall()
}

func (cursor *Cursor) refresh() (Delta, error) {
	return cursor.refreshByCall()
}
