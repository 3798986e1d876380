package atomiclog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

type vector struct{ X, Y float64 }

type header struct {
	Time  int64
	FixID uint32
	Turn  uint32
}

type weather uint16

// everything has a field of each type. There is padding before Position and Offset.
type everything struct {
	header
	Kind     uint8
	_        [3]uint8
	Position vector
	Levels   [2][3]int16
	HTTPPort uint16
	On       bool
	small    int8
	Speed    float32 `alog:"velocity"`
	Weather  weather
	Debt     int32
	Offset   uint64
	Plain    int
	Raw      [3]byte
	Ignored  [5]byte `alog:"-"`
}

const everythingSchema = `int64 time
uint32 fix_id
uint32 turn
uint8 kind
float64 position_x
float64 position_y
int16[6] levels
uint16 http_port
bool on
int8 small
float32 velocity
uint16 weather
int32 debt
uint64 offset
int64 plain
uint8[3] raw
`

func everythingOf(i uint64) everything {
	return everything{header: header{Time: int64(1000 + 10*i), FixID: uint32(i), Turn: 3}, Kind: uint8(i),
		Position: vector{0.5, float64(i)}, Levels: [2][3]int16{{1, 2, 3}, {4, 5, int16(i)}}, HTTPPort: 80, On: i%2 == 1,
		small: -1, Speed: 0.25, Weather: 7, Debt: -1000, Offset: math.MaxUint64, Plain: -2, Raw: [3]byte{1, 2, 3}}
}

// cdr reads values of CDR: each at a multiple of its size.
type cdr struct {
	mcapBytes
	at uint64
}

func (c *cdr) value(size uint64) uint64 {
	gap := (size - c.at%size) % size
	same(c.t, c.take(gap), strings.Repeat("\x00", int(gap)))
	c.at += gap + size
	return c.number(size)
}

func checkEverything(t *testing.T, message mcapMessage, i uint64) {
	t.Helper()
	want := everythingOf(i)
	same(t, message.sequence, i)
	same(t, message.logTime, uint64(want.Time))
	same(t, message.publishTime, uint64(want.Time))
	c := &cdr{mcapBytes: mcapBytes{t, message.data}}
	same(t, c.take(4), "\x00\x01\x00\x00")
	same(t, int64(c.value(8)), want.Time)
	same(t, uint32(c.value(4)), want.FixID)
	same(t, uint32(c.value(4)), want.Turn)
	same(t, uint8(c.value(1)), want.Kind)
	same(t, math.Float64frombits(c.value(8)), want.Position.X)
	same(t, math.Float64frombits(c.value(8)), want.Position.Y)
	for _, row := range want.Levels {
		for _, level := range row {
			same(t, int16(c.value(2)), level)
		}
	}
	same(t, uint16(c.value(2)), want.HTTPPort)
	same(t, c.value(1) == 1, want.On)
	same(t, int8(c.value(1)), want.small)
	same(t, math.Float32frombits(uint32(c.value(4))), want.Speed)
	same(t, weather(c.value(2)), want.Weather)
	same(t, int32(c.value(4)), want.Debt)
	same(t, c.value(8), want.Offset)
	same(t, int(c.value(8)), want.Plain)
	for _, each := range want.Raw {
		same(t, byte(c.value(1)), each)
	}
	same(t, c.rest, "")
}

var everythingChannel = Channel{Topic: "/everything", SchemaName: "test/msg/Everything", TimeField: "time"}

// logOf makes a log with values of everything from 0 on: 8 retained, in segments of 4.
func logOf(t *testing.T, count uint64) (*Log, Typed[everything]) {
	t.Helper()
	log, typed, err := NewTyped[everything](Options{RetainedCapacity: 8, SegmentCapacity: 4})
	must(t, err)
	t.Cleanup(func() { log.Close() })
	writer := got(log.Writer())(t)
	defer writer.Close()
	for i := range count {
		must(t, typed.Append(writer, everythingOf(i)))
	}
	return log, typed
}

func newRecorderOf(t *testing.T) *Recorder {
	t.Helper()
	recorder := got(NewRecorder())(t)
	t.Cleanup(func() { recorder.Close() })
	return recorder
}

func TestFieldsOfEveryTypeAreReadBack(t *testing.T) {
	recorder := newRecorderOf(t)
	log, typed := logOf(t, 21)
	must(t, typed.AddTo(recorder, log, everythingChannel))
	must(t, log.Close()) // the recorder keeps it
	var out bytes.Buffer
	recording := got(recorder.Record(&out))(t)
	same(t, recording.Bytes, uint64(out.Len()))
	same(t, recording.Records, 9)
	same(t, recording.Older, 12)
	same(t, recording.LeftOut, 0)
	same(t, len(recording.Ranges), 1)
	same(t, recording.Ranges[0], Range{12, 21})
	file := readMcap(t, out.Bytes())
	same(t, file.profile, "ros2")
	same(t, file.channels[1], mcapChannel{1, "/everything", "cdr"})
	same(t, file.schemas[1], mcapSchema{"test/msg/Everything", "ros2msg", everythingSchema})
	same(t, len(file.messages), 9)
	for index, message := range file.messages {
		checkEverything(t, message, 12+uint64(index))
	}
}

func TestSeveralLogsAreInOneFile(t *testing.T) {
	recorder := newRecorderOf(t)
	log, typed := logOf(t, 5)
	newest, aged := everythingChannel, everythingChannel
	newest.MaxRecords = 2
	aged.MaxAge = 10
	must(t, typed.AddTo(recorder, log, newest))
	lines := got(NewBytes(Options{RetainedCapacity: 4096, SegmentCapacity: 1024}))(t)
	defer lines.Close()
	must(t, recorder.Add(lines, Channel{Topic: "/lines", MessageEncoding: "json"}))
	must(t, recorder.Add(lines, Channel{Topic: "/same", SchemaName: "Line", MessageEncoding: "json",
		SchemaEncoding: "jsonschema", Schema: []byte("{}"), HasTime: true, TimeOffset: 1}))
	must(t, typed.AddTo(recorder, log, aged))
	counts, typedCounts, err := NewTyped[uint64](Options{RetainedCapacity: 8, SegmentCapacity: 4})
	must(t, err)
	defer counts.Close()
	must(t, typedCounts.AddTo(recorder, counts, Channel{Topic: "/counts", SchemaName: "test/Count", TimeField: "value"}))
	writer := got(lines.Writer())(t)
	defer writer.Close()
	must(t, writer.Append([]byte("{}")))
	must(t, writer.Append([]byte("-\x07\x00\x00\x00\x00\x00\x00\x00")))

	var out bytes.Buffer
	same(t, got(recorder.WriteTo(&out))(t), int64(out.Len()))
	file := readMcap(t, out.Bytes())
	same(t, file.profile, "")
	same(t, len(file.messages), 8)
	checkEverything(t, file.messages[0], 3)
	checkEverything(t, file.messages[1], 4)
	same(t, file.messages[2], mcapMessage{2, 0, 0, 0, "{}"})
	same(t, file.messages[3].logTime, 1)
	same(t, file.messages[5], mcapMessage{3, 1, 7, 7, "-\x07\x00\x00\x00\x00\x00\x00\x00"})
	checkEverything(t, file.messages[6], 3)
	checkEverything(t, file.messages[7], 4)
	same(t, file.channels[2], mcapChannel{0, "/lines", "json"})
	same(t, file.schemas[3], mcapSchema{"Line", "jsonschema", "{}"})
	same(t, file.schemas[5], mcapSchema{"test/Count", "ros2msg", "uint64 value\n"})
	recording := got(recorder.Record(io.Discard))(t)
	same(t, recording.Records, 8)
	same(t, recording.LeftOut, 6)
	same(t, len(recording.Ranges), 5)
	same(t, recording.Ranges[0], Range{3, 5})
}

func TestAFileGetsTheSame(t *testing.T) {
	recorder := newRecorderOf(t)
	log, typed := logOf(t, 5)
	must(t, typed.AddTo(recorder, log, everythingChannel))
	var out bytes.Buffer
	in := got(recorder.Record(&out))(t)
	file := got(os.Create(filepath.Join(t.TempDir(), "log.mcap")))(t)
	recording := got(recorder.RecordFile(file))(t)
	same(t, recording.Bytes, in.Bytes)
	same(t, recording.Ranges[0], in.Ranges[0])
	must(t, file.Close())
	same(t, string(got(os.ReadFile(file.Name()))(t)), out.String())

	// A pipe, which Go opens so that it does not block.
	reader, writer, err := os.Pipe()
	must(t, err)
	read := make(chan []byte)
	go func() {
		all, _ := io.ReadAll(reader)
		read <- all
	}()
	got(recorder.RecordFile(writer))(t)
	must(t, writer.Close())
	same(t, string(<-read), out.String())
	must(t, reader.Close())
}

// failing takes this many bytes, and no more.
type failing struct {
	room int
	err  error
}

func (f failing) Write(data []byte) (int, error) {
	return min(f.room, len(data)), f.err
}

func TestWhatCannotBeWrittenIsTold(t *testing.T) {
	recorder := newRecorderOf(t)
	log, typed := logOf(t, 5)
	must(t, typed.AddTo(recorder, log, everythingChannel))
	broken := errors.New("broken")
	written, err := recorder.WriteTo(failing{7, broken})
	is(t, err, broken)
	same(t, written, 7)
	_, err = recorder.Record(failing{7, nil})
	is(t, err, io.ErrShortWrite)

	file := got(os.Create(filepath.Join(t.TempDir(), "log.mcap")))(t)
	readOnly := got(os.Open(file.Name()))(t)
	must(t, file.Close())
	for _, each := range []*os.File{file, readOnly} {
		_, err = recorder.RecordFile(each)
		is(t, err, ErrIO)
		is(t, err, syscall.EBADF)
	}
	must(t, readOnly.Close())
	if full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0); err == nil {
		_, err = recorder.RecordFile(full)
		is(t, err, syscall.ENOSPC)
		must(t, full.Close())
	}

	// A writer that panics leaves nothing behind: the next recording is whole.
	panics(t, func() { recorder.WriteTo(nil) })
	var out bytes.Buffer
	got(recorder.Record(&out))(t)
	same(t, len(readMcap(t, out.Bytes()).messages), 5)

	must(t, recorder.Close())
	must(t, recorder.Close())
	for _, err := range []error{
		func() error { _, err := recorder.WriteTo(&out); return err }(),
		func() error { _, err := recorder.RecordFile(file); return err }(),
		recorder.Add(log, Channel{Topic: "/lines", MessageEncoding: "json"}),
	} {
		is(t, err, ErrClosed)
	}
}

// addAs adds a log of values of a type.
func addAs[T any](t *testing.T, recorder *Recorder, channel Channel) error {
	t.Helper()
	log, typed, err := NewTyped[T](Options{RetainedCapacity: 8, SegmentCapacity: 4})
	must(t, err)
	defer log.Close()
	return typed.AddTo(recorder, log, channel)
}

func TestWrongChannelsAreToldInWords(t *testing.T) {
	recorder := newRecorderOf(t)
	refused := func(err error, status Status, words string) {
		t.Helper()
		is(t, err, status)
		if !strings.Contains(err.Error(), words) {
			t.Errorf("%q does not say %q", err, words)
		}
	}
	good := Channel{Topic: "/t", SchemaName: "test/msg/T"}
	with := func(change func(*Channel)) Channel {
		channel := good
		change(&channel)
		return channel
	}
	type twice struct {
		A uint8
		B uint8 `alog:"a"`
	}
	type gap struct {
		A uint32
		B uint32 `alog:"-"`
		C uint32
	}
	type short struct {
		A struct {
			B uint64
			C uint8
		}
		D uint8
	}
	type unlike struct {
		A uint8
		B struct {
			C uint8
			D uint64
		}
	}
	refused(addAs[struct{ Größe uint8 }](t, recorder, good), ErrArgument, "field größe: the name is none")
	refused(addAs[struct {
		A uint8 `alog:"NotThis"`
	}](t, recorder, good), ErrArgument, "field NotThis: the name is none")
	refused(addAs[struct {
		A uint8 `alog:"a\x00b"`
	}](t, recorder, good), ErrArgument, `"a\x00b" has a NUL in it`)
	refused(addAs[twice](t, recorder, good), ErrArgument, "field a: two fields have this name")
	refused(addAs[gap](t, recorder, good), ErrArgument, "field c: offset 8 leaves bytes before the field")
	refused(addAs[short](t, recorder, good), ErrArgument, "field d: offset 16 leaves bytes before the field")
	refused(addAs[unlike](t, recorder, good), ErrArgument, "field b_c: offset 8 leaves bytes before the field")
	refused(addAs[struct{ Signal complex64 }](t, recorder, good), ErrArgument, "field signal: complex64 is no integer")
	refused(addAs[struct{ Points [2]vector }](t, recorder, good), ErrArgument, "field points: [2]atomiclog.vector is no")
	refused(addAs[vector](t, recorder, with(func(c *Channel) { c.SchemaName = "T" })), ErrArgument, "package/msg/Name")
	refused(addAs[vector](t, recorder, with(func(c *Channel) { c.MessageEncoding = "json" })), ErrArgument, "it is cdr")
	for _, name := range []string{"x", "none"} {
		refused(addAs[vector](t, recorder, with(func(c *Channel) { c.TimeField = name })), ErrArgument,
			`TimeField "`+name+`" is no field of type uint64 or int64 of atomiclog.vector`)
	}
	refused(addAs[vector](t, recorder, with(func(c *Channel) { c.HasTime = true })), ErrArgument, "TimeField")
	refused(addAs[vector](t, recorder, with(func(c *Channel) { c.Topic = "a\x00b" })), ErrArgument, "NUL")
	refused(addAs[vector](t, recorder, with(func(c *Channel) { c.Topic = "" })), ErrArgument, "topic is empty")
	log, typed := logOf(t, 1)
	refused(typed.AddTo(recorder, got(NewFixed(Options{RecordSize: 8, RetainedCapacity: 8, SegmentCapacity: 4}))(t), good),
		ErrArgument, "the records of the log are not of type atomiclog.everything")
	refused(Typed[everything]{}.AddTo(recorder, log, good), ErrArgument, "not of type atomiclog.everything")
	refused(recorder.Add(log, good), ErrArgument, "there are neither fields nor a message_encoding")

	// Nothing of it was added.
	same(t, got(recorder.Record(io.Discard))(t).Records, 0)
	for range RecorderLogs {
		must(t, typed.AddTo(recorder, log, everythingChannel))
	}
	refused(typed.AddTo(recorder, log, everythingChannel), ErrState, "the recorder has 16 logs")
	same(t, got(recorder.Record(io.Discard))(t).Records, RecorderLogs)
	must(t, log.Close())
	is(t, recorder.Add(log, good), ErrClosed)
}

// resident returns how many bytes of memory the process has.
func resident(t *testing.T) uint64 {
	t.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("only Linux tells how much memory there is: ", err)
	}
	return got(strconv.ParseUint(strings.Fields(string(text))[1], 10, 64))(t) * uint64(os.Getpagesize())
}

func TestARecorderGivesItsLogsBack(t *testing.T) {
	const each, times = 16 << 20, 40
	before := resident(t)
	for turn := range times {
		recorder := got(NewRecorder())(t)
		log := got(NewBytes(Options{RetainedCapacity: each / 2, SegmentCapacity: each / 2, PreallocatedSegments: 2,
			Prefault: true}))(t)
		must(t, recorder.Add(log, Channel{Topic: "/lines", MessageEncoding: "json", Schema: make([]byte, 1<<20),
			SchemaName: "zeros", SchemaEncoding: "zeros"}))
		must(t, log.Close())
		if turn == 0 && resident(t) < before+each { // the recorder keeps it
			t.Error("what a log takes would not be seen")
		}
		must(t, recorder.Close())
	}
	// AddressSanitizer keeps up to 256 MB of what was freed.
	if grown := resident(t) - before; resident(t) > before && grown > each*times*3/4 {
		t.Errorf("%d bytes were not given back", grown)
	}
}

func TestNamesAreInSmallLetters(t *testing.T) {
	for name, want := range map[string]string{"X": "x", "Time": "time", "SensorID": "sensor_id", "HTTPPort2": "http_port2",
		"Já": "já", "already_small": "already_small", "Not_Small": "not_small", "aB": "a_b", "V2Speed": "v2_speed"} {
		same(t, snake(name), want)
	}
}

// Recordings, additions and a writer at once: each file is whole, and has what a view showed.
func TestRecordingsAndAdditionsAtOnce(t *testing.T) {
	recorder := newRecorderOf(t)
	log, typed, err := NewTyped[uint64](Options{RetainedCapacity: 64, SegmentCapacity: 16})
	must(t, err)
	defer log.Close()
	writer := got(log.Writer())(t)
	channel := Channel{Topic: "/counts", SchemaName: "test/Count"}
	must(t, typed.AddTo(recorder, log, channel))
	var group sync.WaitGroup
	var files [3][20]bytes.Buffer
	for index := range files {
		group.Add(1)
		go func() {
			defer group.Done()
			for turn := range files[index] {
				if _, err := recorder.Record(&files[index][turn]); err != nil {
					t.Error(err)
				}
				runtime.Gosched()
			}
		}()
	}
	for i := range uint64(5000) {
		must(t, typed.Append(writer, i))
		if i%500 == 0 {
			must(t, typed.AddTo(recorder, log, channel))
		}
	}
	group.Wait()
	must(t, writer.Close())
	for index := range files {
		for turn := range files[index] {
			next := map[uint64]uint64{} // of each channel
			for _, message := range readMcap(t, files[index][turn].Bytes()).messages {
				if want, known := next[message.channel]; known {
					same(t, message.sequence, want)
				}
				next[message.channel] = message.sequence + 1
				same(t, binary.LittleEndian.Uint64([]byte(message.data[4:])), message.sequence)
			}
		}
	}
}
