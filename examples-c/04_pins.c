/* 04_pins: hand a chunk to another thread, which reads it when the log itself is gone.
 *
 * Shows: a segment pin keeps what a chunk points to; pins are counted and may be shared; the thread that releases the
 * last handle frees the memory. A counting allocator makes this visible.
 * Introduces: alog_snapshot_pin, alog_segment_retain, alog_segment_release,
 *   alog_segment_sequence, alog_options.allocator.
 *
 * Build: cc -Iinclude examples-c/04_pins.c -Ltarget/lib -latomic_log -lpthread -o 04_pins
 * Run:   LD_LIBRARY_PATH=target/lib ./04_pins
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "atomic_log.h"
#include "system.h"

enum { RECORDS = 1000, READERS = 2 };

/* A chunk is plain data. The pin makes it safe to keep. So both are handed over together. */
typedef struct parcel {
  alog_chunk chunk;
  alog_segment *pin;
  uint64_t sum; /* the result, for main after the join */
} parcel;

static bool failed(alog_status status, const char *what) {
  if (status >= ALOG_OK) return false;
  fprintf(stderr, "%s: %s: %s\n", what, alog_status_name(status), alog_status_message(status));
  return true;
}

static void *counting_allocate(void *context, size_t size, size_t align) {
  void *block = aligned_take(size, align);
  if (block != NULL) atomic_fetch_add((atomic_size_t *)context, size);
  return block;
}

static void counting_deallocate(void *context, void *block, size_t size, size_t align) {
  (void)align;
  atomic_fetch_sub((atomic_size_t *)context, size);
  aligned_give(block);
}

static void *add_up(void *argument) {
  parcel *mine = argument;
  const uint64_t *values = mine->chunk.data;
  for (size_t i = 0; i < mine->chunk.count; i++) mine->sum += values[i];
  printf("segment %" PRIu64 ": %zu records, their sum is %" PRIu64 "\n", alog_segment_sequence(mine->pin),
         mine->chunk.count, mine->sum);
  alog_segment_release(mine->pin); /* from here on the chunk is not valid */
  return NULL;
}

/* Fills a log and returns its newest chunk with a pin on it. All other handles are gone when it returns. */
static bool make_parcel(const alog_allocator *allocator, parcel *out) {
  bool ok = false;
  alog_log *log = NULL;
  alog_writer *writer = NULL;
  alog_snapshot *view = NULL;

  alog_options options = ALOG_OPTIONS_INIT;
  options.record_size = sizeof(uint64_t);
  options.retained_capacity = 512;
  options.segment_capacity = 256;
  options.allocator = allocator;
  if (failed(alog_log_create_fixed(&options, &log), "create")) goto done;
  if (failed(alog_writer_claim(log, &writer), "claim")) goto done;
  for (uint64_t value = 0; value < RECORDS; value++) {
    if (failed(alog_writer_append(writer, &value, sizeof value), "append")) goto done;
  }
  if (failed(alog_snapshot_create(log, &view), "snapshot")) goto done;
  size_t newest = alog_snapshot_chunk_count(view) - 1;
  if (failed(alog_snapshot_chunk(view, newest, &out->chunk), "chunk")) goto done;
  if (failed(alog_snapshot_pin(view, newest, &out->pin), "pin")) goto done;
  ok = true;

done:
  alog_snapshot_destroy(view);
  alog_writer_release(writer);
  alog_log_release(log);
  return ok;
}

int main(void) {
  atomic_size_t bytes_alive = 0;
  const alog_allocator allocator = {&bytes_alive, counting_allocate, counting_deallocate};

  parcel parcels[READERS] = {{.pin = NULL}};
  if (!make_parcel(&allocator, &parcels[0])) return EXIT_FAILURE;
  parcels[1] = parcels[0];
  parcels[1].pin = alog_segment_retain(parcels[0].pin); /* one count for each reader */
  printf("log, writer and snapshot are gone, the pin holds %zu bytes\n", atomic_load(&bytes_alive));

  thread readers[READERS];
  for (size_t i = 0; i < READERS; i++) {
    if (!thread_start(&readers[i], add_up, &parcels[i])) return EXIT_FAILURE;
  }
  for (size_t i = 0; i < READERS; i++) {
    if (!thread_join(&readers[i])) return EXIT_FAILURE;
  }
  printf("the last reader has let go, %zu bytes are left\n", atomic_load(&bytes_alive));
  bool ok = atomic_load(&bytes_alive) == 0 && parcels[0].sum == parcels[1].sum;
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
