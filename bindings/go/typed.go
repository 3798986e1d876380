//go:build cgo

package atomiclog

import (
	"fmt"
	"iter"
	"reflect"
	"unsafe"
)

// Typed shows the records of a fixed log as values of a Go type, where they lie. [NewTyped] and [TypedOf] make it, and
// check the type once. The zero Typed refuses everything. A Typed holds nothing, and may be copied.
//
// T may be made of integers, floats, complex numbers, booleans, and arrays and structs of these. Programs in other
// languages see it as a C struct: fields in order, each at a multiple of its alignment.
type Typed[T any] struct {
	checked bool
}

// NewTyped creates a log of values of a Go type. RecordSize may be 0 or the type's size.
func NewTyped[T any](options Options) (*Log, Typed[T], error) {
	size, err := sizeOf[T]()
	if err != nil {
		return nil, Typed[T]{}, err
	}
	if options.RecordSize != 0 && options.RecordSize != uint64(size) {
		return nil, Typed[T]{}, fmt.Errorf("RecordSize is %d, and the type's size %d: %w", options.RecordSize, size,
			ErrArgument)
	}
	options.RecordSize = uint64(size)
	log, err := NewFixed(options)
	if err != nil {
		return nil, Typed[T]{}, err
	}
	typed, err := TypedOf[T](log)
	if err != nil {
		log.Close()
		return nil, Typed[T]{}, err
	}
	return log, typed, nil
}

// TypedOf shows the records of a log as values of a type. ErrKind: it is a byte log. ErrArgument: the type holds
// pointers, or the records do not have its size, or do not lie as close as in a slice.
func TypedOf[T any](log *Log) (Typed[T], error) {
	size, err := sizeOf[T]()
	if err != nil {
		return Typed[T]{}, err
	}
	options, err := log.Options()
	if err != nil {
		return Typed[T]{}, err
	}
	var value T
	align := uint64(options.RecordAlign)
	switch {
	case options.RecordSize == 0:
		return Typed[T]{}, ErrKind
	case options.RecordSize != uint64(size):
		return Typed[T]{}, fmt.Errorf("RecordSize is %d, and the type's size %d: %w", options.RecordSize, size,
			ErrArgument)
	case uint64(size)%align != 0 || align%uint64(unsafe.Alignof(value)) != 0:
		return Typed[T]{}, fmt.Errorf("RecordAlign %d does not suit the type: %w", align, ErrArgument)
	}
	return Typed[T]{checked: true}, nil
}

// sizeOf returns the size of a type that may lie outside of Go's memory.
func sizeOf[T any]() (int, error) {
	kind := reflect.TypeFor[T]()
	if kind.Size() == 0 {
		return 0, fmt.Errorf("%v has no size: %w", kind, ErrArgument)
	}
	if where := pointerIn(kind); where != nil {
		return 0, fmt.Errorf("%v holds %v, a pointer: %w", kind, where, ErrArgument)
	}
	return int(kind.Size()), nil
}

// pointerIn returns the part of a type that the collector would have to know, or nil.
func pointerIn(kind reflect.Type) reflect.Type {
	switch kind.Kind() {
	case reflect.Array:
		return pointerIn(kind.Elem())
	case reflect.Struct:
		for index := range kind.NumField() {
			if where := pointerIn(kind.Field(index).Type); where != nil {
				return where
			}
		}
		return nil
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8,
		reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr, reflect.Float32, reflect.Float64,
		reflect.Complex64, reflect.Complex128:
		return nil
	default:
		return kind
	}
}

func (typed Typed[T]) fits(size int) bool {
	var value T
	return typed.checked && size == int(unsafe.Sizeof(value))
}

// Append appends one value. ErrArgument: the writer's log has other records. Otherwise like [Writer.Append].
func (typed Typed[T]) Append(writer *Writer, value T) error {
	return typed.append(writer, &value)
}

// AppendFrom appends the value that a pointer points to. It is like Append, but copies a large value once instead of
// twice.
func (typed Typed[T]) AppendFrom(writer *Writer, value *T) error {
	return typed.append(writer, value)
}

func (typed Typed[T]) appendByCall(writer *Writer, value *T) error {
	return typed.batchByCall(writer, unsafe.Slice(value, 1))
}

// AppendBatch appends values. They become visible all at once, or not at all. ErrArgument: the writer's log has other
// records. Otherwise like [Writer.AppendBatch].
func (typed Typed[T]) AppendBatch(writer *Writer, values []T) error {
	if len(values) == 1 {
		return typed.append(writer, &values[0])
	}
	return typed.batchByCall(writer, values)
}

func (typed Typed[T]) batchByCall(writer *Writer, values []T) error {
	if !typed.fits(writer.recordSize) {
		return ErrArgument
	}
	if !writer.enter() {
		return ErrClosed
	}
	defer writer.leave()
	return appendBatch(writer.handle, unsafe.Pointer(unsafe.SliceData(values)), len(values)).err()
}

// Reserve hands out room for 1 to want values in the log, like [Writer.Reserve]. The room is not initialised. Commit
// takes how many values were written.
func (typed Typed[T]) Reserve(writer *Writer, want int) ([]T, error) {
	if !typed.fits(writer.recordSize) {
		return nil, ErrArgument
	}
	room, err := writer.Reserve(want)
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(room.Data))), room.Records), nil
}

// Slice returns the records of a chunk, where they lie. They are valid as long as the chunk. Do not write to them. It
// panics if the chunk's log has other records.
func (typed Typed[T]) Slice(chunk Chunk) []T {
	chunk.check()
	if !typed.fits(int(chunk.raw.stride)) || !typed.fits(chunk.view.recordSize) {
		panic("atomiclog: a chunk of records of another type")
	}
	return unsafe.Slice((*T)(chunk.raw.data), chunk.raw.count)
}

// Records goes through the values in view and their sequences, oldest first. The values are copies.
func (typed Typed[T]) Records(snapshot *Snapshot) iter.Seq2[uint64, T] {
	return typed.RecordsFrom(snapshot, 0)
}

// RecordsFrom goes through the values in view from a sequence on, such as Delta.First. The values are copies.
func (typed Typed[T]) RecordsFrom(snapshot *Snapshot, sequence uint64) iter.Seq2[uint64, T] {
	return typed.recordsOf(snapshot.ChunksFrom(sequence))
}

// RecordsIn goes through the values of a range, such as that of Latest, and their sequences. The values are copies.
// ErrOutOfRange: a part of the range is not in view.
func (typed Typed[T]) RecordsIn(snapshot *Snapshot, records Range) (iter.Seq2[uint64, T], error) {
	chunks, err := snapshot.ChunksIn(records)
	if err != nil {
		return nil, err
	}
	return typed.recordsOf(chunks), nil
}

func (typed Typed[T]) recordsOf(chunks iter.Seq[Chunk]) iter.Seq2[uint64, T] {
	return func(yield func(uint64, T) bool) {
		for chunk := range chunks {
			values := typed.Slice(chunk)
			for index := range values {
				// Each time: the body may have refreshed the view.
				chunk.check()
				if !yield(chunk.raw.first+uint64(index), values[index]) {
					return
				}
			}
		}
	}
}

// Record returns one value by its sequence. ErrOutOfRange: it is not in view. ErrArgument: the log has other records.
func (typed Typed[T]) Record(snapshot *Snapshot, sequence uint64) (T, error) {
	var value T
	if !snapshot.enter() {
		return value, ErrClosed
	}
	defer snapshot.leave()
	record, err := snapshot.record(sequence)
	if err == nil && !typed.fits(len(record)) {
		err = ErrArgument
	}
	if err == nil {
		value = *(*T)(unsafe.Pointer(unsafe.SliceData(record)))
	}
	return value, err
}
