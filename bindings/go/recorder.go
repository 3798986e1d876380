//go:build cgo

package atomiclog

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"unicode"
	"unsafe"
)

// RecorderLogs is how many logs a Recorder takes.
const RecorderLogs = 16

// Channel says what the records of one log are in a recording.
type Channel struct {
	// Topic is what the channel is called, such as "/samples". Required.
	Topic string
	// SchemaName is what its messages are called. Required by Typed.AddTo, then "package/msg/Name" as in ROS 2.
	SchemaName string
	// TimeField, for Typed.AddTo, is the field with the record's time in nanoseconds, a uint64 or int64, by its name in
	// the recording, such as "time". Without a time, readers are told the sequence instead.
	TimeField string
	// HasTime, for Recorder.Add: TimeOffset bytes behind the record's begin is its time, 8 bytes as C has a uint64_t.
	HasTime    bool
	TimeOffset uint32
	// MessageEncoding, for Recorder.Add, is how records are encoded, such as "json" or "protobuf". Required.
	MessageEncoding string
	// SchemaEncoding and Schema, for Recorder.Add, describe the records, such as "jsonschema" and the schema itself.
	SchemaEncoding string
	Schema         []byte
	// MaxRecords: only so many of the newest records are written; 0: all in view.
	MaxRecords uint64
	// MaxAge: only records are written whose time is at most so much before the newest record's; 0: all in view.
	MaxAge uint64

	fields []field
}

// Recording is what a Recorder wrote.
type Recording struct {
	// Records of all logs.
	Records uint64
	// Bytes of the file.
	Bytes uint64
	// Older: records of all logs that were published, and are older than what was in view.
	Older uint64
	// LeftOut: records of all logs that were in view, and that MaxRecords or MaxAge left out.
	LeftOut uint64
	// Ranges are, of each log in the order in which they were added, the records from the first that was written.
	Ranges []Range
}

// Recorder writes what logs hold as a file of MCAP, which Foxglove, PlotJuggler, Rerun and the mcap libraries open. Any
// goroutine may use it at any time; what two do at once, they do one after the other.
//
// It keeps the logs that were added: they may be closed.
type Recorder struct {
	mutex   sync.Mutex
	memory  *recorderMemory // nil: closed
	cleanup runtime.Cleanup
}

// recorderMemory is what a Recorder gives back.
type recorderMemory struct {
	raw   cRecorder
	logs  []cLog
	owned []unsafe.Pointer
}

// NewRecorder makes a Recorder without logs. ErrNoMemory.
func NewRecorder() (*Recorder, error) {
	raw := newRecorder()
	if raw == nil {
		return nil, ErrNoMemory
	}
	recorder := &Recorder{memory: &recorderMemory{raw: raw}}
	recorder.cleanup = runtime.AddCleanup(recorder, (*recorderMemory).free, recorder.memory)
	return recorder, nil
}

func (memory *recorderMemory) free() {
	for _, log := range memory.logs {
		releaseLog(log)
	}
	for _, block := range memory.owned {
		freeBlock(block)
	}
	freeBlock(unsafe.Pointer(memory.raw))
}

// Close gives the Recorder back, and the logs that it keeps, as soon as no recording is in progress. Any goroutine may
// call it at any time. A second Close does nothing.
func (recorder *Recorder) Close() error {
	recorder.mutex.Lock()
	defer recorder.mutex.Unlock()
	if recorder.memory != nil {
		recorder.cleanup.Stop()
		recorder.memory.free()
		recorder.memory = nil
	}
	return nil
}

// Add adds a log whose records are encoded as the channel says. A log of a Go type is added by [Typed.AddTo], which
// finds its fields.
//
// Errors: ErrArgument, with what is wrong with the channel; ErrState: the recorder has RecorderLogs logs.
func (recorder *Recorder) Add(log *Log, channel Channel) error {
	for _, text := range []string{channel.Topic, channel.SchemaName, channel.MessageEncoding, channel.SchemaEncoding} {
		if strings.ContainsRune(text, 0) {
			return fmt.Errorf("adding %q to a recorder: %q has a NUL in it: %w", channel.Topic, text, ErrArgument)
		}
	}
	if !log.enter() {
		return ErrClosed
	}
	defer log.leave()
	recorder.mutex.Lock()
	defer recorder.mutex.Unlock()
	if recorder.memory == nil {
		return ErrClosed
	}
	owned, problem, status := addToRecorder(recorder.memory.raw, log.handle, &channel)
	if status != statusOK {
		for _, block := range owned {
			freeBlock(block)
		}
		return fmt.Errorf("adding %q to a recorder: %s: %w", channel.Topic, problem, status)
	}
	recorder.memory.owned = append(recorder.memory.owned, owned...)
	recorder.memory.logs = append(recorder.memory.logs, retainLog(log.handle))
	return nil
}

// AddTo adds a log of values of T to a recorder, by the fields of T.
//
// A field has the name of Go's in small letters: SensorID is sensor_id. The tag `alog:"name"` gives it another one.
// Fields of a struct within T have both names: position_x; those of an embedded one have their own. T may also be a
// number or an array, whose one field is "value". Fields are integers, floats, booleans and arrays of these. One that
// is called _, or has the tag `alog:"-"`, is left out; readers can do without its bytes only where C has padding, too,
// or at the end.
//
// Errors: as [Recorder.Add]; ErrArgument also if the log is of other records.
func (typed Typed[T]) AddTo(recorder *Recorder, log *Log, channel Channel) error {
	kind := reflect.TypeFor[T]()
	refuse := func(problem string) error {
		return fmt.Errorf("adding %q to a recorder: %s: %w", channel.Topic, problem, ErrArgument)
	}
	if !typed.fits(log.recordSize) {
		return refuse(fmt.Sprintf("the records of the log are not of type %v", kind))
	}
	if channel.HasTime {
		return refuse("HasTime is for Recorder.Add: name the field in TimeField")
	}
	fields, problem := fieldsOf(nil, kind, "", 0)
	if problem != "" {
		return refuse(problem)
	}
	if channel.TimeField != "" {
		for _, field := range fields {
			if field.name == channel.TimeField && field.isTime() {
				channel.HasTime, channel.TimeOffset = true, field.offset
			}
		}
		if !channel.HasTime {
			return refuse(fmt.Sprintf("TimeField %q is no field of type uint64 or int64 of %v", channel.TimeField, kind))
		}
	}
	channel.fields = fields
	return recorder.Add(log, channel)
}

// field is a member of a record, as C has it.
type field struct {
	name                string
	kind, offset, count uint32
}

// fieldsOf finds the fields of a type, or says which one can be none.
func fieldsOf(fields []field, kind reflect.Type, name string, offset uintptr) ([]field, string) {
	if kind.Kind() == reflect.Struct {
		problem := ""
		for index := 0; index < kind.NumField() && problem == ""; index++ {
			member := kind.Field(index)
			tag := member.Tag.Get("alog")
			if member.Name == "_" || tag == "-" {
				continue
			}
			full := name
			if tag != "" || !member.Anonymous {
				if tag == "" {
					tag = snake(member.Name)
				}
				if name != "" {
					full += "_"
				}
				full += tag
			}
			fields, problem = fieldsOf(fields, member.Type, full, offset+member.Offset)
		}
		return fields, problem
	}
	if name == "" {
		name = "value"
	}
	element, count := kind, 1
	for element.Kind() == reflect.Array {
		count *= element.Len()
		element = element.Elem()
	}
	number := numberType(element)
	if number == 0 {
		return nil, fmt.Sprintf("field %s: %v is no integer, float or bool, nor an array of these", name, kind)
	}
	return append(fields, field{name, number, uint32(offset), uint32(count)}), ""
}

// snake is the name in small letters, with _ between its words: SensorID is sensor_id, HTTPPort2 http_port2.
func snake(name string) string {
	runes := []rune(name)
	var out strings.Builder
	for index, letter := range runes {
		if unicode.IsUpper(letter) && index > 0 && runes[index-1] != '_' &&
			(!unicode.IsUpper(runes[index-1]) || index+1 < len(runes) && unicode.IsLower(runes[index+1])) {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(letter))
	}
	return out.String()
}

// Record writes a whole file: what each log shows now. The file is put together in memory first, so a slow writer holds
// no segments; [Recorder.RecordFile] does without.
//
// Errors: the writer's; ErrNoMemory; ErrClosed.
func (recorder *Recorder) Record(w io.Writer) (Recording, error) {
	recording, _, err := recorder.record(w)
	return recording, err
}

// WriteTo is Record for those who know an [io.WriterTo]: it returns how many bytes were written.
func (recorder *Recorder) WriteTo(w io.Writer) (int64, error) {
	_, written, err := recorder.record(w)
	return int64(written), err
}

func (recorder *Recorder) record(w io.Writer) (Recording, int, error) {
	file, recording, err := recorder.collect()
	if err != nil {
		return Recording{}, 0, err
	}
	defer freeBlock(unsafe.Pointer(unsafe.SliceData(file)))
	written, err := w.Write(file)
	if err == nil && written != len(file) {
		err = io.ErrShortWrite
	}
	return recording, written, err
}

// collect puts a file together, which the caller frees.
func (recorder *Recorder) collect() ([]byte, Recording, error) {
	recorder.mutex.Lock()
	defer recorder.mutex.Unlock()
	if recorder.memory == nil {
		return nil, Recording{}, ErrClosed
	}
	file, recording, status := recordToMemory(recorder.memory.raw, len(recorder.memory.logs))
	return file, recording, status.err()
}

// RecordFile is Record to a file, a pipe or a socket, without memory for what is written. While it writes a log, it
// counts as a view of it for MaxSegments. The file is used by its descriptor, as after [os.File.Fd].
//
// Errors: ErrIO, and the system's reason; the file has no end then. ErrClosed: the Recorder is closed.
func (recorder *Recorder) RecordFile(file *os.File) (Recording, error) {
	if runtime.GOOS == "windows" { // where a file's descriptor is none of C's
		return recorder.Record(file)
	}
	recorder.mutex.Lock()
	defer recorder.mutex.Unlock()
	if recorder.memory == nil {
		return Recording{}, ErrClosed
	}
	recording, reason, status := recordToFile(recorder.memory.raw, file.Fd(), len(recorder.memory.logs))
	runtime.KeepAlive(file)
	if status == ErrIO && reason != nil {
		return Recording{}, fmt.Errorf("recording to %s: %w: %w", file.Name(), reason, status)
	}
	return recording, status.err()
}
