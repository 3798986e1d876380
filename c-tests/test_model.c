/*
 * Holds up: after every publication, a snapshot that has been refreshed each time equals a fresh one. Both equal the
 * view of a model without threads: the newest K segments, K = ceil(retained / segment) + 1. A cursor reads on through
 * it, and loses exactly what was evicted. This holds for every retained and segment capacity from 1 to 12, with single
 * records, batches, groups, abandoned groups, and reservations.
 */
#include "model.h"

enum { RECORD_SIZE = 16, BATCH_MAX = 40 };

static model expected;

typedef struct pair {
  alog_log *log;
  alog_writer *writer;
  alog_snapshot *held; /* refreshed after each publication */
  alog_cursor *cursor; /* refreshed and read sometimes */
  random_source random;
} pair;

static void pair_open(pair *p, alog_log *log, uint64_t seed) {
  p->log = log;
  p->writer = claim(log);
  p->held = snapshot_of(log);
  p->cursor = cursor_on(log, ALOG_START_OLDEST);
  p->random.state = seed;
}

static void pair_close(pair *p) {
  alog_cursor_destroy(p->cursor);
  alog_snapshot_destroy(p->held);
  alog_writer_release(p->writer);
  alog_log_release(p->log);
}

static void open_fixed(pair *p, uint64_t retained, uint64_t segment) {
  model_fixed(&expected, retained, segment, RECORD_SIZE);
  pair_open(p, create_fixed(fixed_options(retained, segment, RECORD_SIZE)), retained * 100 + segment);
}

/* Segments of `segment` * 16 bytes, aligned and indexed in various ways. */
static void open_bytes(pair *p, uint64_t retained, uint64_t segment) {
  const uint32_t align = UINT32_C(1) << (retained + segment) % 5;
  const uint32_t index = (retained * segment) % 3 == 0 ? 3 : 100;
  alog_options options = bytes_options(retained * 16, segment * 16);
  options.record_align = align;
  options.segment_records = index;
  model_bytes(&expected, retained * 16, segment * 16, align, index);
  pair_open(p, create_bytes(options), retained * 100 + segment);
}

/* A size for the next record: one of the sizes that fit, except that no empty record is put where a segment is full to
 * the last byte. */
static size_t next_size(pair *p) {
  if (!expected.bytes) {
    return RECORD_SIZE;
  }
  const uint64_t most = expected.capacity < 40 ? expected.capacity : 40;
  const size_t size = (size_t)random_below(&p->random, most + 1);
  return size == 0 && expected.tail.used == expected.capacity ? 1 : size;
}

static void append_one(pair *p) {
  const size_t size = next_size(p);
  const uint64_t sequence = expected.tail.end;
  const bool fits = model_place(&expected, size, size);
  unsigned char record[MODEL_RECORD_MAX] = {0};
  if (fits) {
    model_fill(&expected, sequence, record);
  }
  CHECK_STATUS(fits ? ALOG_OK : ALOG_ERR_TOO_LARGE, alog_writer_append(p->writer, record, size));
  model_close(&expected);
}

/* Appends `count` records at once, by the function that the kind of log has for it. */
static void append_batch(pair *p, size_t count) {
  unsigned char data[(size_t)BATCH_MAX * MODEL_RECORD_MAX] = {0};
  alog_slice slices[BATCH_MAX];
  uint32_t sizes[BATCH_MAX];
  const model_tail tail = expected.tail;
  bool fits = true;
  size_t used = 0;
  for (size_t i = 0; i < count; i++) {
    const size_t size = next_size(p);
    const uint64_t sequence = expected.tail.end;
    if (fits && model_place(&expected, size, size)) {
      model_fill(&expected, sequence, data + used);
    } else {
      fits = false;
    }
    slices[i].data = data + used;
    slices[i].size = size;
    sizes[i] = (uint32_t)size;
    used += size;
  }
  if (!fits) {
    expected.tail = tail;
  }
  const alog_status status = fits ? ALOG_OK : ALOG_ERR_TOO_LARGE;
  if (!expected.bytes) {
    CHECK_STATUS(status, alog_writer_append_batch(p->writer, data, count));
  } else if (random_below(&p->random, 2) == 0) {
    CHECK_STATUS(status, alog_writer_append_slices(p->writer, slices, count));
  } else {
    CHECK_STATUS(status, alog_writer_append_packed(p->writer, data, sizes, count));
  }
  model_close(&expected);
}

/* Fixed: up to three records. Bytes: one record, which may be smaller than what was reserved. */
static void reserve_and_commit(pair *p) {
  const size_t used = next_size(p);
  const size_t spare = expected.bytes ? (size_t)random_below(&p->random, expected.capacity - used + 1) : 0;
  const size_t want = expected.bytes ? used + spare : (size_t)(1 + random_below(&p->random, 3));
  const uint64_t sequence = expected.tail.end;
  if (expected.bytes && want == 0 && expected.tail.used == expected.capacity) {
    return;
  }
  const bool fits = model_place(&expected, want, used);
  alog_reservation room = {NULL, 0, 0};
  CHECK_STATUS(fits ? ALOG_OK : ALOG_ERR_TOO_LARGE, alog_writer_reserve(p->writer, want, &room));
  if (!fits) {
    return;
  }
  unsigned char record[MODEL_RECORD_MAX];
  model_fill(&expected, sequence, record);
  if (used > 0) {
    memcpy(room.data, record, used);
  }
  if (expected.bytes) {
    CHECK_U64(want, room.capacity);
    CHECK_OK(alog_writer_commit(p->writer, used));
  } else {
    for (size_t i = 1; i < room.capacity; i++) {
      CHECK(model_place(&expected, used, used));
      model_fill(&expected, sequence + i, record);
      memcpy((unsigned char *)room.data + i * room.stride, record, used);
    }
    CHECK_OK(alog_writer_commit(p->writer, room.capacity));
  }
  model_close(&expected);
}

static void step_anyhow(pair *p) {
  switch (random_below(&p->random, 4)) {
    case 0:
      append_batch(p, (size_t)random_below(&p->random, BATCH_MAX));
      break;
    case 1:
      reserve_and_commit(p);
      break;
    default:
      append_one(p);
      break;
  }
}

static void group_anyhow(pair *p) {
  CHECK_OK(alog_writer_begin(p->writer));
  expected.open = true;
  for (uint64_t steps = random_below(&p->random, 8); steps > 0; steps--) {
    step_anyhow(p);
    CHECK_U64(expected.tail.end, alog_writer_next_sequence(p->writer));
  }
  if (random_below(&p->random, 3) == 0) {
    CHECK_OK(alog_writer_abandon(p->writer));
    model_abandon(&expected);
  } else {
    CHECK_OK(alog_writer_publish(p->writer));
    model_publish(&expected);
  }
}

/* The segment in which a visible record lies. */
static uint64_t segment_of(uint64_t sequence) {
  uint64_t segment = model_oldest_segment(&expected);
  while (model_segment_end(&expected, segment) <= sequence) {
    segment++;
  }
  return segment;
}

static void read_on(pair *p) {
  const uint64_t old = alog_cursor_position(p->cursor);
  const uint64_t begin = model_begin(&expected);
  const uint64_t first = old > begin ? old : begin;
  alog_delta delta = {77, 77, 77};
  const alog_status status = alog_cursor_refresh(p->cursor, &delta);
  CHECK(status == ALOG_OK || status == ALOG_UNCHANGED);
  CHECK_DELTA(first, expected.visible.end - first, first - old, delta);
  uint64_t next = first;
  while (next < expected.visible.end && random_below(&p->random, 8) > 0) {
    alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
    CHECK_OK(alog_cursor_next(p->cursor, &chunk));
    model_check_chunk(&expected, segment_of(next), next, &chunk);
    next += chunk.count;
    CHECK_U64(next, alog_cursor_position(p->cursor));
  }
}

/* `old` is the model's visible end before the last step. */
static void check_pair(pair *p, uint64_t old) {
  const uint64_t begin = model_begin(&expected);
  const uint64_t end = expected.visible.end;
  const uint64_t first = old > begin ? old : begin;
  alog_delta delta = {77, 77, 77};
  CHECK_STATUS(end == old ? ALOG_UNCHANGED : ALOG_OK, alog_snapshot_refresh(p->held, &delta));
  CHECK_DELTA(first, end - first, first - old, delta);
  CHECK_U64(expected.tail.end, alog_writer_next_sequence(p->writer));
  CHECK_RANGE(begin, end, log_range_of(p->log));
  alog_snapshot *fresh = snapshot_of(p->log);
  check_same_view(fresh, p->held);
  model_check(&expected, fresh);
  alog_snapshot_destroy(fresh);
  if (random_below(&p->random, 3) == 0) {
    read_on(p);
  }
}

typedef void (*opening)(pair *p, uint64_t retained, uint64_t segment);
typedef void (*action)(pair *p);

static void check_every_geometry(opening open, action act, uint64_t rounds) {
  for (uint64_t retained = 1; retained <= 12; retained++) {
    for (uint64_t segment = 1; segment <= 12; segment++) {
      pair p;
      open(&p, retained, segment);
      for (uint64_t round = 0; round < rounds; round++) {
        const uint64_t old = expected.visible.end;
        act(&p);
        check_pair(&p, old);
      }
      pair_close(&p);
    }
  }
}

static void anything(pair *p) {
  if (random_below(&p->random, 3) == 0) {
    group_anyhow(p);
  } else {
    step_anyhow(p);
  }
}

static void fixed_log_equals_its_model_after_each_append(void) { check_every_geometry(open_fixed, append_one, 80); }
static void fixed_log_equals_its_model_after_anything(void) { check_every_geometry(open_fixed, anything, 60); }
static void bytes_log_equals_its_model_after_each_append(void) { check_every_geometry(open_bytes, append_one, 80); }
static void bytes_log_equals_its_model_after_anything(void) { check_every_geometry(open_bytes, anything, 60); }

int main(void) {
  RUN(fixed_log_equals_its_model_after_each_append);
  RUN(fixed_log_equals_its_model_after_anything);
  RUN(bytes_log_equals_its_model_after_each_append);
  RUN(bytes_log_equals_its_model_after_anything);
  return 0;
}
