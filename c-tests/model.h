/*
 * The log as one would write it without threads: the records, and the segment in which each lies, in plain arrays that
 * never forget anything. A view follows from that: it holds the newest K segments that have a record.
 *
 * Each record is given a salt, so that the records of an abandoned group, whose sequences are given back, differ from
 * those that come later.
 */
#ifndef MODEL_H
#define MODEL_H

#include "fixture.h"

enum { MODEL_MAX = 8192, MODEL_RECORD_MAX = 256 };

/* Where the next record goes. */
typedef struct model_tail {
  uint64_t end;      /* its sequence */
  uint64_t segments; /* how many have a record */
  uint64_t count;    /* records in the last of them */
  uint64_t used;     /* bytes: space taken in it */
} model_tail;

typedef struct model {
  bool bytes;
  uint64_t view;      /* K */
  uint64_t capacity;  /* of a segment, in records or bytes */
  uint64_t align;     /* bytes */
  uint64_t index;     /* records that a segment can hold, whatever their size */
  size_t record_size; /* fixed */
  model_tail visible;
  model_tail tail; /* the same, unless a group is open */
  bool open;
  uint64_t latest; /* first sequence of the newest publication */
  uint64_t salt;
  uint64_t first[MODEL_MAX]; /* by segment: its first sequence */
  uint64_t salts[MODEL_MAX]; /* by sequence */
  size_t sizes[MODEL_MAX];
} model;

static inline void model_fixed(model *self, uint64_t retained, uint64_t segment, size_t record_size) {
  memset(self, 0, sizeof *self);
  self->view = view_segments(retained, segment);
  self->capacity = segment;
  self->index = segment;
  self->record_size = record_size;
}

static inline void model_bytes(model *self, uint64_t retained, uint64_t segment, uint64_t align, uint64_t index) {
  memset(self, 0, sizeof *self);
  self->bytes = true;
  self->view = view_segments(retained, segment);
  self->capacity = segment;
  self->align = align;
  self->index = index;
}

static inline bool model_fits(const model *self, uint64_t reserved) {
  const model_tail *tail = &self->tail;
  return tail->segments > 0 && tail->count < self->index && (!self->bytes || tail->used + reserved <= self->capacity);
}

/* The number of segments in which the open group has a record. */
static inline uint64_t model_group_segments(const model *self) {
  const model_tail *visible = &self->visible;
  if (self->tail.end == visible->end) {
    return 0;
  }
  const bool in_old_head = visible->segments > 0 &&
                           (self->tail.segments == visible->segments || self->first[visible->segments] > visible->end);
  return self->tail.segments - visible->segments + (in_old_head ? 1 : 0);
}

/* What the next record is, once it is placed. */
static inline void model_fill(const model *self, uint64_t sequence, unsigned char *out) {
  for (size_t i = 0; i < self->sizes[sequence]; i++) {
    out[i] = (unsigned char)(mix(sequence * MODEL_RECORD_MAX + self->salts[sequence] * 0x10001 + i) & 0xff);
  }
}

/*
 * Places a record of `size`, for which `reserved` was asked, after what the group has. Returns whether it fits: the
 * record in a segment, and the group in a view. If not, nothing has changed.
 */
static inline bool model_place(model *self, uint64_t reserved, size_t size) {
  CHECK(self->tail.end < MODEL_MAX && size <= MODEL_RECORD_MAX);
  if (self->bytes && reserved > self->capacity) {
    return false;
  }
  if (!model_fits(self, reserved)) {
    if (model_group_segments(self) == self->view) {
      return false;
    }
    self->first[self->tail.segments] = self->tail.end;
    self->tail.segments++;
    self->tail.count = 0;
    self->tail.used = 0;
  }
  self->sizes[self->tail.end] = size;
  self->salts[self->tail.end] = self->salt++;
  self->tail.end++;
  self->tail.count++;
  self->tail.used += self->bytes ? (size + self->align - 1) / self->align * self->align : 0;
  return true;
}

static inline void model_publish(model *self) {
  if (self->tail.end > self->visible.end) {
    self->latest = self->visible.end;
    self->visible = self->tail;
  }
  self->open = false;
}

static inline void model_abandon(model *self) {
  self->tail = self->visible;
  self->open = false;
}

/* The end of an append, a batch or a commit: a publication, unless it belongs to a group. */
static inline void model_close(model *self) {
  if (!self->open) {
    model_publish(self);
  }
}

static inline uint64_t model_oldest_segment(const model *self) {
  return self->visible.segments > self->view ? self->visible.segments - self->view : 0;
}

static inline uint64_t model_begin(const model *self) {
  return self->visible.segments == 0 ? 0 : self->first[model_oldest_segment(self)];
}

static inline void model_check_record(const model *self, uint64_t sequence, alog_slice record) {
  unsigned char expected[MODEL_RECORD_MAX];
  model_fill(self, sequence, expected);
  CHECK_U64(self->sizes[sequence], record.size);
  CHECK_MEMORY(expected, record.data, record.size);
  CHECK(!self->bytes || record.size == 0 || (uintptr_t)record.data % self->align == 0);
}

/* One past the last visible record of `segment`. */
static inline uint64_t model_segment_end(const model *self, uint64_t segment) {
  return segment + 1 == self->visible.segments ? self->visible.end : self->first[segment + 1];
}

/* Checks that the chunk holds exactly what it should from `first` on, to the end of its segment. */
static inline void model_check_chunk(const model *self, uint64_t segment, uint64_t first, const alog_chunk *chunk) {
  CHECK_U64(segment, chunk->segment_sequence);
  CHECK_U64(first, chunk->first_sequence);
  CHECK_U64(model_segment_end(self, segment) - first, chunk->count);
  for (size_t i = 0; i < chunk->count; i++) {
    model_check_record(self, first + i, chunk_record(chunk, i, self->record_size));
  }
}

/* Checks that the view is exactly what the model says of a view taken now. */
static inline void model_check(const model *self, const alog_snapshot *snapshot) {
  const uint64_t begin = model_begin(self);
  const uint64_t end = self->visible.end;
  CHECK_RANGE(begin, end, range_of(snapshot));
  CHECK_RANGE(self->latest, end, latest_of(snapshot));
  CHECK_U64(end - begin, alog_snapshot_len(snapshot));
  const uint64_t oldest = model_oldest_segment(self);
  const size_t count = (size_t)(self->visible.segments - oldest);
  CHECK_U64(count, alog_snapshot_chunk_count(snapshot));
  for (size_t i = 0; i < count; i++) {
    const alog_chunk chunk = chunk_of(snapshot, i);
    model_check_chunk(self, oldest + i, self->first[oldest + i], &chunk);
  }
  for (uint64_t sequence = begin; sequence < end; sequence++) {
    alog_slice record = {NULL, 0};
    CHECK_OK(alog_snapshot_record(snapshot, sequence, &record));
    model_check_record(self, sequence, record);
  }
}

#endif
