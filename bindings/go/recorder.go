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

// RecorderLogs is the most logs that a Recorder takes.
const RecorderLogs = 16

// Channel tells how the records of one log are recorded.
type Channel struct {
	// Topic is the name of the channel, such as "/samples". Required.
	Topic string
	// SchemaName is the name of the messages. Typed.AddTo requires it, as "package/msg/Name" like in ROS 2.
	SchemaName string
	// TimeField, for Typed.AddTo, is the field with the record's time in nanoseconds, a uint64 or int64. It is the field's
	// name in the recording, such as "time". Without a time, the recording uses the sequences as times.
	TimeField string
	// HasTime, for Recorder.Add: the record has a time, a uint64_t of C, TimeOffset bytes from its begin.
	HasTime    bool
	TimeOffset uint32
	// MessageEncoding, for Recorder.Add, is how records are encoded, such as "json" or "protobuf". Required.
	MessageEncoding string
	// SchemaEncoding and Schema, for Recorder.Add, describe the records, such as "jsonschema" and the schema itself.
	SchemaEncoding string
	Schema         []byte
	// MaxRecords: writes only this many of the newest records. 0: all in view, and at most 268,435,455.
	MaxRecords uint64
	// MaxAge: writes only records whose time is at most this much before the time of the newest record. 0: all in view.
	MaxAge uint64

	fields []field
}

// Recording is what a Recorder wrote.
type Recording struct {
	// Records of all logs.
	Records uint64
	// Bytes of the file.
	Bytes uint64
	// Older: records of all logs that were published, but were older than the views.
	Older uint64
	// LeftOut: records of all logs that the views showed, and that MaxRecords or MaxAge left out.
	LeftOut uint64
	// Ranges has, for each log in the order in which they were added, the records from the first that was written.
	Ranges []Range
}

// Recorder writes what logs hold to an MCAP file, which Foxglove, PlotJuggler, Rerun and the mcap libraries open. The
// file has a chunk and its index for each log that shows records, and a summary. Any goroutine may use it at any time.
// Calls at the same time run one after the other.
//
// It keeps the logs that were added: you may close them.
type Recorder struct {
	mutex   sync.Mutex
	memory  *recorderMemory // nil: closed
	cleanup runtime.Cleanup
}

// recorderMemory is what a Recorder gives back when it is closed.
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

// Close gives back the Recorder and the logs that it keeps, as soon as no recording is in progress. Any goroutine may
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

// Add adds a log whose records are encoded as the channel tells. For a log of a Go type use [Typed.AddTo], which finds
// the fields.
//
// Errors: ErrArgument, with what is wrong with the channel; ErrState: the recorder has RecorderLogs logs.
func (recorder *Recorder) Add(log *Log, channel Channel) error {
	texts := []string{channel.Topic, channel.SchemaName, channel.MessageEncoding, channel.SchemaEncoding}
	for _, field := range channel.fields {
		texts = append(texts, field.name)
	}
	for _, text := range texts {
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

// AddTo adds a log of values of T to a recorder, with the fields of T.
//
// A field has its Go name in small letters: SensorID becomes sensor_id. The tag `alog:"name"` gives it another name. A
// field of a struct within T has both names: position_x. A field of an embedded struct has its own name. T may also be
// a number or an array: then its one field is "value". Fields are integers, floats, booleans and arrays of these. A
// field with the name _ or the tag `alog:"-"` is left out. This is possible only where C also has padding, or at the
// end.
//
// Errors: the same as [Recorder.Add]; ErrArgument also if the log has other records.
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

// field is a member of a record, as C describes it.
type field struct {
	name                string
	kind, offset, count uint32
}

// fieldsOf finds the fields of a type, or returns an error for a part that cannot be a field.
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

// snake returns the name in small letters, with _ between its words: sensor_id for SensorID, http_port2 for HTTPPort2.
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

// Record writes a whole file: what each log shows now. It takes the views of all logs before it writes the first. It
// makes the file in memory first, so a slow writer holds no segments. [Recorder.RecordFile] needs no such memory.
//
// Errors: the writer's; ErrNoMemory; ErrClosed.
func (recorder *Recorder) Record(w io.Writer) (Recording, error) {
	recording, _, err := recorder.record(w)
	return recording, err
}

// WriteTo is Record as an [io.WriterTo]: it returns how many bytes were written.
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

// collect makes a file in memory, which the caller frees.
func (recorder *Recorder) collect() ([]byte, Recording, error) {
	recorder.mutex.Lock()
	defer recorder.mutex.Unlock()
	if recorder.memory == nil {
		return nil, Recording{}, ErrClosed
	}
	file, recording, status := recordToMemory(recorder.memory.raw, len(recorder.memory.logs))
	return file, recording, status.err()
}

// RecordFile is Record to a file, a pipe or a socket, without memory for the whole file. While it writes, it counts
// as a view of each log for MaxSegments. It uses the file's descriptor, as after [os.File.Fd].
//
// Errors: ErrIO, with the system's reason: the file is incomplete. ErrClosed: the Recorder is closed.
func (recorder *Recorder) RecordFile(file *os.File) (Recording, error) {
	if runtime.GOOS == "windows" { // there a file's handle is not a descriptor of C
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
