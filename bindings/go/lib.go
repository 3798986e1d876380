package atomiclog

// The only file that calls C. Where another file needs one call, and C has several functions, this file puts them
// together.

/*
#if defined(__has_include)
#if !__has_include("atomic_log.h")
#error "atomic_log.h is not there: run make lib, or, from a copy of this directory, use -tags atomiclog_pkgconfig"
#endif
#endif
#include "atomic_log.h"
#include <stdlib.h>
#include <string.h>

#cgo noescape alog_log_describe
#cgo noescape alog_log_options
#cgo noescape alog_log_range
#cgo noescape alog_log_stats
#cgo noescape alog_snapshot_stats
#cgo noescape alog_channel_check
#cgo noescape alog_recorder_add
#cgo noescape alog_recorder_write_fd
#cgo noescape record_to_memory
#cgo noescape alog_writer_append
#cgo noescape alog_writer_append_batch
#cgo noescape alog_writer_append_packed
#cgo noescape alog_writer_append_slices
#cgo noescape alog_writer_reserve
#cgo noescape alog_snapshot_chunks
#cgo noescape alog_options_problem
#cgo noescape arm_sleeper
#cgo noescape claim_writer
#cgo noescape create_snapshot
#cgo noescape clone_snapshot
#cgo noescape look_at_cursor
#cgo noescape refresh_snapshot
#cgo noescape refresh_cursor
#cgo noescape more_of_cursor
#cgo nocallback alog_writer_append
#cgo nocallback alog_writer_append_batch
#cgo nocallback alog_writer_append_packed
#cgo nocallback alog_writer_append_slices
#cgo nocallback alog_snapshot_chunks
#cgo nocallback arm_sleeper
#cgo nocallback refresh_snapshot
#cgo nocallback refresh_cursor
#cgo nocallback more_of_cursor

static alog_status claim_writer(alog_log *log, alog_writer **out, alog_hot **hot) {
  alog_status status = alog_writer_claim(log, out);
  if (status == ALOG_OK) *hot = alog_writer_hot(*out);
  return status;
}

// What Go remembers of a snapshot, so that it need not call C again.
typedef struct view_state {
  alog_range range;
  alog_range latest;
  size_t chunks;
} view_state;

static alog_status look_at_snapshot(const alog_snapshot *snapshot, view_state *out) {
  alog_status status = alog_snapshot_range(snapshot, &out->range);
  if (status == ALOG_OK) status = alog_snapshot_latest(snapshot, &out->latest);
  if (status == ALOG_OK) out->chunks = alog_snapshot_chunk_count(snapshot);
  return status;
}

static alog_status create_snapshot(const alog_log *log, alog_snapshot **out, const alog_glance **glance, view_state *state) {
  alog_status status = alog_snapshot_create(log, out);
  if (status != ALOG_OK) return status;
  *glance = alog_snapshot_glance(*out);
  return look_at_snapshot(*out, state);
}

static alog_status clone_snapshot(const alog_snapshot *snapshot, alog_snapshot **out, const alog_glance **glance) {
  alog_status status = alog_snapshot_clone(snapshot, out);
  if (status == ALOG_OK) *glance = alog_snapshot_glance(*out);
  return status;
}

// Prepares a sleep that misses nothing from here on.
static alog_status arm_sleeper(const alog_log *log, alog_snapshot **view, uint64_t *interrupts) {
  *interrupts = alog_log_interrupts(log);
  if (alog_log_is_finished(log)) return ALOG_FINISHED;
  return alog_snapshot_create(log, view);
}

// The view ends with the sleep, so that it holds nothing for longer. After a timeout it stays.
static alog_status sleep_on(alog_snapshot *view, uint64_t timeout_ns, uint64_t interrupts) {
  alog_status status = alog_snapshot_wait_since(view, timeout_ns, interrupts);
  if (status != ALOG_TIMEOUT) alog_snapshot_destroy(view);
  return status;
}

static alog_status refresh_snapshot(alog_snapshot *snapshot, view_state *out, alog_delta *delta) {
  alog_status status = alog_snapshot_refresh(snapshot, delta);
  if (status != ALOG_OK) return status;
  return look_at_snapshot(snapshot, out);
}

// Reads chunks until there is no more room, or no chunk is left.
static alog_status more_of_cursor(alog_cursor *cursor, alog_chunk *out, size_t max, size_t *written) {
  alog_status status = ALOG_OK;
  size_t count = 0;
  while (count < max && (status = alog_cursor_next(cursor, &out[count])) == ALOG_OK) count++;
  *written = count;
  return status < ALOG_OK ? status : ALOG_OK;
}

// C's cursor is behind the chunks that Go got. `position` is how far Go has read.
static alog_status refresh_cursor(alog_cursor *cursor, uint64_t position, alog_delta *delta, alog_chunk *out, size_t max,
                                  size_t *written) {
  alog_status status = alog_cursor_seek(cursor, position);
  if (status != ALOG_OK) return status;
  alog_status refreshed = alog_cursor_refresh(cursor, delta);
  if (refreshed < ALOG_OK) return refreshed;
  status = more_of_cursor(cursor, out, max, written);
  return status < ALOG_OK ? status : refreshed;
}

// Tells whether something is unread from `position` on, which is how far Go has read.
static alog_status look_at_cursor(alog_cursor *cursor, uint64_t position) {
  alog_status status = alog_cursor_seek(cursor, position);
  return status == ALOG_OK ? alog_cursor_wait(cursor, 0) : status;
}

// C pins the chunk that was returned last. So C returns the chunk of the record once more, and then the cursor goes
// back to where it was.
static alog_status pin_at(alog_cursor *cursor, uint64_t sequence, alog_segment **out) {
  uint64_t position = alog_cursor_position(cursor);
  alog_chunk chunk;
  alog_status status = alog_cursor_seek(cursor, sequence);
  if (status != ALOG_OK) return status;
  status = alog_cursor_next(cursor, &chunk);
  if (status == ALOG_OK) status = alog_cursor_pin(cursor, out);
  else if (status == ALOG_END) status = ALOG_ERR_OUT_OF_RANGE;
  alog_status back = alog_cursor_seek(cursor, position);
  return status != ALOG_OK ? status : back;
}

// A recorder, and the file that it writes.
typedef struct memory_recorder {
  alog_recorder recorder;
  unsigned char *data;
  size_t size;
  size_t room;
} memory_recorder;

static alog_status keep(void *context, const void *data, size_t size) {
  memory_recorder *to = context;
  if (size > to->room - to->size) {
    const size_t room = to->room + to->room / 2 + size + 65536;
    unsigned char *more = realloc(to->data, room);
    if (more == NULL) return ALOG_ERR_NO_MEMORY;
    to->data = more;
    to->room = room;
  }
  memcpy(to->data + to->size, data, size);
  to->size += size;
  return ALOG_OK;
}

static memory_recorder *new_recorder(void) {
  memory_recorder *made = calloc(1, sizeof *made);
  if (made != NULL) {
    const alog_sink sink = {made, keep};
    alog_recorder_init(&made->recorder, &sink);
  }
  return made;
}

// The caller frees the file. NULL: there is none.
static alog_status record_to_memory(memory_recorder *recorder, alog_recording *out, unsigned char **data,
                                    size_t *size) {
  const alog_status status = alog_recorder_write(&recorder->recorder, out);
  *data = recorder->data;
  *size = recorder->size;
  recorder->data = NULL;
  recorder->size = recorder->room = 0;
  if (status != ALOG_OK) {
    free(*data);
    *data = NULL;
  }
  return status;
}
*/
import "C"

import (
	"reflect"
	"unsafe"
)

type (
	cRecorder = *C.memory_recorder
	cLog      = *C.alog_log
	cWriter   = *C.alog_writer
	cSnapshot = *C.alog_snapshot
	cCursor   = *C.alog_cursor
	cSegment  = *C.alog_segment
)

// The structs that Go shares with the library, to work without a call: see inline.go.
type (
	cHot      = C.alog_hot
	cGlance   = C.alog_glance
	cFollower = C.alog_follower
	cWord     = C.uint64_t
	cSize     = C.size_t
)

// This compiles only if the mirrors of C's structs have C's size and order.
const (
	_ = -(unsafe.Sizeof(rawChunk{}) ^ unsafe.Sizeof(C.alog_chunk{}))
	_ = -(unsafe.Offsetof(rawChunk{}.count) ^ unsafe.Offsetof(C.alog_chunk{}.count))
	_ = -(unsafe.Offsetof(rawChunk{}.stride) ^ unsafe.Offsetof(C.alog_chunk{}.stride))
	_ = -(unsafe.Offsetof(rawChunk{}.spans) ^ unsafe.Offsetof(C.alog_chunk{}.spans))
	_ = -(unsafe.Offsetof(rawChunk{}.first) ^ unsafe.Offsetof(C.alog_chunk{}.first_sequence))
	_ = -(unsafe.Offsetof(rawChunk{}.segment) ^ unsafe.Offsetof(C.alog_chunk{}.segment_sequence))
	_ = -(unsafe.Sizeof(Span{}) ^ unsafe.Sizeof(C.alog_span{}))
	_ = -(unsafe.Offsetof(Span{}.Size) ^ unsafe.Offsetof(C.alog_span{}.size))
	_ = -(unsafe.Sizeof(rawSlice{}) ^ unsafe.Sizeof(C.alog_slice{}))
	_ = -(unsafe.Offsetof(rawSlice{}.size) ^ unsafe.Offsetof(C.alog_slice{}.size))
)

const waitForever = uint64(C.ALOG_WAIT_FOREVER)

func version() string {
	return C.GoString(C.alog_version_string())
}

func statusName(status Status) string {
	return C.GoString(C.alog_status_name(C.int32_t(status)))
}

func statusMessage(status Status) string {
	return C.GoString(C.alog_status_message(C.int32_t(status)))
}

// createLog also returns what is wrong with the options, if something is.
func createLog(options *Options, bytes bool) (cLog, string, Status) {
	var given C.alog_options
	C.alog_options_init(&given)
	if options.AutoNotify {
		given.flags |= C.ALOG_FLAG_AUTO_NOTIFY
	}
	if options.Prefault {
		given.flags |= C.ALOG_FLAG_PREFAULT
	}
	given.retained_capacity = C.uint64_t(options.RetainedCapacity)
	given.segment_capacity = C.uint64_t(options.SegmentCapacity)
	given.record_size = C.uint64_t(options.RecordSize)
	given.record_align = C.uint32_t(options.RecordAlign)
	given.segment_records = C.uint32_t(options.SegmentRecords)
	given.preallocated_segments = C.uint32_t(options.PreallocatedSegments)
	given.max_segments = C.uint32_t(options.MaxSegments)
	var log cLog
	var status Status
	if bytes {
		status = Status(C.alog_log_create_bytes(&given, &log))
	} else {
		status = Status(C.alog_log_create_fixed(&given, &log))
	}
	if status != ErrArgument {
		return log, "", status
	}
	var problem [256]C.char
	C.alog_options_problem(&given, C.bool(bytes), &problem[0], C.size_t(len(problem)))
	return log, C.GoString(&problem[0]), status
}

func logOptions(log cLog) (Options, Status) {
	var resolved C.alog_options
	C.alog_options_init(&resolved)
	status := Status(C.alog_log_options(log, &resolved))
	return Options{
		RetainedCapacity:     uint64(resolved.retained_capacity),
		SegmentCapacity:      uint64(resolved.segment_capacity),
		RecordSize:           uint64(resolved.record_size),
		RecordAlign:          uint32(resolved.record_align),
		SegmentRecords:       uint32(resolved.segment_records),
		PreallocatedSegments: uint32(resolved.preallocated_segments),
		MaxSegments:          uint32(resolved.max_segments),
		AutoNotify:           resolved.flags&C.ALOG_FLAG_AUTO_NOTIFY != 0,
		Prefault:             resolved.flags&C.ALOG_FLAG_PREFAULT != 0,
	}, status
}

func retainLog(log cLog) cLog {
	return C.alog_log_retain(log)
}

func releaseLog(log cLog) {
	C.alog_log_release(log)
}

func interruptLog(log cLog) {
	C.alog_log_interrupt(log)
}

func logRange(log cLog) (Range, Status) {
	var out C.alog_range
	status := Status(C.alog_log_range(log, &out))
	return Range{uint64(out.begin), uint64(out.end)}, status
}

func logHasWriter(log cLog) bool {
	return bool(C.alog_log_has_writer(log))
}

func logIsFinished(log cLog) bool {
	return bool(C.alog_log_is_finished(log))
}

func armSleeper(log cLog) (view cSnapshot, interrupts uint64, status Status) {
	var count C.uint64_t
	status = Status(C.arm_sleeper(log, &view, &count))
	return view, uint64(count), status
}

// sleepOn also ends the view, unless it returns statusTimeout.
func sleepOn(view cSnapshot, timeout, interrupts uint64) Status {
	return Status(C.sleep_on(view, C.uint64_t(timeout), C.uint64_t(interrupts)))
}

func logStats(log cLog) (Stats, Status) {
	out := C.alog_stats{struct_size: C.uint32_t(unsafe.Sizeof(C.alog_stats{}))}
	status := Status(C.alog_log_stats(log, &out))
	return Stats{
		RecordsAppended:       uint64(out.records_appended),
		SegmentsCreated:       uint64(out.segments_created),
		SegmentsLive:          uint64(out.segments_live),
		SegmentsPooled:        uint64(out.segments_pooled),
		SegmentsHeldByReaders: uint64(out.segments_held_by_readers),
		WindowsLive:           uint64(out.windows_live),
		SnapshotsLive:         uint64(out.snapshots_live),
		SegmentPinsLive:       uint64(out.segment_pins_live),
		BytesAllocated:        uint64(out.bytes_allocated),
		Rolls:                 uint64(out.rolls),
		SegmentLimitHits:      uint64(out.segment_limit_hits),
		AllocationFailures:    uint64(out.allocation_failures),
		OldestViewAge:         uint64(out.oldest_view_age),
	}, status
}

func describeLog(log cLog) string {
	text := make([]byte, 1024)
	for {
		length := int(C.alog_log_describe(log, (*C.char)(unsafe.Pointer(&text[0])), C.size_t(len(text))))
		if length < len(text) {
			return string(text[:length])
		}
		text = make([]byte, 2*length)
	}
}

func claimWriter(log cLog) (writer cWriter, hot *cHot, status Status) {
	status = Status(C.claim_writer(log, &writer, &hot))
	return writer, hot, status
}

func releaseWriter(writer cWriter) {
	C.alog_writer_release(writer)
}

// finishWriter also ends the writer, if it returns statusOK.
func finishWriter(writer cWriter) Status {
	return Status(C.alog_writer_finish(writer))
}

func appendRecord(writer cWriter, record []byte) Status {
	return Status(C.alog_writer_append(writer, unsafe.Pointer(unsafe.SliceData(record)), C.size_t(len(record))))
}

func appendBatch(writer cWriter, records unsafe.Pointer, count int) Status {
	return Status(C.alog_writer_append_batch(writer, records, C.size_t(count)))
}

func appendPacked(writer cWriter, data []byte, sizes []uint32) Status {
	return Status(C.alog_writer_append_packed(writer, unsafe.Pointer(unsafe.SliceData(data)),
		(*C.uint32_t)(unsafe.SliceData(sizes)), C.size_t(len(sizes))))
}

func appendSlices(writer cWriter, records []rawSlice) Status {
	return Status(C.alog_writer_append_slices(writer, (*C.alog_slice)(unsafe.Pointer(unsafe.SliceData(records))),
		C.size_t(len(records))))
}

func beginGroup(writer cWriter) Status {
	return Status(C.alog_writer_begin(writer))
}

func publishGroup(writer cWriter) Status {
	return Status(C.alog_writer_publish(writer))
}

func abandonGroup(writer cWriter) Status {
	return Status(C.alog_writer_abandon(writer))
}

func reserve(writer cWriter, want int) (data unsafe.Pointer, capacity, stride int, status Status) {
	var out C.alog_reservation
	status = Status(C.alog_writer_reserve(writer, C.size_t(want), &out))
	return out.data, int(out.capacity), int(out.stride), status
}

func commit(writer cWriter, used int) Status {
	return Status(C.alog_writer_commit(writer, C.size_t(used)))
}

func cancelReservation(writer cWriter) Status {
	return Status(C.alog_writer_cancel(writer))
}

func nextSequence(writer cWriter) uint64 {
	return uint64(C.alog_writer_next_sequence(writer))
}

func skip(writer cWriter, next uint64) Status {
	return Status(C.alog_writer_skip(writer, C.uint64_t(next)))
}

func notify(writer cWriter) Status {
	return Status(C.alog_writer_notify(writer))
}

func trim(writer cWriter) Status {
	return Status(C.alog_writer_trim(writer))
}

// snapshotState is what Go knows of a view without a call to C.
type snapshotState struct {
	view, latest Range
	chunks       int
}

func stateOf(state *C.view_state) snapshotState {
	return snapshotState{
		view:   Range{uint64(state._range.begin), uint64(state._range.end)},
		latest: Range{uint64(state.latest.begin), uint64(state.latest.end)},
		chunks: int(state.chunks),
	}
}

func createSnapshot(log cLog) (snapshotHandle, snapshotState, Status) {
	var created snapshotHandle
	var state C.view_state
	status := Status(C.create_snapshot(log, &created.handle, &created.glance, &state))
	return created, stateOf(&state), status
}

func cloneSnapshot(snapshot cSnapshot) (snapshotHandle, Status) {
	var clone snapshotHandle
	status := Status(C.clone_snapshot(snapshot, &clone.handle, &clone.glance))
	return clone, status
}

func destroySnapshot(snapshot cSnapshot) {
	C.alog_snapshot_destroy(snapshot)
}

func refreshSnapshot(snapshot cSnapshot, state *snapshotState) (Delta, Status) {
	var looked C.view_state
	var delta C.alog_delta
	status := Status(C.refresh_snapshot(snapshot, &looked, &delta))
	if status == statusOK {
		*state = stateOf(&looked)
	}
	return deltaOf(&delta), status
}

func deltaOf(delta *C.alog_delta) Delta {
	return Delta{uint64(delta.first_sequence), uint64(delta.appended), uint64(delta.lost)}
}

// lookAtSnapshot returns statusOK if there is something newer, otherwise statusTimeout or statusFinished.
func lookAtSnapshot(snapshot cSnapshot) Status {
	return Status(C.alog_snapshot_wait(snapshot, 0))
}

func snapshotChunks(snapshot cSnapshot, out []rawChunk) (int, Status) {
	var written C.size_t
	status := Status(C.alog_snapshot_chunks(snapshot, 0, C.size_t(len(out)),
		(*C.alog_chunk)(unsafe.Pointer(unsafe.SliceData(out))), &written))
	return int(written), status
}

func pinOfSnapshot(snapshot cSnapshot, index int) (cSegment, Status) {
	var segment cSegment
	status := Status(C.alog_snapshot_pin(snapshot, C.size_t(index), &segment))
	return segment, status
}

func snapshotStats(snapshot cSnapshot) (ViewStats, Status) {
	out := C.alog_view_stats{struct_size: C.uint32_t(unsafe.Sizeof(C.alog_view_stats{}))}
	status := Status(C.alog_snapshot_stats(snapshot, &out))
	return ViewStats{
		Segments:     uint64(out.segments),
		SegmentsHeld: uint64(out.segments_held),
		BytesHeld:    uint64(out.bytes_held),
		Age:          uint64(out.age),
	}, status
}

func openCursor(log cLog, start Start) (cCursor, Status) {
	var cursor cCursor
	status := Status(C.alog_cursor_open(log, C.alog_start(start), &cursor))
	return cursor, status
}

func cursorOfSnapshot(snapshot cSnapshot) (cCursor, Status) {
	var cursor cCursor
	status := Status(C.alog_cursor_create(snapshot, &cursor))
	return cursor, status
}

func destroyCursor(cursor cCursor) {
	C.alog_cursor_destroy(cursor)
}

func cursorPosition(cursor cCursor) uint64 {
	return uint64(C.alog_cursor_position(cursor))
}

func followerOf(cursor cCursor) *cFollower {
	return C.alog_cursor_follower(cursor)
}

func seekCursor(cursor cCursor, sequence uint64) Status {
	return Status(C.alog_cursor_seek(cursor, C.uint64_t(sequence)))
}

// lookAtCursor returns statusOK if something is unread from a position on, otherwise statusTimeout or statusFinished.
func lookAtCursor(cursor cCursor, position uint64) Status {
	return Status(C.look_at_cursor(cursor, C.uint64_t(position)))
}

func moreOfCursor(cursor cCursor, out []rawChunk) (int, Status) {
	var written C.size_t
	status := Status(C.more_of_cursor(cursor, (*C.alog_chunk)(unsafe.Pointer(unsafe.SliceData(out))),
		C.size_t(len(out)), &written))
	return int(written), status
}

func refreshCursor(cursor cCursor, position uint64, out []rawChunk) (int, Delta, Status) {
	var written C.size_t
	var delta C.alog_delta
	status := Status(C.refresh_cursor(cursor, C.uint64_t(position), &delta,
		(*C.alog_chunk)(unsafe.Pointer(unsafe.SliceData(out))), C.size_t(len(out)), &written))
	return int(written), deltaOf(&delta), status
}

func pinOfCursor(cursor cCursor, sequence uint64) (cSegment, Status) {
	var segment cSegment
	status := Status(C.pin_at(cursor, C.uint64_t(sequence), &segment))
	return segment, status
}

func retainSegment(segment cSegment) {
	C.alog_segment_retain(segment)
}

func releaseSegment(segment cSegment) {
	C.alog_segment_release(segment)
}

func newRecorder() cRecorder {
	return C.new_recorder()
}

// freeBlock frees what C allocated for Go.
func freeBlock(block unsafe.Pointer) {
	C.free(block)
}

// numberType returns the ALOG_TYPE of a Go number, or 0.
func numberType(kind reflect.Type) uint32 {
	switch kind.Kind() {
	case reflect.Bool:
		return C.ALOG_TYPE_BOOL
	case reflect.Float32:
		return C.ALOG_TYPE_F32
	case reflect.Float64:
		return C.ALOG_TYPE_F64
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return map[uintptr]uint32{1: C.ALOG_TYPE_I8, 2: C.ALOG_TYPE_I16, 4: C.ALOG_TYPE_I32,
			8: C.ALOG_TYPE_I64}[kind.Size()]
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return map[uintptr]uint32{1: C.ALOG_TYPE_U8, 2: C.ALOG_TYPE_U16, 4: C.ALOG_TYPE_U32,
			8: C.ALOG_TYPE_U64}[kind.Size()]
	}
	return 0
}

// isTime reports whether a field can hold a record's time.
func (f field) isTime() bool {
	return f.count == 1 && (f.kind == C.ALOG_TYPE_U64 || f.kind == C.ALOG_TYPE_I64)
}

// addToRecorder also returns what is wrong with the channel, if something is. What the channel points to is copied to
// blocks. They must stay as long as the recorder, and the caller frees them.
func addToRecorder(recorder cRecorder, log cLog, channel *Channel) (owned []unsafe.Pointer, problem string,
	status Status) {
	text := func(text string) *C.char {
		if text == "" {
			return nil
		}
		copied := C.CString(text)
		owned = append(owned, unsafe.Pointer(copied))
		return copied
	}
	given := C.alog_channel{
		struct_size:      C.uint32_t(unsafe.Sizeof(C.alog_channel{})),
		topic:            text(channel.Topic),
		schema_name:      text(channel.SchemaName),
		time_offset:      C.ALOG_NO_TIME,
		message_encoding: text(channel.MessageEncoding),
		schema_encoding:  text(channel.SchemaEncoding),
		max_records:      C.uint64_t(channel.MaxRecords),
		max_age:          C.uint64_t(channel.MaxAge),
	}
	if channel.HasTime {
		given.time_offset = C.uint32_t(channel.TimeOffset)
	}
	if len(channel.Schema) > 0 {
		given.schema = C.CBytes(channel.Schema)
		given.schema_size = C.size_t(len(channel.Schema))
		owned = append(owned, given.schema)
	}
	if count := len(channel.fields); count > 0 {
		block := C.calloc(C.size_t(count), C.size_t(unsafe.Sizeof(C.alog_field{})))
		owned = append(owned, block)
		given.fields, given.field_count = (*C.alog_field)(block), C.size_t(count)
		list := unsafe.Slice((*C.alog_field)(block), count)
		for index, field := range channel.fields {
			list[index] = C.alog_field{name: text(field.name), _type: C.uint32_t(field.kind),
				offset: C.uint32_t(field.offset), count: C.uint32_t(field.count)}
		}
	}
	status = Status(C.alog_recorder_add(&recorder.recorder, log, &given))
	switch status {
	case statusOK:
	case ErrState:
		problem = "the recorder has 16 logs, which is all that it takes"
	default:
		var said [512]C.char
		C.alog_channel_check(log, &given, &said[0], C.size_t(len(said)))
		problem = C.GoString(&said[0])
	}
	return owned, problem, status
}

func recordingOf(out *C.alog_recording, logs int) Recording {
	recording := Recording{Records: uint64(out.records), Bytes: uint64(out.bytes), Older: uint64(out.older),
		LeftOut: uint64(out.left_out), Ranges: make([]Range, logs)}
	for index := range recording.Ranges {
		recording.Ranges[index] = Range{uint64(out.ranges[index].begin), uint64(out.ranges[index].end)}
	}
	return recording
}

// recordToMemory returns a file, which the caller frees.
func recordToMemory(recorder cRecorder, logs int) ([]byte, Recording, Status) {
	var out C.alog_recording
	var data *C.uchar
	var size C.size_t
	status := Status(C.record_to_memory(recorder, &out, &data, &size))
	if status != statusOK {
		return nil, Recording{}, status
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(data)), int(size)), recordingOf(&out, logs), status
}

// recordToFile also returns errno.
func recordToFile(recorder cRecorder, fd uintptr, logs int) (Recording, error, Status) {
	var out C.alog_recording
	status, errno := C.alog_recorder_write_fd(&recorder.recorder, C.int(fd), &out)
	return recordingOf(&out, logs), errno, Status(status)
}
