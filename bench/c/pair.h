/* A log of records and the ring that is its control. All programs of the table use both. */
#ifndef ATOMIC_LOG_BENCH_PAIR_H
#define ATOMIC_LOG_BENCH_PAIR_H

#include "atomic_log.h"
#include "turns.h"

enum { SEGMENT = 1024, RETAINED = 16 * SEGMENT, BATCH = 256 };
enum { SIZES = 4096, LARGEST = 256, PAGE = 4096 };
static const char *const OURS = "atomic-log";

/* A log that has gone round once, and the ring that is its control. */
struct pair {
  size_t size; /* of a record; 0: of sizes[] */
  unsigned char *block;
  const unsigned char *source; /* what all copy from */
  alog_log *log;
  alog_writer *writer;
  alog_hot *hot;
  alog_snapshot *snapshot;
  const alog_glance *glance;
  struct ring ring;
  _Atomic uint64_t pins;
};

static size_t sizes[SIZES];

/* In an order that a processor cannot learn. */
static inline void sizes_fill(void) {
  uint64_t state = 88172645463325252u;
  for (int i = 0; i < SIZES; i++) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    sizes[i] = 16 + state % (LARGEST - 16 + 1);
  }
}

/* Memory that begins with a page. */
static inline void *page_allocate(void *context, size_t size, size_t align) {
  (void)context;
  return align > PAGE ? NULL : aligned_alloc(PAGE, (size + PAGE - 1) / PAGE * PAGE);
}

static inline void page_deallocate(void *context, void *block, size_t size, size_t align) {
  (void)context, (void)size, (void)align;
  free(block);
}

static const alog_allocator pages = {NULL, page_allocate, page_deallocate};

static inline struct pair *pair_create(size_t size) {
  struct pair *pair = room(128, sizeof *pair);
  alog_options options = ALOG_OPTIONS_INIT;
  alog_chunk chunk;
  memset(pair, 0, sizeof *pair);
  pair->size = size;
  /* All records are alike, so those of a batch are too. */
  pair->block = room(PAGE, PAGE + BATCH * 64);
  options.record_size = size;
  options.retained_capacity = size ? RETAINED : 16 << 16;
  options.segment_capacity = size ? SEGMENT : 1 << 16;
  if (size == 1024) options.allocator = &pages;
  OK(size ? alog_log_create_fixed(&options, &pair->log) : alog_log_create_bytes(&options, &pair->log));
  OK(alog_writer_claim(pair->log, &pair->writer));
  pair->hot = alog_writer_hot(pair->writer);
  for (int i = 0; i < 2 * (RETAINED + SEGMENT); i++)
    OK(alog_writer_append(pair->writer, pair->block, size ? size : LARGEST));
  OK(alog_snapshot_create(pair->log, &pair->snapshot));
  /* Processors mistake a load for one of what was just stored if both have the same offset within their pages, and then
   * the load waits: copying 1 KiB takes twice as long. So the ring's slots have the same offsets within their pages as
   * the log's (those of 1 KiB have the same one in all segments), and the source lies 512 bytes from where a slot
   * begins. */
  OK(alog_snapshot_chunk(pair->snapshot, 0, &chunk));
  size_t phase = (uintptr_t)chunk.data % PAGE;
  ring_create(&pair->ring, size ? RETAINED : 0, size ? RETAINED * size : 17 << 16, phase);
  pair->source = pair->block + (phase + 512) % PAGE;
  /* An old view would hold segments, and the log would make others. */
  alog_snapshot_destroy(pair->snapshot);
  return opaque(pair);
}

/* Every retained record must be as it was written. */
static inline void pair_destroy(struct pair *pair) {
  alog_chunk chunk;
  OK(alog_snapshot_create(pair->log, &pair->snapshot));
  for (size_t i = 0; alog_snapshot_chunk(pair->snapshot, i, &chunk) == ALOG_OK; i++) {
    for (size_t j = 0; j < chunk.count; j++) {
      size_t at = chunk.spans ? chunk.spans[j].offset : j * chunk.stride;
      size_t size = chunk.spans ? chunk.spans[j].size : pair->size;
      check(memcmp((const unsigned char *)chunk.data + at, pair->source, size) == 0,
            "the check that each record is as it was appended");
    }
  }
  check(alog_snapshot_len(pair->snapshot) >= (pair->size ? RETAINED : 1),
        "the check that as much is retained as was asked for");
  alog_snapshot_destroy(pair->snapshot);
  alog_writer_release(pair->writer);
  alog_log_release(pair->log);
  ring_destroy(&pair->ring);
  free(pair->block);
  free(pair);
}

static inline void ring_next(void *context, size_t times) {
  (void)times;
  ring_prepare(&((struct pair *)context)->ring);
}

/* A turn of either side. The statement can use `pair` and its members, and runs `times` times. */
#define TURN(name, statement)                     \
  static void name(void *context, size_t times) { \
    struct pair *pair = context;                  \
    const unsigned char *record = pair->source;   \
    alog_writer *writer = pair->writer;           \
    alog_hot *hot = pair->hot;                    \
    const alog_glance *glance = pair->glance;     \
    size_t size = pair->size;                     \
    (void)record, (void)writer, (void)hot;        \
    (void)glance, (void)size;                     \
    for (size_t i = 0; i < times; i++) statement; \
  }

#endif
