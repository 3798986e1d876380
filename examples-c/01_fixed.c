/* 01_fixed: a log of fixed-size records, here the transforms of moving entities.
 *
 * Shows: append, one record and many at once; a snapshot that stays as it was taken; reading it in place, chunk by
 * chunk; refresh, and its exact report of what is new and what was lost.
 * Introduces: alog_log_create_fixed, alog_writer_claim, alog_writer_append,
 *   alog_writer_append_batch, alog_snapshot_create, alog_snapshot_chunk_count,
 *   alog_snapshot_chunk, alog_snapshot_refresh, alog_status_name, alog_status_message.
 *
 * Build: cc -Iinclude examples-c/01_fixed.c -Ltarget/lib -latomic_log -o 01_fixed
 * Run:   LD_LIBRARY_PATH=target/lib ./01_fixed
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "atomic_log.h"

typedef struct transform {
  uint32_t entity;
  float x, y, heading;
} transform;

/* Writes what went wrong. Zero and positive statuses are success. */
static bool failed(alog_status status, const char *what) {
  if (status >= ALOG_OK) return false;
  fprintf(stderr, "%s: %s: %s\n", what, alog_status_name(status), alog_status_message(status));
  return true;
}

/* One line per segment. Nothing is copied: `chunk.data` points into the log. */
static bool print_view(const char *title, const alog_snapshot *view) {
  printf("%s\n", title);
  for (size_t i = 0; i < alog_snapshot_chunk_count(view); i++) {
    alog_chunk chunk;
    if (failed(alog_snapshot_chunk(view, i, &chunk), "chunk")) return false;
    /* With the default alignment the stride is sizeof(transform), so a chunk is a plain array. */
    const transform *transforms = chunk.data;
    printf("  segment %-2" PRIu64 " from #%-2" PRIu64 " entities", chunk.segment_sequence, chunk.first_sequence);
    for (size_t j = 0; j < chunk.count; j++) printf(" %2" PRIu32, transforms[j].entity);
    printf("\n");
  }
  return true;
}

static bool refresh(alog_snapshot *view) {
  alog_delta delta;
  alog_status status = alog_snapshot_refresh(view, &delta);
  if (failed(status, "refresh")) return false;
  printf("\nrefresh: %s, %" PRIu64 " new from #%" PRIu64 " on, %" PRIu64 " lost\n", alog_status_name(status),
         delta.appended, delta.first_sequence, delta.lost);
  return true;
}

static transform moved(uint32_t entity) {
  float step = (float)entity;
  return (transform){.entity = entity, .x = step, .y = 2.0F * step, .heading = 0.1F * step};
}

int main(void) {
  int result = EXIT_FAILURE;
  alog_log *log = NULL;
  alog_writer *writer = NULL;
  alog_snapshot *view = NULL;

  /* At least the newest 8 records stay readable, in segments of 4. Whole segments are kept. */
  alog_options options = ALOG_OPTIONS_INIT;
  options.record_size = sizeof(transform);
  options.retained_capacity = 8;
  options.segment_capacity = 4;
  if (failed(alog_log_create_fixed(&options, &log), "create")) goto done;
  if (failed(alog_writer_claim(log, &writer), "claim")) goto done;

  for (uint32_t entity = 0; entity < 6; entity++) {
    transform one = moved(entity);
    if (failed(alog_writer_append(writer, &one, sizeof one), "append")) goto done;
  }
  if (failed(alog_snapshot_create(log, &view), "snapshot")) goto done;
  if (!print_view("after six appends", view)) goto done;

  /* A batch becomes visible all at once, even if it spans two segments. */
  transform batch[4];
  for (uint32_t i = 0; i < 4; i++) batch[i] = moved(6 + i);
  if (failed(alog_writer_append_batch(writer, batch, 4), "append_batch")) goto done;
  if (!print_view("\nthe same snapshot after a batch of four: it does not move", view)) goto done;

  if (!refresh(view) || !print_view("the view now", view)) goto done;
  if (!refresh(view)) goto done;

  /* A reader that stays away too long loses records. The refresh returns exactly how many. */
  for (uint32_t entity = 10; entity < 50; entity++) {
    transform one = moved(entity);
    if (failed(alog_writer_append(writer, &one, sizeof one), "append")) goto done;
  }
  if (!refresh(view) || !print_view("the view after forty more", view)) goto done;
  result = EXIT_SUCCESS;

done: /* in any order: the handles are independent, and each function accepts NULL */
  alog_snapshot_destroy(view);
  alog_writer_release(writer);
  alog_log_release(log);
  return result;
}
