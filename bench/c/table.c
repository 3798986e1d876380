/* The rows of the table that a C program measures: those that bench/src/rows.rs calls c/..., and some more. `c-table
 * FILE`.
 *
 * Where the subject calls this library, the control calls an empty function of another shared library, and does what no
 * log could do without. Both sides learn the sizes of records only at run time, unless a row says otherwise.
 */
#define _POSIX_C_SOURCE 200809L

#include "pair.h"

TURN(floor_only, OK(c_floor(pair, NULL, 0)))
/* A call and a push, in each form of the ring; and in each form of the copy, for sizes that only the program knows. */
TURN(floor_and_wrapped, {
  OK(c_floor(writer, record, size));
  ring_push(&pair->ring, record, size, copy_plain);
})
TURN(floor_and_pointer, {
  OK(c_floor(writer, record, size));
  ring_push_at(&pair->ring, record, size, copy_moves);
})
TURN(floor_and_masked, {
  OK(c_floor(writer, record, size));
  ring_push_masked(&pair->ring, record, size, copy_moves);
})
TURN(append, OK(alog_writer_append(writer, record, size)))

/* The size is known to a program that writes in place, and therefore to the control. */
TURN(floor_and_wrapped_64, {
  OK(c_floor(writer, record, 64));
  ring_push(&pair->ring, record, 64, copy_plain);
})
TURN(floor_and_masked_64, {
  OK(c_floor(writer, record, 64));
  ring_push_masked(&pair->ring, record, 64, copy_plain);
})
TURN(reserve, {
  alog_reservation here;
  OK(alog_writer_reserve(writer, 1, &here));
  memcpy(here.data, record, 64);
  OK(alog_writer_commit(writer, 1));
})
/* The log's two calls and nothing else. They publish what an earlier round left in the slot. */
TURN(reserve_only, {
  alog_reservation here;
  OK(alog_writer_reserve(writer, 1, &here));
  OK(alog_writer_commit(writer, 1));
})

TURN(refresh, check(alog_snapshot_refresh(pair->snapshot, NULL) == ALOG_UNCHANGED, "refresh"))
TURN(refresh_delta, {
  alog_delta delta;
  check(alog_snapshot_refresh(pair->snapshot, &delta) == ALOG_UNCHANGED, "refresh");
  opaque(&delta);
})

/* What a handle and its counts need at least: memory, and four pairs of read-modify-writes. */
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

/* A turn of these publishes `times` records, a multiple of BATCH. */
TURN(copies, {
  struct ring *ring = &pair->ring;
  size_t next = ring->next;
  memcpy(ring->slots + next, record, BATCH * size);
  next += BATCH * size;
  ring->next = next == ring->end ? 0 : next;
  i += BATCH - 1;
})
TURN(batch, {
  OK(alog_writer_append_batch(writer, record, BATCH));
  i += BATCH - 1;
})
TURN(group, {
  OK(alog_writer_begin(writer));
  for (int j = 0; j < BATCH; j++) OK(alog_writer_append(writer, record, size));
  OK(alog_writer_publish(writer));
  i += BATCH - 1;
})

TURN(floor_and_bytes, {
  OK(c_floor(writer, record, sizes[i]));
  ring_push_bytes(&pair->ring, record, sizes[i], copy_plain);
})
TURN(floor_and_bytes_moved, {
  OK(c_floor(writer, record, sizes[i]));
  ring_push_bytes(&pair->ring, record, sizes[i], copy_moves);
})
TURN(append_bytes, OK(alog_writer_append(writer, record, sizes[i])))

/* An append against a call and a ring of each form. */
static void against_rings(const char *row, struct pair *pair, size_t times, turn *measured) {
  const struct side sides[] = {{OURS, pair, measured, NULL},
                               {"wrapped", pair, floor_and_wrapped, ring_next},
                               {"pointer", pair, floor_and_pointer, ring_next},
                               {"masked", pair, floor_and_masked, ring_next}};
  compare_forms(row, OURS, sides, 4, times);
}

int main(int argc, char **argv) {
  results_open(argc, argv);
  sizes_fill();

  struct pair *pair = pair_create(8);
  against_rings("c/append/8", pair, 4096, append);
  pair_destroy(pair);

  pair = pair_create(64);
  against_rings("c/append/64", pair, 4096, append);
  against_rings("c/group/64", pair, 16 * BATCH, group);
  compare("c/batch/64", OURS, pair, 16 * BATCH, copies, batch);
  const struct side in_place[] = {{OURS, pair, reserve, NULL},
                                  {"wrapped", pair, floor_and_wrapped_64, ring_next},
                                  {"masked", pair, floor_and_masked_64, ring_next}};
  compare_forms("c/reserve", OURS, in_place, 3, 4096);
  compare("c/reserve/floors", OURS, pair, 4096, floor_only, reserve_only);
  OK(alog_snapshot_create(pair->log, &pair->snapshot));
  compare("c/refresh", OURS, pair, 4096, floor_only, refresh);
  compare("c/refresh/delta", OURS, pair, 4096, floor_only, refresh_delta);
  alog_snapshot_destroy(pair->snapshot);
  compare("c/snapshot", OURS, pair, 1024, handle, snapshot);
  pair_destroy(pair);

  pair = pair_create(1024);
  against_rings("c/append/1024", pair, 256, append);
  pair_destroy(pair);

  pair = pair_create(0);
  const struct side bytes[] = {{OURS, pair, append_bytes, NULL},
                               {"memcpy", pair, floor_and_bytes, NULL},
                               {"moves", pair, floor_and_bytes_moved, NULL}};
  compare_forms("c/bytes/16-256", OURS, bytes, 3, SIZES);
  pair_destroy(pair);

  results_close();
  return 0;
}
