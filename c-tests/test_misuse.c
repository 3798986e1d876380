/*
 * Holds up: every misuse that can be detected has its documented status. Faults are found in the documented order
 * (handle NULL, HANDLE, out NULL, KIND, a count of 0, other NULLs, ARGUMENT, STATE, CLAIMED or FINISHED, OUT_OF_RANGE,
 * TOO_LARGE). A refused call changes nothing: not the log, not the writer, not a reader, not an out.
 */
#include "counting.h"
#include "fixture.h"

enum handle { LOG, WRITER, SNAPSHOT, CURSOR, SEGMENT, JUNK, HANDLES };

/* A log with one handle of each type, and outs that are filled with a pattern. */
typedef struct world {
  counting memory;
  void *handles[HANDLES];
  alog_log *log;
  alog_writer *writer;
  alog_snapshot *snapshot;
  alog_snapshot *unchanged; /* refreshed to see whether anything was published */
  alog_cursor *cursor;
  alog_segment *segment;
  alog_range range;
  uint64_t next;
  uint64_t position;
  size_t blocks;
  union outs {
    alog_options options;
    alog_stats stats;
    alog_view_stats view_stats;
    alog_range range;
    alog_slice slice;
    alog_chunk chunk;
    alog_delta delta;
    alog_reservation reservation;
    size_t written;
    size_t places[2]; /* of a chunk, and in it */
    alog_log *log;
    alog_writer *writer;
    alog_snapshot *snapshot;
    alog_cursor *cursor;
    alog_segment *segment;
    unsigned char bytes[128];
  } out, untouched;
} world;

static world fixed;
static world bytes;

/* Not a handle, but memory that may be looked at as if it were one. */
static union junk {
  max_align_t align;
  unsigned char bytes[4096];
} junk;

static void build(world *w, bool of_bytes) {
  memset((void *)w, 0, sizeof *w);
  counting_init(&w->memory);
  alog_options options = of_bytes ? bytes_options(256, 64) : fixed_options(8, 4, sizeof(uint64_t));
  options.allocator = &w->memory.allocator;
  w->log = of_bytes ? create_bytes(options) : create_fixed(options);
  w->writer = claim(w->log);
  for (int i = 0; i < 20; i++) {
    CHECK_OK(of_bytes ? append_text(w->writer) : append_number(w->writer));
  }
  w->snapshot = snapshot_of(w->log);
  w->unchanged = snapshot_of(w->log);
  w->cursor = cursor_over(w->snapshot);
  w->segment = pin_of(w->snapshot, 0);
  w->handles[LOG] = w->log;
  w->handles[WRITER] = w->writer;
  w->handles[SNAPSHOT] = w->snapshot;
  w->handles[CURSOR] = w->cursor;
  w->handles[SEGMENT] = w->segment;
  w->handles[JUNK] = &junk;
  w->range = log_range_of(w->log);
  w->next = alog_writer_next_sequence(w->writer);
  w->position = alog_cursor_position(w->cursor);
  w->blocks = atomic_load(&w->memory.blocks);
  memset(&w->untouched, 0x5a, sizeof w->untouched);
  w->untouched.options.struct_size = sizeof(alog_options);
  w->out = w->untouched;
}

/* Checks that nothing has changed since the world was built. */
static void check_world(world *w) {
  CHECK_RANGE(w->range.begin, w->range.end, log_range_of(w->log));
  CHECK_RANGE(w->range.begin, w->range.end, range_of(w->snapshot));
  CHECK_U64(w->next, alog_writer_next_sequence(w->writer));
  CHECK_U64(w->position, alog_cursor_position(w->cursor));
  CHECK_STATUS(ALOG_UNCHANGED, alog_snapshot_refresh(w->unchanged, NULL));
  CHECK_U64(0, alog_segment_sequence(w->segment) - chunk_of(w->snapshot, 0).segment_sequence);
  CHECK(alog_log_has_writer(w->log));
  CHECK_U64(w->blocks, atomic_load(&w->memory.blocks));
  CHECK_MEMORY(&w->untouched, &w->out, sizeof w->out);
}

static void tear_down(world *w) {
  check_world(w);
  alog_segment_release(w->segment);
  alog_cursor_destroy(w->cursor);
  alog_snapshot_destroy(w->unchanged);
  alog_snapshot_destroy(w->snapshot);
  alog_writer_release(w->writer);
  alog_log_release(w->log);
  counting_done(&w->memory);
}

#define REFUSED(world, expected, call) \
  do {                                 \
    CHECK_STATUS((expected), (call));  \
    check_world(world);                \
  } while (0)

/* A call with `handle` for its first argument: NULL and every other type of handle in turn. */
#define WRONG_HANDLES(w, own, type, call)              \
  do {                                                 \
    type *handle = NULL;                               \
    REFUSED(w, ALOG_ERR_NULL, call);                   \
    for (int which_ = 0; which_ < HANDLES; which_++) { \
      if (which_ != (own)) {                           \
        handle = (type *)(w)->handles[which_];         \
        REFUSED(w, ALOG_ERR_HANDLE, call);             \
      }                                                \
    }                                                  \
  } while (0)

/* The same for a function that returns a value: `answer` is the call compared with the value that it should return. */
#define WRONG_HANDLES_ANSWER(w, own, type, answer)     \
  do {                                                 \
    type *handle = NULL;                               \
    CHECK(answer);                                     \
    for (int which_ = 0; which_ < HANDLES; which_++) { \
      if (which_ != (own)) {                           \
        handle = (type *)(w)->handles[which_];         \
        CHECK(answer);                                 \
        check_world(w);                                \
      }                                                \
    }                                                  \
  } while (0)

/* The same for a function that returns nothing. */
#define WRONG_HANDLES_IGNORED(w, own, type, call) WRONG_HANDLES_ANSWER(w, own, type, ((call), true))

static const uint64_t value = 7;
static const alog_slice slice = {"ab", 2};
static const uint32_t two = 2;

/* ----------------------------------------------------------------------------------------- logs */

static void creating_needs_options_and_an_out(void) {
  alog_options options = fixed_options(8, 4, 8);
  alog_options broken = options;
  broken.segment_capacity = 0;
  alog_log *log = NULL;
  CHECK_STATUS(ALOG_ERR_NULL, alog_log_create_fixed(NULL, &log));
  CHECK_STATUS(ALOG_ERR_NULL, alog_log_create_fixed(&options, NULL));
  CHECK_STATUS(ALOG_ERR_NULL, alog_log_create_fixed(&broken, NULL));
  CHECK_STATUS(ALOG_ERR_NULL, alog_log_create_fixed(NULL, NULL));
  CHECK_STATUS(ALOG_ERR_NULL, alog_log_create_bytes(NULL, &log));
  options.record_size = 0;
  CHECK_STATUS(ALOG_ERR_NULL, alog_log_create_bytes(&options, NULL));
  CHECK_STATUS(ALOG_ERR_NULL, alog_log_create_bytes(NULL, NULL));
  CHECK(log == NULL);
}

static void problems_need_options_and_a_text(void) {
  alog_options options = fixed_options(8, 4, 8);
  char text[8] = "before";
  CHECK_STATUS(ALOG_ERR_NULL, alog_options_problem(&options, false, NULL, 1));
  CHECK_STATUS(ALOG_ERR_NULL, alog_options_problem(NULL, false, NULL, 1));
  CHECK_STATUS(ALOG_ERR_NULL, alog_options_problem(NULL, false, NULL, 0));
  CHECK_STATUS(ALOG_ERR_NULL, alog_options_problem(NULL, true, text, 0));
  CHECK(strcmp(text, "before") == 0);
  CHECK_STATUS(ALOG_ERR_NULL, alog_options_problem(NULL, true, text, sizeof text)); /* and says so */
  CHECK(strcmp(text, "the opt") == 0);
  options.segment_capacity = 0;
  CHECK_STATUS(ALOG_ERR_NULL, alog_options_problem(&options, false, NULL, 1)); /* before ARGUMENT */
}

/* Room for a problem, which must have these words. */
static void check_channel_refused(const alog_channel *channel, const char *words) {
  char problem[240];
  REFUSED(&fixed, ALOG_ERR_ARGUMENT, alog_channel_check(fixed.log, channel, problem, sizeof problem));
  CHECK(strstr(problem, words) != NULL);
}

static void a_channel_larger_than_memory_is_refused(void) {
  /* What is read if the bytes that `count` fields take are counted modulo 2^64 or 2^32: two fields. */
  static const alog_field fields[2] = {{"value", ALOG_TYPE_U64, 0, 1}, {NULL, 0, 0, 0}};
  const size_t counts[] = {SIZE_MAX, SIZE_MAX / sizeof(alog_field) + 2, SIZE_MAX / 2 / sizeof(alog_field) + 1};
  char words[64];
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    alog_channel channel = ALOG_CHANNEL_INIT;
    channel.topic = "/values";
    channel.schema_name = "test/msg/Value";
    channel.fields = fields;
    channel.field_count = counts[i];
    snprintf(words, sizeof words, "field_count %zu is more than", counts[i]);
    check_channel_refused(&channel, words);
  }
  alog_channel channel = ALOG_CHANNEL_INIT;
  channel.topic = "/values";
  channel.message_encoding = "json";
  channel.schema_name = "value";
  channel.schema_encoding = "jsonschema";
  channel.schema = "{}";
  channel.schema_size = SIZE_MAX / 2 + 1;
  snprintf(words, sizeof words, "schema_size %zu is more than", channel.schema_size);
  check_channel_refused(&channel, words);
  static alog_recorder recorder;
  CHECK_OK(alog_recorder_init(&recorder, NULL));
  REFUSED(&fixed, ALOG_ERR_ARGUMENT, alog_recorder_add(&recorder, fixed.log, &channel));
}

static void log_functions_refuse_wrong_handles(world *w) {
  WRONG_HANDLES(w, LOG, alog_log, alog_log_options(handle, &w->out.options));
  WRONG_HANDLES(w, LOG, alog_log, alog_log_range(handle, &w->out.range));
  WRONG_HANDLES(w, LOG, alog_log, alog_writer_claim(handle, &w->out.writer));
  WRONG_HANDLES(w, LOG, alog_log, alog_snapshot_create(handle, &w->out.snapshot));
  WRONG_HANDLES(w, LOG, alog_log, alog_cursor_open(handle, ALOG_START_NEXT, &w->out.cursor));
  WRONG_HANDLES(w, LOG, alog_log, alog_log_interrupt(handle));
  WRONG_HANDLES(w, LOG, alog_log, alog_log_stats(handle, &w->out.stats));
  WRONG_HANDLES_ANSWER(w, LOG, alog_log, !alog_log_has_writer(handle));
  WRONG_HANDLES_ANSWER(w, LOG, alog_log, !alog_log_is_finished(handle));
  CHECK_OK(alog_log_interrupt(w->log)); /* so that 0 is no answer by chance */
  WRONG_HANDLES_ANSWER(w, LOG, alog_log, alog_log_interrupts(handle) == 0);
  WRONG_HANDLES_ANSWER(w, LOG, alog_log, alog_log_describe(handle, NULL, 0) == 0);
  WRONG_HANDLES_ANSWER(w, LOG, alog_log, alog_log_retain(handle) == handle);
  WRONG_HANDLES_IGNORED(w, LOG, alog_log, alog_log_release(handle));
}

static void log_functions_refuse_null_outs(world *w) {
  REFUSED(w, ALOG_ERR_NULL, alog_log_options(w->log, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_log_range(w->log, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_log_stats(w->log, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_writer_claim(w->log, NULL)); /* before CLAIMED */
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_create(w->log, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_cursor_open(w->log, ALOG_START_NEXT, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_cursor_open(w->log, (alog_start)9, NULL)); /* before ARGUMENT */
}

static void log_functions_refuse_bad_values(world *w) {
  REFUSED(w, ALOG_ERR_CLAIMED, alog_writer_claim(w->log, &w->out.writer));
  REFUSED(w, ALOG_ERR_ARGUMENT, alog_cursor_open(w->log, (alog_start)2, &w->out.cursor));
  REFUSED(w, ALOG_ERR_ARGUMENT, alog_cursor_open(w->log, (alog_start)UINT32_MAX, &w->out.cursor));
  /* The pattern in the outs is no valid size of a struct. */
  w->out.stats.struct_size = w->untouched.stats.struct_size = UINT32_C(0x5a5a5a5a);
  REFUSED(w, ALOG_ERR_ARGUMENT, alog_log_stats(w->log, &w->out.stats));
  REFUSED(w, ALOG_ERR_ARGUMENT, alog_snapshot_stats(w->snapshot, &w->out.view_stats));
  w->out.options.struct_size = w->untouched.options.struct_size = sizeof(alog_options);
}

/* However much memory there is. */
static void a_finished_log_refuses_writers(void) {
  for (int of_bytes = 0; of_bytes < 2; of_bytes++) {
    counting memory;
    counting_init(&memory);
    alog_options options = of_bytes ? bytes_options(256, 64) : fixed_options(8, 4, sizeof(uint64_t));
    options.allocator = &memory.allocator;
    alog_log *log = of_bytes ? create_bytes(options) : create_fixed(options);
    CHECK_OK(alog_writer_finish(claim(log)));
    CHECK(alog_log_is_finished(log) && !alog_log_has_writer(log));
    alog_writer *writer = NULL;
    counting_fail(&memory, 1, true);
    CHECK_STATUS(ALOG_ERR_FINISHED, alog_writer_claim(log, &writer));
    CHECK(writer == NULL);
    CHECK_U64(0, atomic_load(&memory.failures));
    CHECK_STATUS(ALOG_ERR_NULL, alog_writer_claim(log, NULL)); /* before FINISHED */
    CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_claim(log, (alog_writer **)(void *)((unsigned char *)&memory + 1)));
    alog_log_release(log);
    counting_done(&memory);
  }
}

/* -------------------------------------------------------------------------------------- writers */

static void writer_functions_refuse_wrong_handles(world *w) {
  WRONG_HANDLES(w, WRITER, alog_writer, alog_writer_append(handle, &value, sizeof value));
  WRONG_HANDLES(w, WRITER, alog_writer, alog_writer_append_batch(handle, &value, 1));
  WRONG_HANDLES(w, WRITER, alog_writer, alog_writer_append_batch(handle, NULL, 0));
  WRONG_HANDLES(w, WRITER, alog_writer, alog_writer_append_slices(handle, &slice, 1));
  WRONG_HANDLES(w, WRITER, alog_writer, alog_writer_append_slices(handle, NULL, 0));
  WRONG_HANDLES(w, WRITER, alog_writer, alog_writer_append_packed(handle, "ab", &two, 1));
  WRONG_HANDLES(w, WRITER, alog_writer, alog_writer_append_packed(handle, NULL, NULL, 0));
  WRONG_HANDLES(w, WRITER, alog_writer, alog_writer_begin(handle));
  WRONG_HANDLES(w, WRITER, alog_writer, alog_writer_publish(handle));
  WRONG_HANDLES(w, WRITER, alog_writer, alog_writer_abandon(handle));
  WRONG_HANDLES(w, WRITER, alog_writer, alog_writer_reserve(handle, 1, &w->out.reservation));
  WRONG_HANDLES(w, WRITER, alog_writer, alog_writer_commit(handle, 1));
  WRONG_HANDLES(w, WRITER, alog_writer, alog_writer_cancel(handle));
  WRONG_HANDLES(w, WRITER, alog_writer, alog_writer_skip(handle, w->next + 1));
  WRONG_HANDLES(w, WRITER, alog_writer, alog_writer_notify(handle));
  WRONG_HANDLES(w, WRITER, alog_writer, alog_writer_trim(handle));
  WRONG_HANDLES(w, WRITER, alog_writer, alog_writer_finish(handle));
  CHECK(!alog_log_is_finished(w->log));
  WRONG_HANDLES_ANSWER(w, WRITER, alog_writer, alog_writer_next_sequence(handle) == 0);
  WRONG_HANDLES_ANSWER(w, WRITER, alog_writer, alog_writer_log(handle) == NULL);
  WRONG_HANDLES_IGNORED(w, WRITER, alog_writer, alog_writer_release(handle));
}

static void a_wrong_handle_comes_before_a_null_out(world *w) {
  WRONG_HANDLES(w, LOG, alog_log, alog_log_range(handle, NULL));
  WRONG_HANDLES(w, LOG, alog_log, alog_log_options(handle, NULL));
  WRONG_HANDLES(w, LOG, alog_log, alog_writer_claim(handle, NULL));
  WRONG_HANDLES(w, LOG, alog_log, alog_snapshot_create(handle, NULL));
  WRONG_HANDLES(w, LOG, alog_log, alog_cursor_open(handle, (alog_start)9, NULL));
  WRONG_HANDLES(w, LOG, alog_log, alog_log_stats(handle, NULL));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_stats(handle, NULL));
  WRONG_HANDLES(w, WRITER, alog_writer, alog_writer_append(handle, NULL, 3));
  WRONG_HANDLES(w, WRITER, alog_writer, alog_writer_reserve(handle, 0, NULL));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_clone(handle, NULL));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_range(handle, NULL));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_record(handle, 0, NULL));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_pin(handle, 9999, NULL));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_find(handle, 0, NULL, NULL));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_chunks_in(handle, w->range, 1, NULL, NULL));
  WRONG_HANDLES(w, CURSOR, alog_cursor, alog_cursor_next(handle, NULL));
  WRONG_HANDLES(w, CURSOR, alog_cursor, alog_cursor_pin(handle, NULL));
}

static void writer_functions_refuse_states_that_do_not_fit(world *w) {
  REFUSED(w, ALOG_ERR_STATE, alog_writer_publish(w->writer));
  REFUSED(w, ALOG_ERR_STATE, alog_writer_abandon(w->writer));
  REFUSED(w, ALOG_ERR_STATE, alog_writer_commit(w->writer, 0));
  REFUSED(w, ALOG_ERR_STATE, alog_writer_commit(w->writer, 1));
  REFUSED(w, ALOG_ERR_STATE, alog_writer_commit(w->writer, SIZE_MAX));
  REFUSED(w, ALOG_ERR_STATE, alog_writer_cancel(w->writer));
  CHECK_OK(alog_writer_begin(w->writer));
  REFUSED(w, ALOG_ERR_STATE, alog_writer_begin(w->writer));
  REFUSED(w, ALOG_ERR_STATE, alog_writer_commit(w->writer, 1));
  REFUSED(w, ALOG_ERR_STATE, alog_writer_cancel(w->writer));
  CHECK_OK(alog_writer_abandon(w->writer));
}

static void fixed_writer_refuses_what_is_for_bytes(void) {
  world *w = &fixed;
  REFUSED(w, ALOG_ERR_KIND, alog_writer_append_slices(w->writer, &slice, 1));
  REFUSED(w, ALOG_ERR_KIND, alog_writer_append_slices(w->writer, NULL, 1));
  REFUSED(w, ALOG_ERR_KIND, alog_writer_append_slices(w->writer, NULL, 0)); /* before a count of 0 */
  REFUSED(w, ALOG_ERR_KIND, alog_writer_append_packed(w->writer, "ab", &two, 1));
  REFUSED(w, ALOG_ERR_KIND, alog_writer_append_packed(w->writer, NULL, NULL, 1));
  REFUSED(w, ALOG_ERR_KIND, alog_writer_append_packed(w->writer, NULL, NULL, 0));
}

static void bytes_writer_refuses_what_is_for_fixed(void) {
  world *w = &bytes;
  REFUSED(w, ALOG_ERR_KIND, alog_writer_append_batch(w->writer, &value, 1));
  REFUSED(w, ALOG_ERR_KIND, alog_writer_append_batch(w->writer, NULL, 1));
  REFUSED(w, ALOG_ERR_KIND, alog_writer_append_batch(w->writer, NULL, 0));
  REFUSED(w, ALOG_ERR_KIND, alog_writer_append_batch(w->writer, NULL, SIZE_MAX));
}

static void fixed_writer_refuses_bad_arguments(void) {
  world *w = &fixed;
  REFUSED(w, ALOG_ERR_NULL, alog_writer_append(w->writer, NULL, sizeof value));
  REFUSED(w, ALOG_ERR_NULL, alog_writer_append(w->writer, NULL, 3)); /* before ARGUMENT */
  REFUSED(w, ALOG_ERR_ARGUMENT, alog_writer_append(w->writer, &value, 0));
  REFUSED(w, ALOG_ERR_ARGUMENT, alog_writer_append(w->writer, &value, sizeof value - 1));
  REFUSED(w, ALOG_ERR_ARGUMENT, alog_writer_append(w->writer, &value, sizeof value + 1));
  REFUSED(w, ALOG_ERR_ARGUMENT, alog_writer_append(w->writer, &value, SIZE_MAX));
  REFUSED(w, ALOG_OK, alog_writer_append_batch(w->writer, NULL, 0));
  REFUSED(w, ALOG_ERR_NULL, alog_writer_append_batch(w->writer, NULL, 1));
  REFUSED(w, ALOG_ERR_NULL, alog_writer_append_batch(w->writer, NULL, SIZE_MAX)); /* before TOO_LARGE */
  static const uint64_t many[100] = {0};
  REFUSED(w, ALOG_ERR_TOO_LARGE, alog_writer_append_batch(w->writer, many, 100));
  REFUSED(w, ALOG_ERR_NULL, alog_writer_reserve(w->writer, 1, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_writer_reserve(w->writer, 0, NULL)); /* before ARGUMENT */
  REFUSED(w, ALOG_ERR_ARGUMENT, alog_writer_reserve(w->writer, 0, &w->out.reservation));
}

static void bytes_writer_refuses_bad_arguments(void) {
  world *w = &bytes;
  static const unsigned char data[65] = {0};
  REFUSED(w, ALOG_ERR_NULL, alog_writer_append(w->writer, NULL, 1));
  REFUSED(w, ALOG_ERR_NULL, alog_writer_append(w->writer, NULL, 65)); /* before TOO_LARGE */
  REFUSED(w, ALOG_ERR_TOO_LARGE, alog_writer_append(w->writer, data, 65));
  REFUSED(w, ALOG_ERR_TOO_LARGE, alog_writer_append(w->writer, data, SIZE_MAX));

  const alog_slice hollow[] = {{data, 3}, {NULL, 1}};
  const alog_slice hollow_and_large[] = {{data, 65}, {NULL, 1}};
  const alog_slice large[] = {{data, 3}, {data, 65}};
  REFUSED(w, ALOG_OK, alog_writer_append_slices(w->writer, NULL, 0));
  REFUSED(w, ALOG_ERR_NULL, alog_writer_append_slices(w->writer, NULL, 1));
  REFUSED(w, ALOG_ERR_NULL, alog_writer_append_slices(w->writer, hollow, 2));
  REFUSED(w, ALOG_ERR_NULL, alog_writer_append_slices(w->writer, hollow_and_large, 2));
  REFUSED(w, ALOG_ERR_TOO_LARGE, alog_writer_append_slices(w->writer, large, 2));
  /* More than memory can hold: a count whose bytes overflow, and one that no array has. */
  REFUSED(w, ALOG_ERR_ARGUMENT, alog_writer_append_slices(w->writer, large, SIZE_MAX));
  REFUSED(w, ALOG_ERR_ARGUMENT, alog_writer_append_slices(w->writer, large, SIZE_MAX / sizeof large[0]));

  const uint32_t sizes[] = {3, 65};
  REFUSED(w, ALOG_OK, alog_writer_append_packed(w->writer, NULL, NULL, 0));
  REFUSED(w, ALOG_ERR_NULL, alog_writer_append_packed(w->writer, NULL, sizes, 2));
  REFUSED(w, ALOG_ERR_NULL, alog_writer_append_packed(w->writer, data, NULL, 2));
  REFUSED(w, ALOG_ERR_NULL, alog_writer_append_packed(w->writer, NULL, NULL, 2));
  REFUSED(w, ALOG_ERR_TOO_LARGE, alog_writer_append_packed(w->writer, data, sizes, 2));

  REFUSED(w, ALOG_ERR_NULL, alog_writer_reserve(w->writer, 1, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_writer_reserve(w->writer, 65, NULL)); /* before TOO_LARGE */
  REFUSED(w, ALOG_ERR_TOO_LARGE, alog_writer_reserve(w->writer, 65, &w->out.reservation));
  REFUSED(w, ALOG_ERR_TOO_LARGE, alog_writer_reserve(w->writer, SIZE_MAX, &w->out.reservation));
}

/* ------------------------------------------------------------------------------------ snapshots */

static void snapshot_functions_refuse_wrong_handles(world *w) {
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_clone(handle, &w->out.snapshot));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_refresh(handle, &w->out.delta));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_refresh(handle, NULL));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_range(handle, &w->out.range));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_latest(handle, &w->out.range));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_record(handle, w->range.begin, &w->out.slice));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_chunk(handle, 0, &w->out.chunk));
  size_t written = 77;
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_chunks(handle, 0, 1, &w->out.chunk, &written));
  CHECK_U64(77, written);
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_pin(handle, 0, &w->out.segment));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_wait(handle, 0));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_wait(handle, ALOG_WAIT_FOREVER));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_wait_since(handle, 0, 0));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_wait_since(handle, ALOG_WAIT_FOREVER, 77));
  size_t *places = w->out.places;
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_find(handle, w->range.begin, &places[0], &places[1]));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_chunks_in(handle, w->range, 1, &w->out.chunk, &written));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_chunks_in(handle, w->range, 0, &w->out.chunk, &written));
  CHECK_U64(77, written);
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_snapshot_stats(handle, &w->out.view_stats));
  WRONG_HANDLES(w, SNAPSHOT, alog_snapshot, alog_cursor_create(handle, &w->out.cursor));
  WRONG_HANDLES_ANSWER(w, SNAPSHOT, alog_snapshot, alog_snapshot_len(handle) == 0);
  WRONG_HANDLES_ANSWER(w, SNAPSHOT, alog_snapshot, alog_snapshot_chunk_count(handle) == 0);
  WRONG_HANDLES_ANSWER(w, SNAPSHOT, alog_snapshot, alog_snapshot_log(handle) == NULL);
  WRONG_HANDLES_IGNORED(w, SNAPSHOT, alog_snapshot, alog_snapshot_destroy(handle));
}

static void snapshot_functions_refuse_null_outs(world *w) {
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_clone(w->snapshot, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_range(w->snapshot, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_latest(w->snapshot, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_record(w->snapshot, w->range.begin, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_record(w->snapshot, UINT64_MAX, NULL)); /* before OUT_OF_RANGE */
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_chunk(w->snapshot, 0, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_chunk(w->snapshot, SIZE_MAX, NULL));
  size_t written = 77;
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_chunks(w->snapshot, 0, 1, NULL, &written));
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_chunks(w->snapshot, 0, 1, &w->out.chunk, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_chunks(w->snapshot, SIZE_MAX, 1, NULL, &written));
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_chunks(w->snapshot, SIZE_MAX, 1, &w->out.chunk, NULL));
  alog_chunk *misaligned = (alog_chunk *)(void *)(w->out.bytes + 1);
  REFUSED(w, ALOG_ERR_ARGUMENT,
          alog_snapshot_chunks(w->snapshot, 0, 0, misaligned, &written)); /* before a count of 0 */
  CHECK_U64(77, written);
  size_t *place = &w->out.written;
  const alog_range none = {0, 0};
  const alog_range all = {0, UINT64_MAX};
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_find(w->snapshot, w->range.begin, NULL, place));
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_find(w->snapshot, w->range.begin, place, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_find(w->snapshot, UINT64_MAX, NULL, place)); /* before OUT_OF_RANGE */
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_find(w->snapshot, UINT64_MAX, place, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_chunks_in(w->snapshot, w->range, 1, NULL, &written));
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_chunks_in(w->snapshot, w->range, 1, &w->out.chunk, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_chunks_in(w->snapshot, all, 1, NULL, &written));  /* before OUT_OF_RANGE */
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_chunks_in(w->snapshot, none, 1, NULL, &written)); /* before a range of none */
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_chunks_in(w->snapshot, none, 0, &w->out.chunk, NULL));
  REFUSED(w, ALOG_ERR_ARGUMENT, alog_snapshot_chunks_in(w->snapshot, none, 0, misaligned, &written));
  REFUSED(w, ALOG_ERR_ARGUMENT, alog_snapshot_chunks_in(w->snapshot, all, 1, misaligned, &written));
  CHECK_U64(77, written);
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_pin(w->snapshot, 0, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_pin(w->snapshot, SIZE_MAX, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_cursor_create(w->snapshot, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_snapshot_stats(w->snapshot, NULL));
}

static void snapshot_functions_refuse_what_is_not_in_the_view(world *w) {
  const size_t count = alog_snapshot_chunk_count(w->snapshot);
  REFUSED(w, ALOG_ERR_OUT_OF_RANGE, alog_snapshot_record(w->snapshot, w->range.begin - 1, &w->out.slice));
  REFUSED(w, ALOG_ERR_OUT_OF_RANGE, alog_snapshot_record(w->snapshot, w->range.end, &w->out.slice));
  REFUSED(w, ALOG_ERR_OUT_OF_RANGE, alog_snapshot_record(w->snapshot, UINT64_MAX, &w->out.slice));
  REFUSED(w, ALOG_ERR_OUT_OF_RANGE, alog_snapshot_chunk(w->snapshot, count, &w->out.chunk));
  REFUSED(w, ALOG_ERR_OUT_OF_RANGE, alog_snapshot_chunk(w->snapshot, SIZE_MAX, &w->out.chunk));
  size_t written = 77;
  REFUSED(w, ALOG_ERR_OUT_OF_RANGE, alog_snapshot_chunks(w->snapshot, count + 1, 1, &w->out.chunk, &written));
  REFUSED(w, ALOG_ERR_OUT_OF_RANGE, alog_snapshot_chunks(w->snapshot, SIZE_MAX, SIZE_MAX, &w->out.chunk, &written));
  CHECK_U64(77, written);
  size_t *places = w->out.places;
  const uint64_t outside[] = {w->range.begin - 1, w->range.end, UINT64_MAX};
  const alog_range ranges[] = {{w->range.begin - 1, w->range.end},
                               {w->range.begin, w->range.end + 1},
                               {w->range.begin + 1, w->range.begin},
                               {0, UINT64_MAX},
                               {UINT64_MAX, 0}};
  for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
    REFUSED(w, ALOG_ERR_OUT_OF_RANGE, alog_snapshot_find(w->snapshot, outside[i], &places[0], &places[1]));
  }
  for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
    REFUSED(w, ALOG_ERR_OUT_OF_RANGE, alog_snapshot_chunks_in(w->snapshot, ranges[i], 1, &w->out.chunk, &written));
    REFUSED(w, ALOG_ERR_OUT_OF_RANGE,
            alog_snapshot_chunks_in(w->snapshot, ranges[i], SIZE_MAX, &w->out.chunk, &written));
  }
  CHECK_U64(77, written);
  REFUSED(w, ALOG_ERR_OUT_OF_RANGE, alog_snapshot_pin(w->snapshot, count, &w->out.segment));
  REFUSED(w, ALOG_ERR_OUT_OF_RANGE, alog_snapshot_pin(w->snapshot, SIZE_MAX, &w->out.segment));
}

/* ------------------------------------------------------------------------- cursors and segments */

static void cursor_functions_refuse_wrong_handles(world *w) {
  WRONG_HANDLES(w, CURSOR, alog_cursor, alog_cursor_next(handle, &w->out.chunk));
  WRONG_HANDLES(w, CURSOR, alog_cursor, alog_cursor_seek(handle, w->range.end));
  WRONG_HANDLES(w, CURSOR, alog_cursor, alog_cursor_refresh(handle, &w->out.delta));
  WRONG_HANDLES(w, CURSOR, alog_cursor, alog_cursor_refresh(handle, NULL));
  WRONG_HANDLES(w, CURSOR, alog_cursor, alog_cursor_pin(handle, &w->out.segment));
  WRONG_HANDLES(w, CURSOR, alog_cursor, alog_cursor_wait(handle, 0));
  WRONG_HANDLES(w, CURSOR, alog_cursor, alog_cursor_wait(handle, ALOG_WAIT_FOREVER));
  WRONG_HANDLES(w, CURSOR, alog_cursor, alog_cursor_wait_since(handle, 0, 0));
  WRONG_HANDLES(w, CURSOR, alog_cursor, alog_cursor_wait_since(handle, ALOG_WAIT_FOREVER, 77));
  WRONG_HANDLES_ANSWER(w, CURSOR, alog_cursor, alog_cursor_position(handle) == 0);
  WRONG_HANDLES_IGNORED(w, CURSOR, alog_cursor, alog_cursor_destroy(handle));
}

static void cursor_functions_refuse_the_rest(world *w) {
  REFUSED(w, ALOG_ERR_NULL, alog_cursor_next(w->cursor, NULL));
  REFUSED(w, ALOG_ERR_NULL, alog_cursor_pin(w->cursor, NULL)); /* before STATE */
  REFUSED(w, ALOG_ERR_STATE, alog_cursor_pin(w->cursor, &w->out.segment));
  REFUSED(w, ALOG_ERR_OUT_OF_RANGE, alog_cursor_seek(w->cursor, w->range.begin - 1));
  REFUSED(w, ALOG_ERR_OUT_OF_RANGE, alog_cursor_seek(w->cursor, w->range.end + 1));
  REFUSED(w, ALOG_ERR_OUT_OF_RANGE, alog_cursor_seek(w->cursor, UINT64_MAX));
}

static void segment_functions_refuse_wrong_handles(world *w) {
  WRONG_HANDLES_ANSWER(w, SEGMENT, alog_segment, alog_segment_sequence(handle) == 0);
  WRONG_HANDLES_ANSWER(w, SEGMENT, alog_segment, alog_segment_retain(handle) == handle);
  WRONG_HANDLES_IGNORED(w, SEGMENT, alog_segment, alog_segment_release(handle));
}

/* ------------------------------------------------------------------------------------------ all */

static void in_both_kinds(void (*claim_of)(world *)) {
  claim_of(&fixed);
  claim_of(&bytes);
}

#define RUN_IN_BOTH(claim)  \
  do {                      \
    test_claim = #claim;    \
    in_both_kinds(claim);   \
    printf("%s\n", #claim); \
  } while (0)

int main(void) {
  build(&fixed, false);
  build(&bytes, true);
  CHECK(fixed.range.begin > 0 && bytes.range.begin > 0);
  RUN(creating_needs_options_and_an_out);
  RUN(problems_need_options_and_a_text);
  RUN(a_finished_log_refuses_writers);
  RUN(a_channel_larger_than_memory_is_refused);
  RUN_IN_BOTH(log_functions_refuse_wrong_handles);
  RUN_IN_BOTH(log_functions_refuse_null_outs);
  RUN_IN_BOTH(log_functions_refuse_bad_values);
  RUN_IN_BOTH(writer_functions_refuse_wrong_handles);
  RUN_IN_BOTH(a_wrong_handle_comes_before_a_null_out);
  RUN_IN_BOTH(writer_functions_refuse_states_that_do_not_fit);
  RUN(fixed_writer_refuses_what_is_for_bytes);
  RUN(bytes_writer_refuses_what_is_for_fixed);
  RUN(fixed_writer_refuses_bad_arguments);
  RUN(bytes_writer_refuses_bad_arguments);
  RUN_IN_BOTH(snapshot_functions_refuse_wrong_handles);
  RUN_IN_BOTH(snapshot_functions_refuse_null_outs);
  RUN_IN_BOTH(snapshot_functions_refuse_what_is_not_in_the_view);
  RUN_IN_BOTH(cursor_functions_refuse_wrong_handles);
  RUN_IN_BOTH(cursor_functions_refuse_the_rest);
  RUN_IN_BOTH(segment_functions_refuse_wrong_handles);
  tear_down(&fixed);
  tear_down(&bytes);
  return 0;
}
