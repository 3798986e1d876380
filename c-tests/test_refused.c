/*
 * Holds up: a refused call takes nothing. The allocator has given out as much as before. A call that is refused for
 * another reason than a lack of memory has not even asked it. And every figure of the log is as before, except the one
 * that counts such refusals.
 */
#include "counting.h"
#include "fixture.h"

static alog_stats stats_of(const alog_log *log) {
  alog_stats stats = ALOG_STATS_INIT;
  CHECK_OK(alog_log_stats(log, &stats));
  return stats;
}

/* What a refused call must leave as it is. */
typedef struct books {
  size_t calls;
  size_t blocks;
  size_t bytes;
  size_t failures;
  alog_stats stats;
  alog_range range;
  uint64_t next_sequence;
} books;

static books books_of(counting *memory, const alog_log *log, const alog_writer *writer) {
  books b;
  b.calls = atomic_load(&memory->calls);
  b.blocks = atomic_load(&memory->blocks);
  b.bytes = atomic_load(&memory->bytes);
  b.failures = atomic_load(&memory->failures);
  b.stats = stats_of(log);
  b.range = log_range_of(log);
  b.next_sequence = alog_writer_next_sequence(writer);
  return b;
}

/* What is in `now` after a call that returned `status`. */
static void check_refusal(const books *before, const books *now, alog_status status) {
  CHECK_U64(before->blocks, now->blocks);
  CHECK_U64(before->bytes, now->bytes);
  CHECK_RANGE(before->range.begin, before->range.end, now->range);
  CHECK_U64(before->next_sequence, now->next_sequence);
  if (status == ALOG_ERR_NO_MEMORY) {
    CHECK(now->failures > before->failures);
  } else {
    CHECK_U64(before->calls, now->calls);
  }
  alog_stats expected = before->stats;
  expected.allocation_failures += now->failures - before->failures;
  expected.segment_limit_hits += status == ALOG_ERR_SEGMENT_LIMIT;
  CHECK_U64(expected.records_appended, now->stats.records_appended);
  CHECK_U64(expected.segments_created, now->stats.segments_created);
  CHECK_U64(expected.segments_live, now->stats.segments_live);
  CHECK_U64(expected.segments_pooled, now->stats.segments_pooled);
  CHECK_U64(expected.segments_held_by_readers, now->stats.segments_held_by_readers);
  CHECK_U64(expected.windows_live, now->stats.windows_live);
  CHECK_U64(expected.snapshots_live, now->stats.snapshots_live);
  CHECK_U64(expected.segment_pins_live, now->stats.segment_pins_live);
  CHECK_U64(expected.bytes_allocated, now->stats.bytes_allocated);
  CHECK_U64(expected.rolls, now->stats.rolls);
  CHECK_U64(expected.segment_limit_hits, now->stats.segment_limit_hits);
  CHECK_U64(expected.allocation_failures, now->stats.allocation_failures);
  CHECK_U64(expected.oldest_view_age, now->stats.oldest_view_age);
  CHECK_MEMORY(&expected, &now->stats, sizeof expected); /* and what is new in it */
}

/* ------------------------------------------------------------------------------------- one by hand */

/* Three segments, of which the view holds two. A fourth one would be needed, which the budget does not allow. */
static void the_budget_is_asked_before_the_allocator(void) {
  for (int fails = 0; fails < 2; fails++) {
    counting memory;
    counting_init(&memory);
    alog_options options = fixed_options(3, 3, sizeof(uint64_t)); /* K = 2 */
    options.preallocated_segments = 3;
    options.max_segments = 3;
    options.allocator = &memory.allocator;
    alog_log *log = create_fixed(options);
    alog_writer *writer = claim(log);
    append_numbers(writer, 6);
    alog_snapshot *snapshot = snapshot_of(log);
    append_numbers(writer, 3);
    if (fails) {
      counting_fail(&memory, 1, true);
    }
    for (int i = 0; i < 3; i++) {
      const uint64_t value = number(9);
      alog_reservation room = {NULL, 0, 0};
      const books before = books_of(&memory, log, writer);
      const alog_status status = i == 0   ? alog_writer_append(writer, &value, sizeof value)
                                 : i == 1 ? alog_writer_append_batch(writer, &value, 1)
                                          : alog_writer_reserve(writer, 1, &room);
      CHECK_STATUS(ALOG_ERR_SEGMENT_LIMIT, status);
      const books now = books_of(&memory, log, writer);
      check_refusal(&before, &now, status);
    }
    CHECK_U64(3, stats_of(log).segment_limit_hits);
    CHECK_U64(0, stats_of(log).allocation_failures);
    counting_recover(&memory);
    check_log_numbers(log, 3, 9);
    check_numbers(snapshot, 0, 6);
    alog_snapshot_destroy(snapshot);
    append_numbers(writer, 20);
    CHECK_U64(3, stats_of(log).segments_created);
    alog_writer_release(writer);
    alog_log_release(log);
    counting_done(&memory);
  }
}

/* -------------------------------------------------------------------------------------- the program */

enum { VIEWS = 5, PINS = 4, STATUSES = 16, BATCH_MAX = 64 };

/* A log, and the handles on it. */
typedef struct world {
  bool bytes;
  uint64_t batch; /* records in the largest batches that are tried: more than fit */
  counting memory;
  alog_log *log;
  alog_writer *writer;
  alog_snapshot *views[VIEWS];
  alog_segment *pins[PINS];
  bool in_group;
  bool reserved; /* a reservation is open, which may have a segment that a refused call gives to the pool */
  bool trimmed;  /* just before the call that is attempted */
  books before;  /* that call */
  uint64_t refused[STATUSES]; /* by -status */
} world;

/* Makes one call, which may be refused, while the allocator may refuse, too. */
#define ATTEMPT(w, random, call) (attempt_begins((w), (random)), attempt_ends((w), (call)))

static void attempt_begins(world *w, random_source *random) {
  /* Figures of segments are as of the writer's last roll or trim: now and then the test trims just before. */
  w->trimmed = !w->reserved && w->writer != NULL && random_below(random, 3) == 0;
  if (w->trimmed) {
    CHECK_OK(alog_writer_trim(w->writer));
  }
  w->before = books_of(&w->memory, w->log, w->writer);
  if (random_below(random, 4) == 0) {
    counting_fail(&w->memory, (size_t)(1 + random_below(random, 3)), random_below(random, 2) == 0);
  }
}

static alog_status attempt_ends(world *w, alog_status status) {
  counting_recover(&w->memory);
  if (status < 0 && w->trimmed) {
    CHECK_OK(alog_writer_trim(w->writer)); /* and of just behind: there is nothing that it could give back */
  }
  const books now = books_of(&w->memory, w->log, w->writer);
  CHECK_U64(now.failures, now.stats.allocation_failures);
  CHECK(status > -STATUSES);
  if (status < 0) {
    check_refusal(&w->before, &now, status);
    w->refused[-status]++;
  }
  return status;
}

static alog_status append_next(world *w) { return w->bytes ? append_text(w->writer) : append_number(w->writer); }

static alog_status append_batch(world *w, uint64_t count, bool packed) {
  const uint64_t first = alog_writer_next_sequence(w->writer);
  static unsigned char texts[BATCH_MAX][TEXT_MAX];
  static unsigned char data[sizeof texts];
  alog_slice slices[BATCH_MAX];
  uint32_t sizes[BATCH_MAX];
  size_t used = 0;
  if (!w->bytes) {
    return append_number_batch(w->writer, count);
  }
  for (uint64_t i = 0; i < count; i++) {
    text_fill(first + i, texts[i]);
    slices[i].data = texts[i];
    slices[i].size = text_size(first + i);
    sizes[i] = (uint32_t)slices[i].size;
    memcpy(data + used, texts[i], slices[i].size);
    used += slices[i].size;
  }
  return packed ? alog_writer_append_packed(w->writer, data, sizes, (size_t)count)
                : alog_writer_append_slices(w->writer, slices, (size_t)count);
}

/* The end of a reservation, which other calls may end first. */
static void reserve(world *w, random_source *random) {
  alog_reservation room = {NULL, 0, 0};
  const uint64_t sequence = alog_writer_next_sequence(w->writer);
  const size_t want = w->bytes ? text_size(sequence) : (size_t)(1 + random_below(random, 5));
  if (ATTEMPT(w, random, alog_writer_reserve(w->writer, want, &room)) != ALOG_OK) {
    CHECK(room.data == NULL && room.capacity == 0);
    return;
  }
  w->reserved = true;
  switch (random_below(random, 5)) {
    case 0:
      CHECK_STATUS(ALOG_ERR_ARGUMENT, ATTEMPT(w, random, alog_writer_commit(w->writer, room.capacity + 1)));
      CHECK_OK(ATTEMPT(w, random, alog_writer_cancel(w->writer)));
      break;
    case 1: /* a call that needs more memory ends it */
      ATTEMPT(w, random, append_batch(w, 1 + random_below(random, w->batch), true));
      CHECK_STATUS(ALOG_ERR_STATE, ATTEMPT(w, random, alog_writer_commit(w->writer, 0)));
      break;
    default:
      if (w->bytes) {
        text_fill(sequence, room.data);
        CHECK_OK(ATTEMPT(w, random, alog_writer_commit(w->writer, want)));
      } else {
        for (size_t i = 0; i < room.capacity; i++) {
          const uint64_t value = number(sequence + i);
          memcpy((unsigned char *)room.data + i * room.stride, &value, sizeof value);
        }
        CHECK_OK(ATTEMPT(w, random, alog_writer_commit(w->writer, room.capacity)));
      }
      break;
  }
  w->reserved = false;
}

static void change_group(world *w, random_source *random) {
  if (!w->in_group) {
    CHECK_STATUS(ALOG_ERR_STATE, ATTEMPT(w, random, alog_writer_publish(w->writer)));
    CHECK_STATUS(ALOG_ERR_STATE, ATTEMPT(w, random, alog_writer_abandon(w->writer)));
    CHECK_OK(ATTEMPT(w, random, alog_writer_begin(w->writer)));
  } else {
    CHECK_STATUS(ALOG_ERR_STATE, ATTEMPT(w, random, alog_writer_begin(w->writer)));
    CHECK_OK(ATTEMPT(w, random,
                     random_below(random, 3) == 0 ? alog_writer_abandon(w->writer) : alog_writer_publish(w->writer)));
  }
  w->in_group = !w->in_group;
}

static void change_view(world *w, random_source *random) {
  const size_t which = (size_t)random_below(random, VIEWS);
  const alog_snapshot *other = w->views[random_below(random, VIEWS)];
  alog_snapshot *made = NULL;
  alog_cursor *cursor = NULL;
  if (w->views[which] == NULL) {
    ATTEMPT(w, random,
            other != NULL && random_below(random, 2) == 0 ? alog_snapshot_clone(other, &made)
                                                          : alog_snapshot_create(w->log, &made));
    w->views[which] = made;
  } else if (random_below(random, 3) == 0) {
    CHECK(ATTEMPT(w, random, alog_snapshot_refresh(w->views[which], NULL)) >= ALOG_OK);
  } else if (random_below(random, 3) == 0) {
    ATTEMPT(w, random,
            random_below(random, 2) == 0 ? alog_cursor_create(w->views[which], &cursor)
                                         : alog_cursor_open(w->log, ALOG_START_OLDEST, &cursor));
    alog_segment *pin = NULL;
    if (cursor != NULL) {
      CHECK_STATUS(ALOG_ERR_STATE, ATTEMPT(w, random, alog_cursor_pin(cursor, &pin)));
      CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, ATTEMPT(w, random, alog_cursor_seek(cursor, UINT64_MAX)));
    }
    alog_cursor_destroy(cursor);
  } else {
    alog_snapshot_destroy(w->views[which]);
    w->views[which] = NULL;
  }
}

static void change_pin(world *w, random_source *random) {
  const size_t which = (size_t)random_below(random, PINS);
  const alog_snapshot *view = w->views[random_below(random, VIEWS)];
  if (w->pins[which] != NULL) {
    alog_segment_release(w->pins[which]);
    w->pins[which] = NULL;
  } else if (view != NULL) {
    const size_t index = (size_t)random_below(random, alog_snapshot_chunk_count(view) + 1);
    ATTEMPT(w, random, alog_snapshot_pin(view, index, &w->pins[which]));
  }
}

static void claim_again(world *w, random_source *random) {
  alog_writer *other = NULL;
  CHECK_STATUS(ALOG_ERR_CLAIMED, ATTEMPT(w, random, alog_writer_claim(w->log, &other)));
  if (!w->in_group && random_below(random, 4) == 0) {
    alog_writer_release(w->writer);
    w->writer = NULL;
    while (ATTEMPT(w, random, alog_writer_claim(w->log, &other)) != ALOG_OK) {
      CHECK(!alog_log_has_writer(w->log));
    }
    w->writer = other;
  }
}

static void wrong_arguments(world *w, random_source *random) {
  static const unsigned char data[4096] = {0};
  alog_reservation room = {NULL, 0, 0};
  const uint32_t sizes[2] = {1, 4096};
  const alog_slice slices[2] = {{data, 1}, {data, sizeof data}};
  if (w->bytes) {
    CHECK_STATUS(ALOG_ERR_TOO_LARGE, ATTEMPT(w, random, alog_writer_append(w->writer, data, sizeof data)));
    CHECK_STATUS(ALOG_ERR_TOO_LARGE, ATTEMPT(w, random, alog_writer_append_slices(w->writer, slices, 2)));
    CHECK_STATUS(ALOG_ERR_TOO_LARGE, ATTEMPT(w, random, alog_writer_append_packed(w->writer, data, sizes, 2)));
    CHECK_STATUS(ALOG_ERR_TOO_LARGE, ATTEMPT(w, random, alog_writer_reserve(w->writer, sizeof data, &room)));
    CHECK_STATUS(ALOG_ERR_KIND, ATTEMPT(w, random, alog_writer_append_batch(w->writer, data, 1)));
  } else {
    CHECK_STATUS(ALOG_ERR_TOO_LARGE, ATTEMPT(w, random, alog_writer_append_batch(w->writer, data, 512)));
    CHECK_STATUS(ALOG_ERR_ARGUMENT, ATTEMPT(w, random, alog_writer_append(w->writer, data, 7)));
    CHECK_STATUS(ALOG_ERR_ARGUMENT, ATTEMPT(w, random, alog_writer_reserve(w->writer, 0, &room)));
    CHECK_STATUS(ALOG_ERR_KIND, ATTEMPT(w, random, alog_writer_append_slices(w->writer, slices, 1)));
  }
  CHECK_STATUS(ALOG_ERR_NULL, ATTEMPT(w, random, alog_writer_append(w->writer, NULL, 8)));
  CHECK_STATUS(ALOG_ERR_NULL, ATTEMPT(w, random, alog_writer_reserve(w->writer, 1, NULL)));
  CHECK_STATUS(ALOG_ERR_STATE, ATTEMPT(w, random, alog_writer_cancel(w->writer)));
}

static void step(world *w, random_source *random) {
  switch (random_below(random, 20)) {
    case 0:
    case 1:
    case 2:
      change_view(w, random);
      break;
    case 3:
    case 4:
      change_pin(w, random);
      break;
    case 5:
    case 6:
      change_group(w, random);
      break;
    case 7:
    case 8:
      reserve(w, random);
      break;
    case 9:
    case 10:
    case 11:
      ATTEMPT(w, random, append_batch(w, 1 + random_below(random, w->batch), random_below(random, 2) == 0));
      break;
    case 12:
      claim_again(w, random);
      break;
    case 13:
      wrong_arguments(w, random);
      break;
    case 14:
      CHECK_OK(alog_writer_trim(w->writer));
      break;
    default:
      ATTEMPT(w, random, append_next(w));
      break;
  }
}

/* Whatever was refused, the log has what was not, and goes on. */
static void end_world(world *w) {
  if (w->in_group) {
    CHECK_OK(alog_writer_abandon(w->writer));
  }
  for (size_t i = 0; i < VIEWS; i++) {
    alog_snapshot_destroy(w->views[i]);
  }
  for (size_t i = 0; i < PINS; i++) {
    alog_segment_release(w->pins[i]);
  }
  for (int i = 0; i < 100; i++) {
    CHECK_OK(append_next(w));
  }
  alog_snapshot *snapshot = snapshot_of(w->log);
  const alog_range range = range_of(snapshot);
  if (w->bytes) {
    check_texts(snapshot, range.begin, alog_writer_next_sequence(w->writer));
  } else {
    check_numbers(snapshot, range.begin, alog_writer_next_sequence(w->writer));
  }
  alog_snapshot_destroy(snapshot);
  alog_writer_release(w->writer);
  alog_log_release(w->log);
  counting_done(&w->memory);
}

static uint64_t refused_in_all[STATUSES];

/* A log with K = `view`, a budget for `spare` segments more, and as many of them preallocated. */
static void run_program(bool bytes, uint64_t view, uint64_t spare, uint64_t preallocated, uint64_t seed) {
  enum { RECORDS = 3, STEPS = 2000 };
  static world all;
  world *w = &all;
  memset((void *)w, 0, sizeof *w);
  counting_init(&w->memory);
  w->bytes = bytes;
  w->batch = bytes ? 5 * view : (view + 1) * RECORDS;
  CHECK(w->batch <= BATCH_MAX);
  alog_options options = bytes ? bytes_options((view - 1) * 64, 64) /* two or three texts, or more */
                               : fixed_options((view - 1) * RECORDS, RECORDS, sizeof(uint64_t));
  options.max_segments = (uint32_t)(spare == 0 ? 0 : view + spare);
  options.preallocated_segments = (uint32_t)preallocated;
  options.allocator = &w->memory.allocator;
  w->log = bytes ? create_bytes(options) : create_fixed(options);
  w->writer = claim(w->log);
  random_source random = {seed};
  for (int i = 0; i < STEPS; i++) {
    step(w, &random);
  }
  for (size_t i = 0; i < STATUSES; i++) {
    refused_in_all[i] += w->refused[i];
  }
  end_world(w);
}

static void a_refused_call_takes_nothing(void) {
  for (uint64_t view = 2; view <= 6; view++) {
    for (uint64_t spare = 0; spare <= view + 1; spare++) {
      for (uint64_t seed = 1; seed <= 8; seed++) {
        const uint64_t most = view + (spare == 0 ? 3 : spare);
        const uint64_t preallocated = seed % 3 == 0 ? 0 : seed % 3 == 1 ? most : view;
        run_program(seed % 2 == 0, view, spare, preallocated, 1000 * view + 100 * spare + seed);
      }
    }
  }
  /* Checks that the program met these cases. */
  CHECK(refused_in_all[-ALOG_ERR_NO_MEMORY] > 2000);
  CHECK(refused_in_all[-ALOG_ERR_SEGMENT_LIMIT] > 2000);
  CHECK(refused_in_all[-ALOG_ERR_TOO_LARGE] > 2000);
  CHECK(refused_in_all[-ALOG_ERR_STATE] > 2000);
  CHECK(refused_in_all[-ALOG_ERR_ARGUMENT] > 2000);
  CHECK(refused_in_all[-ALOG_ERR_OUT_OF_RANGE] > 200);
  CHECK(refused_in_all[-ALOG_ERR_CLAIMED] > 200);
}

int main(void) {
  RUN(the_budget_is_asked_before_the_allocator);
  RUN(a_refused_call_takes_nothing);
  for (size_t i = 0; i < STATUSES; i++) {
    if (refused_in_all[i] > 0) {
      printf("  %s: %" PRIu64 " times\n", alog_status_name(-(int32_t)i), refused_in_all[i]);
    }
  }
  return 0;
}
