/*
 * Holds up: handles are independent. The log, its writer, a snapshot, a cursor, a segment pin and a cloned snapshot are
 * given up in every possible order. What remains works as before, and is readable to the end. With the last handle all
 * memory has been given back to the allocator. The writer is given up by alog_writer_release, or by alog_writer_finish.
 */
#include "counting.h"
#include "fixture.h"

enum handle { LOG, WRITER, SNAPSHOT, CURSOR, SEGMENT, CLONE, HANDLES };

typedef struct world {
  counting memory;
  bool alive[HANDLES];
  bool finishes; /* how the writer is given up */
  uint64_t record_size;
  record_check check;
  alog_log *log;
  alog_writer *writer;
  alog_snapshot *snapshot;
  alog_snapshot *clone;
  alog_cursor *cursor;
  alog_segment *segment;
  alog_range view;  /* of the snapshot */
  alog_chunk chunk; /* of the segment pin */
} world;

static alog_status append_record(world *w) {
  return w->record_size == 0 ? append_text(w->writer) : append_number(w->writer);
}

static void build(world *w, bool bytes, bool finishes) {
  counting_init(&w->memory);
  w->finishes = finishes;
  w->record_size = bytes ? 0 : sizeof(uint64_t);
  w->check = bytes ? check_text : check_number;
  alog_options options = bytes ? bytes_options(256, 64) : fixed_options(8, 4, sizeof(uint64_t));
  options.allocator = &w->memory.allocator;
  w->log = bytes ? create_bytes(options) : create_fixed(options);
  w->writer = claim(w->log);
  for (int i = 0; i < 12; i++) {
    CHECK_OK(append_record(w));
  }
  w->snapshot = snapshot_of(w->log);
  w->view = range_of(w->snapshot);
  w->chunk = chunk_of(w->snapshot, 0);
  w->segment = pin_of(w->snapshot, 0);
  w->cursor = cursor_over(w->snapshot);
  for (int i = 0; i < 17; i++) {
    CHECK_OK(append_record(w));
  }
  w->clone = clone_of(w->snapshot);
  CHECK_OK(alog_snapshot_refresh(w->clone, NULL));
  for (int i = 0; i < HANDLES; i++) {
    w->alive[i] = true;
  }
}

static void give_up(world *w, enum handle which) {
  w->alive[which] = false;
  switch (which) {
    case LOG:
      alog_log_release(w->log);
      break;
    case WRITER:
      if (w->finishes) {
        CHECK_OK(alog_writer_finish(w->writer));
      } else {
        alog_writer_release(w->writer);
      }
      break;
    case SNAPSHOT:
      alog_snapshot_destroy(w->snapshot);
      break;
    case CURSOR:
      alog_cursor_destroy(w->cursor);
      break;
    case SEGMENT:
      alog_segment_release(w->segment);
      break;
    case CLONE:
      alog_snapshot_destroy(w->clone);
      break;
    case HANDLES:
      break;
  }
}

static void check_cursor(world *w) {
  CHECK_OK(alog_cursor_seek(w->cursor, w->view.begin));
  alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
  uint64_t next = w->view.begin;
  while (alog_cursor_next(w->cursor, &chunk) == ALOG_OK) {
    CHECK_U64(next, chunk.first_sequence);
    check_chunk(&chunk, (size_t)w->record_size, w->check);
    next += chunk.count;
  }
  CHECK_U64(w->view.end, next);
  /* The cursor has read its view, and the log has more: always, because the cursor was made before the others
   * appended. */
  CHECK_OK(alog_cursor_wait(w->cursor, 0));
}

/* Checks that what is left works as if nothing had been given up. */
static void check_rest(world *w) {
  if (w->alive[SEGMENT]) {
    check_chunk(&w->chunk, (size_t)w->record_size, w->check);
    CHECK_U64(w->chunk.segment_sequence, alog_segment_sequence(w->segment));
  }
  if (w->alive[SNAPSHOT]) {
    check_view(w->snapshot, w->view.begin, w->view.end, (size_t)w->record_size, w->check);
  }
  if (w->alive[CURSOR]) {
    check_cursor(w);
  }
  if (w->alive[WRITER]) {
    const uint64_t next = alog_writer_next_sequence(w->writer);
    for (int i = 0; i < 7; i++) {
      CHECK_OK(append_record(w));
    }
    CHECK_U64(next + 7, alog_writer_next_sequence(w->writer));
  }
  if (w->alive[CLONE]) {
    const alog_status status = alog_snapshot_refresh(w->clone, NULL);
    CHECK(status == ALOG_OK || status == ALOG_UNCHANGED);
    const alog_range view = range_of(w->clone);
    CHECK(!w->alive[WRITER] || view.end == alog_writer_next_sequence(w->writer));
    check_view(w->clone, view.begin, view.end, (size_t)w->record_size, w->check);
    const bool finished = w->finishes && !w->alive[WRITER];
    CHECK_STATUS(finished ? ALOG_FINISHED : ALOG_TIMEOUT, alog_snapshot_wait(w->clone, 0));
  }
  if (w->alive[LOG]) {
    CHECK(alog_log_has_writer(w->log) == w->alive[WRITER]);
    CHECK(alog_log_is_finished(w->log) == (w->finishes && !w->alive[WRITER]));
    alog_snapshot *fresh = snapshot_of(w->log);
    const alog_range view = range_of(fresh);
    check_view(fresh, view.begin, view.end, (size_t)w->record_size, w->check);
    alog_snapshot_destroy(fresh);
  }
}

static unsigned orders;

static void check_order(const enum handle order[HANDLES], bool bytes, bool finishes) {
  world w;
  build(&w, bytes, finishes);
  check_rest(&w);
  for (int i = 0; i < HANDLES; i++) {
    CHECK(atomic_load(&w.memory.blocks) > 0);
    give_up(&w, order[i]);
    check_rest(&w);
  }
  counting_done(&w.memory);
  orders++;
}

/* Tries every order of `order[done]` to the end, after the part that is settled before it. */
static void permute(enum handle order[HANDLES], int done, bool bytes, bool finishes) {
  if (done == HANDLES) {
    check_order(order, bytes, finishes);
    return;
  }
  for (int i = done; i < HANDLES; i++) {
    enum handle swap = order[done];
    order[done] = order[i];
    order[i] = swap;
    permute(order, done + 1, bytes, finishes);
    swap = order[done];
    order[done] = order[i];
    order[i] = swap;
  }
}

static void check_every_order(bool bytes, bool finishes) {
  enum handle order[HANDLES] = {LOG, WRITER, SNAPSHOT, CURSOR, SEGMENT, CLONE};
  orders = 0;
  permute(order, 0, bytes, finishes);
  CHECK_U64(720, orders);
}

static void fixed_handles_go_in_any_order(void) { check_every_order(false, false); }

static void bytes_handles_go_in_any_order(void) { check_every_order(true, false); }

static void writers_may_finish_the_log_in_any_order(void) {
  check_every_order(false, true);
  check_every_order(true, true);
}

int main(void) {
  RUN(fixed_handles_go_in_any_order);
  RUN(bytes_handles_go_in_any_order);
  RUN(writers_may_finish_the_log_in_any_order);
  return 0;
}
