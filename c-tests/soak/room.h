/*
 * A log with all its threads, and the bounds that follow from what these threads are.
 */
#ifndef SOAK_ROOM_H
#define SOAK_ROOM_H

#include "../self_checked.h"
#include "worker.h"

enum { RECORD_MAX = 160, BATCH_MAX = 64, PIN_BOXES = 4, SLEEPERS_MAX = 2, WORKERS_MAX = 256 };

/* How a log is used. */
typedef struct habits {
  const char *name;
  bool bytes;
  uint64_t retained, segment; /* capacities */
  uint32_t record_size;       /* of a log of bytes: the largest */
  uint32_t flags;
  uint32_t preallocated;
  enum budget { NONE, ENOUGH, TIGHT } budget;
  bool groups;           /* groups and batches of many segments, some of which are abandoned, some too large */
  size_t readers[KINDS]; /* how many of each kind are alive at a time */
  size_t dead[KINDS];    /* how many are stopped for ever */
  size_t left[KINDS];    /* how many return and leave all they hold behind */
} habits;

struct room {
  const habits *habits;
  counting memory;
  alog_allocator allocator;
  alog_log *log;

  /* The bounds. */
  uint64_t k;     /* segments in a view */
  uint64_t views; /* V */
  uint64_t pins;  /* p */
  uint64_t segments_most;
  uint64_t tables_most;
  uint64_t blocks_most;
  uint64_t bytes_most;

  /* For all threads at this log. */
  _Atomic uint64_t newest; /* the end of the newest state any timekeeper has seen, or published */
  _Atomic(alog_writer *) parked_writer;
  _Atomic(alog_snapshot *) passed_view;
  _Atomic(held_pin *) boxes[PIN_BOXES];
  _Atomic(worker *) sleepers[SLEEPERS_MAX];
  atomic_bool lull; /* the writer waits for the sleepers: only it wakes them */

  /* What writers did. */
  _Atomic uint64_t published; /* the end of the newest publication */
  _Atomic uint64_t handovers;
  _Atomic uint64_t refused;    /* calls that returned ALOG_ERR_SEGMENT_LIMIT */
  _Atomic uint64_t recoveries; /* publications after such a call */
  _Atomic uint64_t too_large;
  _Atomic uint64_t abandoned;
  _Atomic uint64_t lulls;
  atomic_bool starved;

  /* The warden's. */
  int64_t gone_views, gone_pins; /* books of workers that were joined */
  size_t kills, leavings, stops;
  uint64_t highest_live, highest_bytes, highest_held, audits_trimmed;
  alog_stats stats; /* the newest */
};

/* What a reader of each kind can hold at a time, also in the middle of a call. */
static const struct {
  const char *name;
  uint64_t views, pins;
} holds[KINDS] = {
    [DASHBOARD] = {"dashboards", 2, 0}, [FOLLOWER] = {"followers", 2, 1}, [PINNER] = {"pinners", 1, 2},
    [SLEEPER] = {"sleepers", 2, 0},     [CLONER] = {"cloners", 3, 0},     [HOLDER] = {"holders", 2, 1},
};

/* ----------------------------------------------------------------------------------- the bounds */

/* As docs/CAPACITIES.md has them. */
static void reckon(room *it) {
  const habits *h = it->habits;
  it->k = view_segments(h->retained, h->segment);
  it->views = 2; /* one that is being passed on, and one that the warden's questions take */
  it->pins = PIN_BOXES;
  for (size_t kind = 0; kind < KINDS; kind++) {
    const uint64_t many = h->readers[kind] + h->dead[kind] + h->left[kind];
    it->views += many * holds[kind].views;
    it->pins += many * holds[kind].pins;
  }
  /* Plain appends begin one segment at a time, groups as many as a view has. */
  const uint64_t pending = h->groups && h->budget == NONE ? it->k : 1;
  it->segments_most = it->k * (it->views + 1) + pending + it->pins;
  if (h->budget == TIGHT) {
    /* What the threads that never let go may hold, and half a view. */
    uint64_t views = 0;
    uint64_t pins = 0;
    for (size_t kind = 0; kind < KINDS; kind++) {
      views += (h->dead[kind] + h->left[kind]) * holds[kind].views;
      pins += (h->dead[kind] + h->left[kind]) * holds[kind].pins;
    }
    it->segments_most = it->k * (views + 1) + 1 + pins + it->k / 2;
  }
  if (it->segments_most < h->preallocated) {
    it->segments_most = h->preallocated;
  }
  it->tables_most = 2 + 2 * (it->views + 1);
}

static uint64_t segment_bytes(const habits *h) {
  const uint64_t index = h->bytes ? 8 * (h->segment / 32 > 16 ? h->segment / 32 : 16) : 0;
  return 256 + h->segment * (h->bytes ? 1 : h->record_size) + index;
}

static uint64_t table_bytes(uint64_t k) {
  uint64_t slots = 4;
  while (slots < 2 * k - 2) {
    slots *= 2;
  }
  return 64 + 8 * slots;
}

enum { WINDOW_BYTES = 256, HANDLE_BYTES = 128, WRITER_BYTES = 1024 };

/* The base is what the log has at its creation, so the core is included. */
static void reckon_bytes(room *it, uint64_t at_creation) {
  const uint64_t handles = it->views + it->pins;
  it->bytes_most = at_creation + it->segments_most * segment_bytes(it->habits) + (it->views + 2) * WINDOW_BYTES +
                   it->tables_most * table_bytes(it->k) + handles * HANDLE_BYTES + WRITER_BYTES;
  it->blocks_most = it->segments_most + it->views + 2 + it->tables_most + handles + 2;
}

static alog_stats stats_of(const alog_log *log) {
  alog_stats stats = ALOG_STATS_INIT;
  CHECK_OK(alog_log_stats(log, &stats));
  return stats;
}

static void open_room(room *it, const habits *h) {
  it->habits = h;
  reckon(it);
  counting_init(&it->memory);
  it->allocator.context = &it->memory;
  it->allocator.allocate = sheltered_allocate;
  it->allocator.deallocate = sheltered_deallocate;
  alog_options options = fixed_options(h->retained, h->segment, h->bytes ? 0 : h->record_size);
  options.flags = h->flags;
  options.preallocated_segments = h->preallocated;
  options.max_segments = h->budget == NONE ? 0 : (uint32_t)it->segments_most;
  options.allocator = &it->allocator;
  it->log = h->bytes ? create_bytes(options) : create_fixed(options);
  it->stats = stats_of(it->log);
  reckon_bytes(it, it->stats.bytes_allocated);
}

/* -------------------------------------------------------------------------------------- records */

static size_t record_size(const room *it, uint64_t sequence) {
  const size_t largest = it->habits->record_size;
  return it->habits->bytes ? sizeof(record_head) + (size_t)(mix(sequence) % (largest - sizeof(record_head) + 1))
                           : largest;
}

static size_t write_record(const room *it, unsigned char *out, uint64_t sequence, uint64_t first, uint32_t length) {
  return write_record_of(out, sequence, first, length, record_size(it, sequence));
}

/* Checks the records of a chunk; `last` is the record before it, if there is one, and becomes its last. */
static void check_records(const alog_chunk *chunk, record_head *last, worker *self, const room *it) {
  CHECK(chunk->count > 0);
  for (size_t i = 0; i < chunk->count; i++) {
    const uint64_t sequence = chunk->first_sequence + i;
    const record_head head = check_record(sequence, chunk_record(chunk, i, it->habits->record_size));
    if (last->length > 0) {
      CHECK_U64(last->sequence + 1, sequence);
      const bool same = sequence - last->first < last->length;
      CHECK_U64(same ? last->first : sequence, head.first);
      CHECK(!same || head.length == last->length);
    }
    *last = head;
  }
  addu(&self->checked, chunk->count);
}

/* ----------------------------------------------------------------------------- time goes one way */

/* Call this before a read begins. The read must not return an older state. */
static uint64_t oldest_allowed(const worker *self, const room *it) {
  const uint64_t others = self->timekeeper ? atomic_load_explicit(&it->newest, memory_order_acquire) : 0;
  return others > self->newest_seen ? others : self->newest_seen;
}

static void saw(worker *self, room *it, uint64_t allowed, uint64_t end) {
  CHECK(end >= allowed);
  self->newest_seen = end;
  uint64_t newest = atomic_load_explicit(&it->newest, memory_order_relaxed);
  while (
      self->timekeeper && newest < end &&
      !atomic_compare_exchange_weak_explicit(&it->newest, &newest, end, memory_order_release, memory_order_relaxed)) {
  }
}

#endif
