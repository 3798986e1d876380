/* The rows of the table that a C program measures: what bench/src/rows.rs calls c/..., and some more. `c-table FILE`.
 *
 * The controls call an empty function of another shared library where the subject calls this one's, and do what no log
 * could do without. Sizes of records are known at run time only, unless a row says otherwise, to both sides.
 */
#define _POSIX_C_SOURCE 200809L

#include "atomic_log.h"
#include "turns.h"

enum { SEGMENT = 1024, RETAINED = 16 * SEGMENT, RING = 17 * SEGMENT, BATCH = 256 };
enum { SIZES = 4096, LARGEST = 256, PAGE = 4096 };
static const char *const OURS = "atomic-log";

/* A log that has gone round once, and the ring that it is held against. */
struct pair {
  size_t size; /* of a record; 0: of sizes[] */
  unsigned char *block;
  const unsigned char *source; /* what both copy from */
  alog_log *log;
  alog_writer *writer;
  alog_snapshot *snapshot;
  struct ring ring;
  _Atomic uint64_t pins;
};

static size_t sizes[SIZES];

/* Memory that begins with a page. */
static void *page_allocate(void *context, size_t size, size_t align) {
  (void)context;
  return align > PAGE ? NULL : aligned_alloc(PAGE, (size + PAGE - 1) / PAGE * PAGE);
}

static void page_deallocate(void *context, void *block, size_t size, size_t align) {
  (void)context, (void)size, (void)align;
  free(block);
}

static const alog_allocator pages = {NULL, page_allocate, page_deallocate};

static struct pair *pair_create(size_t size) {
  struct pair *pair = room(128, sizeof *pair);
  alog_options options = ALOG_OPTIONS_INIT;
  alog_chunk chunk;
  memset(pair, 0, sizeof *pair);
  pair->size = size;
  /* All records are alike, so that those of a batch are too. */
  pair->block = room(PAGE, PAGE + BATCH * 64);
  options.record_size = size;
  options.retained_capacity = size ? RETAINED : 16 << 16;
  options.segment_capacity = size ? SEGMENT : 1 << 16;
  if (size == 1024) options.allocator = &pages;
  OK(size ? alog_log_create_fixed(&options, &pair->log) : alog_log_create_bytes(&options, &pair->log));
  OK(alog_writer_claim(pair->log, &pair->writer));
  for (int i = 0; i < 2 * RING; i++) OK(alog_writer_append(pair->writer, pair->block, size ? size : LARGEST));
  OK(alog_snapshot_create(pair->log, &pair->snapshot));
  /* Processors take a load for one of what was just stored if the two lie alike within their pages, and then it waits:
   * copying 1 KiB takes twice as long. So the ring's slots lie within their pages as the log's do (those of 1 KiB alike
   * in all segments), and the source lies 512 bytes from where a slot begins. */
  OK(alog_snapshot_chunk(pair->snapshot, 0, &chunk));
  size_t phase = (uintptr_t)chunk.data % PAGE;
  ring_create(&pair->ring, size ? RING * size : 17 << 16, phase);
  pair->source = pair->block + (phase + 512) % PAGE;
  /* An old view would hold segments, and the log make others. */
  alog_snapshot_destroy(pair->snapshot);
  return opaque(pair);
}

/* Every record that is retained must be as it was written. */
static void pair_destroy(struct pair *pair) {
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

/* A turn of either side: `pair` is there, and the statement is done `times` times. */
#define TURN(name, statement)                     \
  static void name(void *context, size_t times) { \
    struct pair *pair = context;                  \
    const unsigned char *record = pair->source;   \
    size_t size = pair->size;                     \
    (void)record, (void)size;                     \
    for (size_t i = 0; i < times; i++) statement; \
  }

TURN(floor_only, OK(c_floor(pair, NULL, 0)))
TURN(floor_and_ring, {
  OK(c_floor(pair, record, size));
  ring_push(&pair->ring, record, size);
})
TURN(append, OK(alog_writer_append(pair->writer, record, size)))

/* The size is known to whoever writes in place, and so to the control. */
TURN(floor_and_ring_64, {
  OK(c_floor(pair, record, 64));
  ring_push(&pair->ring, record, 64);
})
TURN(reserve, {
  alog_reservation here;
  OK(alog_writer_reserve(pair->writer, 1, &here));
  memcpy(here.data, record, 64);
  OK(alog_writer_commit(pair->writer, 1));
})
/* The log's two calls and nothing else: what is published is what an earlier round left in the slot. */
TURN(reserve_only, {
  alog_reservation here;
  OK(alog_writer_reserve(pair->writer, 1, &here));
  OK(alog_writer_commit(pair->writer, 1));
})

TURN(refresh, check(alog_snapshot_refresh(pair->snapshot, NULL) == ALOG_UNCHANGED, "refresh"))
TURN(refresh_delta, {
  alog_delta delta;
  check(alog_snapshot_refresh(pair->snapshot, &delta) == ALOG_UNCHANGED, "refresh");
  opaque(&delta);
})

/* What a handle and its counts cannot do without: memory, and four pairs of read-modify-writes. */
TURN(handle, {
  void *block = malloc(128);
  check(block != NULL, "malloc");
  for (int pins = 0; pins < 4; pins++) {
    atomic_fetch_add_explicit(&pair->pins, 1, memory_order_acq_rel);
    atomic_fetch_sub_explicit(&pair->pins, 1, memory_order_acq_rel);
  }
  free(opaque(block));
})
TURN(snapshot, {
  alog_snapshot *other;
  OK(alog_snapshot_create(pair->log, &other));
  alog_snapshot_destroy(other);
})

/* A turn of these is of `times` records, a multiple of BATCH. */
TURN(copies, {
  size_t next = pair->ring.next;
  memcpy(pair->ring.slots + next, record, BATCH * size);
  next += BATCH * size;
  pair->ring.next = next == pair->ring.end ? 0 : next;
  i += BATCH - 1;
})
TURN(batch, {
  OK(alog_writer_append_batch(pair->writer, record, BATCH));
  i += BATCH - 1;
})
TURN(group, {
  OK(alog_writer_begin(pair->writer));
  for (int j = 0; j < BATCH; j++) OK(alog_writer_append(pair->writer, record, size));
  OK(alog_writer_publish(pair->writer));
  i += BATCH - 1;
})

TURN(floor_and_bytes, {
  OK(c_floor(pair, record, sizes[i]));
  ring_push_bytes(&pair->ring, record, sizes[i]);
})
TURN(append_bytes, OK(alog_writer_append(pair->writer, record, sizes[i])))

int main(int argc, char **argv) {
  results_open(argc, argv);
  /* The sizes are in no order that a processor could learn by heart. */
  uint64_t state = 88172645463325252u;
  for (int i = 0; i < SIZES; i++) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    sizes[i] = 16 + state % (LARGEST - 16 + 1);
  }

  struct pair *pair = pair_create(8);
  compare("c/append/8", OURS, pair, 4096, floor_and_ring, append);
  pair_destroy(pair);

  pair = pair_create(64);
  compare("c/append/64", OURS, pair, 4096, floor_and_ring, append);
  compare("c/group/64", OURS, pair, 16 * BATCH, floor_and_ring, group);
  compare("c/batch/64", OURS, pair, 16 * BATCH, copies, batch);
  compare("c/reserve", OURS, pair, 4096, floor_and_ring_64, reserve);
  compare("c/reserve/floors", OURS, pair, 4096, floor_only, reserve_only);
  OK(alog_snapshot_create(pair->log, &pair->snapshot));
  compare("c/refresh", OURS, pair, 4096, floor_only, refresh);
  compare("c/refresh/delta", OURS, pair, 4096, floor_only, refresh_delta);
  alog_snapshot_destroy(pair->snapshot);
  compare("c/snapshot", OURS, pair, 1024, handle, snapshot);
  pair_destroy(pair);

  pair = pair_create(1024);
  compare("c/append/1024", OURS, pair, 256, floor_and_ring, append);
  pair_destroy(pair);

  pair = pair_create(0);
  compare("c/bytes/16-256", OURS, pair, SIZES, floor_and_bytes, append_bytes);
  pair_destroy(pair);

  results_close();
  return 0;
}
