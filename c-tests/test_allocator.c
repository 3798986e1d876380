/*
 * Holds up: the allocator of the options serves all memory and gets all of it back, each block with the size and
 * alignment that it was asked for. What is documented not to allocate does not. When an allocation fails, whichever it
 * is, the call that needed it returns ALOG_ERR_NO_MEMORY, nothing has changed, and the call can be made again.
 */
#include "counting.h"
#include "fixture.h"

static size_t calls(counting *memory) { return atomic_load(&memory->calls); }
static size_t blocks(counting *memory) { return atomic_load(&memory->blocks); }

static alog_log *counted_numbers(counting *memory, uint64_t retained, uint64_t segment, uint32_t preallocated) {
  counting_init(memory);
  alog_options options = fixed_options(retained, segment, sizeof(uint64_t));
  options.allocator = &memory->allocator;
  options.preallocated_segments = preallocated;
  return create_fixed(options);
}

/* ---------------------------------------------------------------------- what allocates, and how */

static void everything_is_given_back(void) {
  counting memory;
  alog_log *log = counted_numbers(&memory, 8, 4, 0);
  CHECK(blocks(&memory) > 0);
  alog_writer *writer = claim(log);
  append_numbers(writer, 100);
  alog_snapshot *snapshot = snapshot_of(log);
  append_numbers(writer, 100);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
  counting_done(&memory);
}

static void each_handle_is_one_allocation(void) {
  counting memory;
  alog_log *log = counted_numbers(&memory, 8, 4, 0);
  size_t before = calls(&memory);
  size_t held = blocks(&memory);
  alog_writer *writer = claim(log);
  CHECK_U64(++before, calls(&memory));
  append_numbers(writer, 3);
  alog_snapshot *snapshot = snapshot_of(log);
  CHECK_U64(++before, calls(&memory));
  alog_snapshot *clone = clone_of(snapshot);
  CHECK_U64(++before, calls(&memory));
  alog_cursor *cursor = cursor_over(snapshot);
  CHECK_U64(++before, calls(&memory));
  alog_cursor *opened = cursor_on(log, ALOG_START_NEXT);
  CHECK_U64(++before, calls(&memory));
  alog_segment *segment = pin_of(snapshot, 0);
  CHECK_U64(++before, calls(&memory));
  CHECK_U64(held + 6, blocks(&memory));

  alog_segment_release(segment);
  CHECK_U64(held + (CHECKED ? 6 : 5), blocks(&memory));
  alog_cursor_destroy(opened);
  CHECK_U64(held + (CHECKED ? 6 : 4), blocks(&memory));
  alog_cursor_destroy(cursor);
  CHECK_U64(held + (CHECKED ? 6 : 3), blocks(&memory));
  alog_snapshot_destroy(clone);
  CHECK_U64(held + (CHECKED ? 6 : 2), blocks(&memory));
  alog_snapshot_destroy(snapshot);
  CHECK_U64(held + (CHECKED ? 6 : 1), blocks(&memory));
  alog_writer_release(writer);
  CHECK_U64(held + (CHECKED ? 6 : 0), blocks(&memory));
  alog_log_release(log);
  counting_done(&memory);
}

static void counts_allocate_nothing(void) {
  counting memory;
  alog_log *log = counted_numbers(&memory, 8, 4, 0);
  alog_writer *writer = claim(log);
  append_numbers(writer, 1);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_segment *segment = pin_of(snapshot, 0);
  const size_t before = calls(&memory);
  alog_log_release(alog_log_retain(log));
  alog_segment_release(alog_segment_retain(segment));
  alog_log_release(alog_writer_log(writer));
  alog_log_release(alog_snapshot_log(snapshot));
  CHECK_U64(before, calls(&memory));
  alog_segment_release(segment);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
  counting_done(&memory);
}

static void reading_allocates_nothing(void) {
  counting memory;
  alog_log *log = counted_numbers(&memory, 8, 4, 0);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  for (int i = 0; i < 100; i++) {
    append_numbers(writer, (uint64_t)(i % 9 + 1));
    const size_t before = calls(&memory);
    CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
    CHECK_OK(alog_cursor_refresh(cursor, NULL));
    alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
    CHECK_OK(alog_cursor_next(cursor, &chunk));
    CHECK_OK(alog_cursor_seek(cursor, chunk.first_sequence));
    check_numbers(snapshot, range_of(snapshot).begin, range_of(snapshot).end);
    size_t written = 0;
    CHECK_OK(alog_snapshot_chunks(snapshot, 0, 1, &chunk, &written));
    CHECK_U64(range_of(snapshot).end, log_range_of(log).end);
    CHECK_U64(before, calls(&memory));
  }
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
  counting_done(&memory);
}

static void appending_without_readers_soon_allocates_nothing(void) {
  counting memory;
  alog_log *log = counted_numbers(&memory, 8, 4, 0);
  alog_writer *writer = claim(log);
  append_numbers(writer, 30);
  const size_t before = calls(&memory);
  const size_t held = blocks(&memory);
  append_numbers(writer, 10000);
  CHECK_U64(before, calls(&memory));
  CHECK_U64(held, blocks(&memory));
  alog_writer_release(writer);
  alog_log_release(log);
  counting_done(&memory);
}

static void preallocated_log_never_allocates_in_append(void) {
  for (uint64_t retained = 1; retained <= 10; retained++) {
    for (uint64_t segment = 1; segment <= 5; segment++) {
      counting memory;
      alog_log *log = counted_numbers(&memory, retained, segment, (uint32_t)view_segments(retained, segment) + 1);
      alog_writer *writer = claim(log);
      const size_t before = calls(&memory);
      append_numbers(writer, 200);
      CHECK_U64(before, calls(&memory));
      alog_writer_release(writer);
      alog_log_release(log);
      counting_done(&memory);
    }
  }
}

static void a_stuck_reader_costs_its_view_and_no_more(void) {
  counting memory;
  alog_log *log = counted_numbers(&memory, 8, 4, 0);
  alog_writer *writer = claim(log);
  append_numbers(writer, 12);
  alog_snapshot *stuck = snapshot_of(log);
  append_numbers(writer, 40);
  const size_t held = blocks(&memory);
  append_numbers(writer, 10000);
  CHECK_U64(held, blocks(&memory));
  check_numbers(stuck, 0, 12);
  alog_snapshot_destroy(stuck);
  alog_writer_release(writer);
  alog_log_release(log);
  counting_done(&memory);
}

/* A reader that keeps up must not make the log grow, however long it lives. */
static void a_refreshed_reader_costs_nothing_more(void) {
  counting memory;
  alog_log *log = counted_numbers(&memory, 8, 4, 0);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  size_t held = 0;
  for (int i = 0; i < 1000; i++) {
    append_numbers(writer, 5);
    CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
    CHECK_OK(alog_cursor_refresh(cursor, NULL));
    if (i == 100) {
      held = blocks(&memory);
    }
    CHECK(i < 100 || blocks(&memory) == held);
  }
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
  counting_done(&memory);
}

/* ------------------------------------------------------------------- a long life, with failures */

enum { HELD_MAX = 64 };

/* A log, its readers, and what they should see. */
typedef struct life {
  counting memory;
  bool bytes;
  alog_log *log;
  alog_writer *writer;
  alog_snapshot *snapshots[HELD_MAX];
  alog_range views[HELD_MAX];
  size_t snapshot_count;
  alog_cursor *cursors[HELD_MAX];
  size_t cursor_count;
  alog_segment *segments[HELD_MAX];
  alog_chunk chunks[HELD_MAX];
  size_t segment_count;
  alog_range range; /* of the log, before the call being tried */
  uint64_t next;    /* of the writer, likewise */
  size_t failures;  /* of the allocator, likewise */
} life;

static void remember(life *l) {
  const alog_range nothing = {0, 0};
  l->range = l->log == NULL ? nothing : log_range_of(l->log);
  l->next = alog_writer_next_sequence(l->writer);
  l->failures = atomic_load(&l->memory.failures);
}

/* Checks that a call that returned NO_MEMORY had reason to, and did nothing. */
static void check_refused(life *l) {
  CHECK(atomic_load(&l->memory.failures) > l->failures);
  CHECK_U64(l->next, alog_writer_next_sequence(l->writer));
  if (l->log != NULL) {
    CHECK_RANGE(l->range.begin, l->range.end, log_range_of(l->log));
  }
  counting_recover(&l->memory);
}

/* A call that may allocate: it succeeds, or is refused once and then succeeds. */
#define TRY(life, call)                  \
  do {                                   \
    remember(life);                      \
    alog_status status_ = (call);        \
    if (status_ == ALOG_ERR_NO_MEMORY) { \
      check_refused(life);               \
      status_ = (call);                  \
    }                                    \
    CHECK_STATUS(ALOG_OK, status_);      \
  } while (0)

/* A call that must not allocate, and so cannot fail for memory. */
#define SURE(life, call)                                      \
  do {                                                        \
    const size_t calls_ = atomic_load(&(life)->memory.calls); \
    CHECK_OK(call);                                           \
    CHECK_U64(calls_, atomic_load(&(life)->memory.calls));    \
  } while (0)

static alog_status append_one(life *l) { return l->bytes ? append_text(l->writer) : append_number(l->writer); }

static alog_status append_batch(life *l, uint64_t count) {
  if (!l->bytes) {
    return append_number_batch(l->writer, count);
  }
  unsigned char data[20 * TEXT_MAX];
  uint32_t sizes[20];
  size_t used = 0;
  CHECK(count <= 20);
  for (uint64_t i = 0; i < count; i++) {
    const uint64_t sequence = alog_writer_next_sequence(l->writer) + i;
    text_fill(sequence, data + used);
    sizes[i] = (uint32_t)text_size(sequence);
    used += text_size(sequence);
  }
  return alog_writer_append_packed(l->writer, data, sizes, (size_t)count);
}

static void check_snapshot(const life *l, const alog_snapshot *snapshot, alog_range view) {
  check_view(snapshot, view.begin, view.end, l->bytes ? 0 : sizeof(uint64_t), l->bytes ? check_text : check_number);
}

static void take_snapshot(life *l) {
  const size_t i = l->snapshot_count;
  CHECK(i < HELD_MAX);
  TRY(l, alog_snapshot_create(l->log, &l->snapshots[i]));
  l->views[i] = range_of(l->snapshots[i]);
  l->snapshot_count++;
}

static void take_clone(life *l, size_t of) {
  const size_t i = l->snapshot_count;
  CHECK(i < HELD_MAX);
  TRY(l, alog_snapshot_clone(l->snapshots[of], &l->snapshots[i]));
  l->views[i] = l->views[of];
  l->snapshot_count++;
}

static void take_pin(life *l, size_t of) {
  const size_t i = l->segment_count;
  CHECK(i < HELD_MAX);
  l->chunks[i] = chunk_of(l->snapshots[of], 0);
  TRY(l, alog_snapshot_pin(l->snapshots[of], 0, &l->segments[i]));
  l->segment_count++;
}

static void take_cursors(life *l, size_t of) {
  CHECK(l->cursor_count + 2 <= HELD_MAX);
  TRY(l, alog_cursor_create(l->snapshots[of], &l->cursors[l->cursor_count]));
  l->cursor_count++;
  TRY(l, alog_cursor_open(l->log, ALOG_START_OLDEST, &l->cursors[l->cursor_count]));
  l->cursor_count++;
}

/* Pins the segment of the cursor's next chunk. */
static void take_cursor_pin(life *l, size_t of) {
  const size_t i = l->segment_count;
  CHECK(i < HELD_MAX);
  SURE(l, alog_cursor_next(l->cursors[of], &l->chunks[i]));
  TRY(l, alog_cursor_pin(l->cursors[of], &l->segments[i]));
  l->segment_count++;
}

static void append_across_segments(life *l) {
  for (int i = 0; i < 9; i++) {
    TRY(l, append_one(l));
  }
}

static void publish_a_group(life *l) {
  const uint64_t first = alog_writer_next_sequence(l->writer);
  SURE(l, alog_writer_begin(l->writer));
  append_across_segments(l);
  TRY(l, append_batch(l, 3));
  SURE(l, alog_writer_publish(l->writer));
  const uint64_t end = alog_writer_next_sequence(l->writer);
  CHECK_U64(first + 12, end);
  CHECK_U64(end, log_range_of(l->log).end);
}

static void abandon_a_group(life *l) {
  const uint64_t first = alog_writer_next_sequence(l->writer);
  SURE(l, alog_writer_begin(l->writer));
  append_across_segments(l);
  SURE(l, alog_writer_abandon(l->writer));
  CHECK_U64(first, alog_writer_next_sequence(l->writer));
}

static void reserve_and_commit(life *l) {
  for (int i = 0; i < 7; i++) {
    const uint64_t sequence = alog_writer_next_sequence(l->writer);
    alog_reservation room = {NULL, 0, 0};
    TRY(l, alog_writer_reserve(l->writer, l->bytes ? TEXT_MAX : 1, &room));
    if (l->bytes) {
      text_fill(sequence, room.data);
    } else {
      const uint64_t value = number(sequence);
      memcpy(room.data, &value, sizeof value);
    }
    SURE(l, alog_writer_commit(l->writer, l->bytes ? text_size(sequence) : 1));
  }
}

static void hand_over(life *l) {
  alog_writer_release(l->writer);
  l->writer = NULL;
  TRY(l, alog_writer_claim(l->log, &l->writer));
}

static void refresh_some(life *l) {
  for (size_t i = 0; i < l->snapshot_count; i += 3) {
    const size_t before = calls(&l->memory);
    const alog_status status = alog_snapshot_refresh(l->snapshots[i], NULL);
    CHECK(status == ALOG_OK || status == ALOG_UNCHANGED);
    l->views[i] = range_of(l->snapshots[i]);
    CHECK_U64(before, calls(&l->memory));
  }
}

static void check_readers(const life *l) {
  for (size_t i = 0; i < l->snapshot_count; i++) {
    check_snapshot(l, l->snapshots[i], l->views[i]);
  }
  for (size_t i = 0; i < l->segment_count; i++) {
    check_chunk(&l->chunks[i], l->bytes ? 0 : sizeof(uint64_t), l->bytes ? check_text : check_number);
  }
}

/* Gives back the log first, the writer in the middle, readers before and after it. */
static void end(life *l) {
  alog_log_release(l->log);
  for (size_t i = 0; i < l->cursor_count; i++) {
    alog_cursor_destroy(l->cursors[i]);
  }
  for (size_t i = 0; i < l->snapshot_count; i += 2) {
    alog_snapshot_destroy(l->snapshots[i]);
  }
  l->log = NULL;
  append_across_segments(l);
  alog_writer_release(l->writer);
  for (size_t i = 1; i < l->snapshot_count; i += 2) {
    check_snapshot(l, l->snapshots[i], l->views[i]);
    alog_snapshot_destroy(l->snapshots[i]);
  }
  for (size_t i = 0; i < l->segment_count; i++) {
    alog_segment_release(l->segments[i]);
  }
  counting_done(&l->memory);
}

static alog_status create(life *l) {
  alog_options options = l->bytes ? bytes_options(640, 64) : fixed_options(12, 4, sizeof(uint64_t));
  options.allocator = &l->memory.allocator;
  return l->bytes ? alog_log_create_bytes(&options, &l->log) : alog_log_create_fixed(&options, &l->log);
}

/* Runs through everything, with the `fail_at`-th allocation refused, and, until a call has noticed that, those after it
 * if `and_on`. Returns how many were refused. */
static size_t live(bool bytes, size_t fail_at, bool and_on) {
  life *l = (life *)calloc(1, sizeof *l);
  CHECK(l != NULL);
  counting_init(&l->memory);
  counting_fail(&l->memory, fail_at, and_on);
  l->bytes = bytes;
  remember(l);
  if (create(l) != ALOG_OK) {
    CHECK(l->log == NULL);
    counting_done(&l->memory); /* nothing of a half-made log stays behind */
    check_refused(l);
    CHECK_OK(create(l));
  }
  TRY(l, alog_writer_claim(l->log, &l->writer));
  for (size_t round = 0; round < 5; round++) {
    append_across_segments(l);
    take_snapshot(l);
    take_clone(l, l->snapshot_count - 1);
    publish_a_group(l);
    take_snapshot(l);
    take_pin(l, l->snapshot_count - 1);
    TRY(l, append_batch(l, 11));
    abandon_a_group(l);
    take_cursors(l, l->snapshot_count - 1);
    take_cursor_pin(l, l->cursor_count - 1);
    reserve_and_commit(l);
    hand_over(l);
    refresh_some(l);
    check_readers(l);
  }
  end(l);
  const size_t refused = atomic_load(&l->memory.failures);
  free(l);
  return refused;
}

static void live_with_every_failure(bool bytes, bool and_on) {
  size_t fail_at = 1;
  while (live(bytes, fail_at, and_on) > 0) {
    fail_at++;
  }
  CHECK(fail_at > 60);
}

static void fixed_log_survives_any_one_failure(void) { live_with_every_failure(false, false); }
static void fixed_log_survives_failures_from_any_one_on(void) { live_with_every_failure(false, true); }
static void bytes_log_survives_any_one_failure(void) { live_with_every_failure(true, false); }
static void bytes_log_survives_failures_from_any_one_on(void) { live_with_every_failure(true, true); }

/* While there is no memory at all, every call that needs none works. */
static void log_works_on_without_memory(void) {
  counting memory;
  alog_log *log = counted_numbers(&memory, 8, 4, 0);
  alog_writer *writer = claim(log);
  append_numbers(writer, 14);
  alog_snapshot *stuck = snapshot_of(log);
  alog_snapshot *reader = snapshot_of(log);
  counting_fail(&memory, 1, true);

  uint64_t end = 14;
  while (append_number(writer) == ALOG_OK) {
    end++;
    CHECK_OK(alog_snapshot_refresh(reader, NULL));
    CHECK(end < 1000);
  }
  for (int i = 0; i < 10; i++) {
    CHECK_STATUS(ALOG_ERR_NO_MEMORY, append_number(writer));
    CHECK_STATUS(ALOG_ERR_NO_MEMORY, append_number_batch(writer, 2));
    alog_reservation room = {NULL, 0, 0};
    CHECK_STATUS(ALOG_ERR_NO_MEMORY, alog_writer_reserve(writer, 1, &room));
    CHECK(room.data == NULL);
    alog_snapshot *snapshot = NULL;
    CHECK_STATUS(ALOG_ERR_NO_MEMORY, alog_snapshot_create(log, &snapshot));
    CHECK_STATUS(ALOG_ERR_NO_MEMORY, alog_snapshot_clone(stuck, &snapshot));
    CHECK(snapshot == NULL);
    alog_cursor *cursor = NULL;
    CHECK_STATUS(ALOG_ERR_NO_MEMORY, alog_cursor_create(stuck, &cursor));
    CHECK_STATUS(ALOG_ERR_NO_MEMORY, alog_cursor_open(log, ALOG_START_NEXT, &cursor));
    CHECK(cursor == NULL);
    alog_segment *segment = NULL;
    CHECK_STATUS(ALOG_ERR_NO_MEMORY, alog_snapshot_pin(stuck, 0, &segment));
    CHECK(segment == NULL);
    CHECK_U64(end, alog_writer_next_sequence(writer));
    check_numbers(stuck, 4, 14);
    CHECK_STATUS(ALOG_UNCHANGED, alog_snapshot_refresh(reader, NULL));
  }

  /* What the stuck reader gives back is enough to go on. */
  alog_snapshot_destroy(stuck);
  for (int i = 0; i < 100; i++) {
    append_numbers(writer, 1);
    CHECK_OK(alog_snapshot_refresh(reader, NULL));
  }
  CHECK_U64(end + 100, log_range_of(log).end);

  counting_recover(&memory);
  check_log_numbers(log, log_range_of(log).begin, end + 100);
  alog_snapshot_destroy(reader);
  alog_writer_release(writer);
  alog_log_release(log);
  counting_done(&memory);
}

static void refused_claim_leaves_the_log_unclaimed(void) {
  counting memory;
  alog_log *log = counted_numbers(&memory, 8, 4, 0);
  counting_fail(&memory, 1, true);
  alog_writer *writer = NULL;
  CHECK_STATUS(ALOG_ERR_NO_MEMORY, alog_writer_claim(log, &writer));
  CHECK(writer == NULL);
  CHECK(!alog_log_has_writer(log));
  counting_recover(&memory);
  writer = claim(log);
  CHECK(alog_log_has_writer(log));
  alog_writer_release(writer);
  alog_log_release(log);
  counting_done(&memory);
}

/* Gives blocks that are one byte off, from a certain call on, and counts the blocks that come back. */
typedef struct crooked {
  counting books;
  size_t calls;
  size_t crooked_from;
  size_t given, taken_back;
} crooked;

static void *crooked_allocate(void *context, size_t size, size_t align) {
  crooked *self = (crooked *)context;
  if (++self->calls < self->crooked_from) {
    return counting_allocate(&self->books, size, align);
  }
  self->given++;
  return (unsigned char *)counting_allocate(&self->books, size + 1, align) + 1;
}

static void crooked_deallocate(void *context, void *block, size_t size, size_t align) {
  crooked *self = (crooked *)context;
  if ((uintptr_t)block % align == 0) {
    counting_deallocate(&self->books, block, size, align);
    return;
  }
  self->taken_back++;
  counting_deallocate(&self->books, (unsigned char *)block - 1, size + 1, align);
}

/* An allocator that breaks its contract gets its block back, and the call fails as if there were no memory. */
static void a_block_that_is_not_aligned_is_none(void) {
  for (size_t from = 1;; from++) {
    crooked memory;
    counting_init(&memory.books);
    memory.crooked_from = from;
    memory.calls = memory.given = memory.taken_back = 0;
    const alog_allocator allocator = {&memory, crooked_allocate, crooked_deallocate};
    alog_options options = fixed_options(8, 4, sizeof(uint64_t));
    options.allocator = &allocator;
    alog_log *log = NULL;
    const alog_status status = alog_log_create_fixed(&options, &log);
    if (status == ALOG_OK) {
      CHECK(from > 1);
      CHECK_U64(0, memory.given);
      alog_log_release(log);
      counting_done(&memory.books);
      return;
    }
    CHECK_STATUS(ALOG_ERR_NO_MEMORY, status);
    CHECK(log == NULL);
    CHECK_U64(1, memory.given);
    CHECK_U64(1, memory.taken_back);
    counting_done(&memory.books);
  }
}

int main(void) {
  RUN(everything_is_given_back);
  RUN(each_handle_is_one_allocation);
  RUN(counts_allocate_nothing);
  RUN(reading_allocates_nothing);
  RUN(appending_without_readers_soon_allocates_nothing);
  RUN(preallocated_log_never_allocates_in_append);
  RUN(a_stuck_reader_costs_its_view_and_no_more);
  RUN(a_refreshed_reader_costs_nothing_more);
  RUN(fixed_log_survives_any_one_failure);
  RUN(fixed_log_survives_failures_from_any_one_on);
  RUN(bytes_log_survives_any_one_failure);
  RUN(bytes_log_survives_failures_from_any_one_on);
  RUN(log_works_on_without_memory);
  RUN(refused_claim_leaves_the_log_unclaimed);
  RUN(a_block_that_is_not_aligned_is_none);
  return 0;
}
