/*
 * The readers: what a reader of each kind does in a turn. Every reader checks all that it sees.
 */
#ifndef SOAK_READER_H
#define SOAK_READER_H

#include "room.h"

/* --------------------------------------------------------------------------- what all of them do */

static alog_snapshot *make_view(worker *self) {
  begin_call(self, MAKE_VIEW);
  const uint64_t allowed = oldest_allowed(self, self->room);
  alog_snapshot *snapshot = snapshot_of(self->room->log);
  end_call(self, 1, 0);
  saw(self, self->room, allowed, range_of(snapshot).end);
  return snapshot;
}

static alog_snapshot *clone_view(worker *self, const alog_snapshot *of) {
  begin_call(self, MAKE_VIEW);
  alog_snapshot *clone = clone_of(of);
  end_call(self, 1, 0);
  return clone;
}

static void drop_view(worker *self, alog_snapshot *snapshot) {
  if (snapshot != NULL) {
    begin_call(self, DROP_VIEW);
    alog_snapshot_destroy(snapshot);
    end_call(self, -1, 0);
  }
}

static alog_cursor *open_cursor(worker *self, alog_start start) {
  begin_call(self, MAKE_VIEW);
  alog_cursor *cursor = cursor_on(self->room->log, start);
  end_call(self, 1, 0);
  return cursor;
}

static void drop_cursor(worker *self, alog_cursor *cursor) {
  begin_call(self, DROP_VIEW);
  alog_cursor_destroy(cursor);
  end_call(self, -1, 0);
}

/* A pin of one chunk: of a view, or, if there is no view, the chunk that the cursor returned last. */
static held_pin *make_pin(worker *self, const alog_snapshot *snapshot, size_t index, const alog_chunk *chunk) {
  shelter();
  held_pin *pin = malloc(sizeof *pin);
  leave_shelter();
  CHECK(pin != NULL);
  pin->chunk = *chunk;
  atomic_init(&pin->counts, 1);
  begin_call(self, MAKE_PIN);
  CHECK_OK(snapshot != NULL ? alog_snapshot_pin(snapshot, index, &pin->segment)
                            : alog_cursor_pin(self->cursor, &pin->segment));
  end_call(self, 0, 1);
  return pin;
}

static void keep_pin(held_pin *pin) {
  CHECK_POINTER(pin->segment, alog_segment_retain(pin->segment));
  atomic_fetch_add_explicit(&pin->counts, 1, memory_order_relaxed);
}

/* Gives a count back. The last count in our books need not be the last in the library's. */
static void drop_pin(worker *self, held_pin *pin) {
  alog_segment *segment = pin->segment;
  begin_call(self, DROP_PIN);
  const bool last = atomic_fetch_sub_explicit(&pin->counts, 1, memory_order_acq_rel) == 1;
  alog_segment_release(segment);
  end_call(self, 0, last ? -1 : 0);
  if (last) {
    shelter();
    free(pin);
    leave_shelter();
  }
}

static void check_latest(const alog_snapshot *snapshot, alog_range range, const record_head *last) {
  const alog_range latest = latest_of(snapshot);
  CHECK_U64(range.end, latest.end);
  CHECK_U64(last->first, latest.begin);
  CHECK_U64(range.end, last->first + last->length);
  CHECK(latest.begin >= range.begin);
}

/* The whole of a view. */
static void check_whole(worker *self, const alog_snapshot *snapshot) {
  begin_call(self, READ_VIEW);
  const alog_range range = range_of(snapshot);
  const size_t count = alog_snapshot_chunk_count(snapshot);
  record_head last = {0, 0, 0, 0, 0};
  uint64_t next = range.begin;
  uint64_t segment = 0;
  CHECK(count <= self->room->k);
  for (size_t i = 0; i < count; i++) {
    const alog_chunk chunk = chunk_of(snapshot, i);
    CHECK_U64(next, chunk.first_sequence);
    CHECK(i == 0 || chunk.segment_sequence == segment + 1);
    check_records(&chunk, &last, self, self->room);
    next += chunk.count;
    segment = chunk.segment_sequence;
  }
  CHECK_U64(range.end, next);
  if (range.end > range.begin) {
    check_latest(snapshot, range, &last);
  }
  end_call(self, 0, 0);
}

/* The newest publication of a view and its oldest record: what has been there shortest and longest. */
static void check_ends(worker *self, const alog_snapshot *snapshot) {
  begin_call(self, READ_VIEW);
  const alog_range range = range_of(snapshot);
  if (range.begin < range.end) {
    alog_slice record = {NULL, 0};
    CHECK_OK(alog_snapshot_record(snapshot, range.begin, &record));
    check_record(range.begin, record);
    CHECK_OK(alog_snapshot_record(snapshot, range.end - 1, &record));
    const record_head last = check_record(range.end - 1, record);
    check_latest(snapshot, range, &last);
    CHECK_OK(alog_snapshot_record(snapshot, last.first, &record));
    check_record(last.first, record);
    addu(&self->checked, 3);
  }
  end_call(self, 0, 0);
}

static void check_somehow(worker *self, const alog_snapshot *snapshot) {
  if (one_in(self, 16)) {
    check_whole(self, snapshot);
  } else {
    check_ends(self, snapshot);
  }
}

/* Refreshes, and checks that what it reported is exact. */
static alog_delta refresh_view(worker *self, alog_snapshot *snapshot) {
  const alog_range before = range_of(snapshot);
  const uint64_t allowed = oldest_allowed(self, self->room);
  alog_delta delta = {0, 0, 0};
  begin_call(self, REFRESH_VIEW);
  const alog_status status = alog_snapshot_refresh(snapshot, &delta);
  end_call(self, 0, 0);
  const alog_range range = range_of(snapshot);
  saw(self, self->room, allowed, range.end);
  const uint64_t first = before.end > range.begin ? before.end : range.begin;
  CHECK(range.begin >= before.begin);
  CHECK_STATUS(range.end == before.end ? ALOG_UNCHANGED : ALOG_OK, status);
  CHECK_DELTA(first, range.end - first, first - before.end, delta);
  addu(&self->lost, delta.lost);
  return delta;
}

/* Refreshes, and checks that lost and new and unread add up. */
static alog_delta refresh_cursor(worker *self, alog_cursor *cursor) {
  const uint64_t allowed = oldest_allowed(self, self->room);
  const uint64_t old = alog_cursor_position(cursor);
  alog_delta delta = {0, 0, 0};
  begin_call(self, REFRESH_VIEW);
  const alog_status status = alog_cursor_refresh(cursor, &delta);
  end_call(self, 0, 0);
  CHECK(status == ALOG_OK || status == ALOG_UNCHANGED);
  CHECK_U64(old + delta.lost, delta.first_sequence);
  CHECK_U64(delta.first_sequence, alog_cursor_position(cursor));
  saw(self, self->room, allowed, delta.first_sequence + delta.appended);
  addu(&self->lost, delta.lost);
  return delta;
}

/* Reads what is unread, up to this many chunks. Returns true, and the last chunk in `chunk`, if there were any. */
static bool read_on(worker *self, alog_cursor *cursor, alog_delta delta, uint64_t most, alog_chunk *chunk) {
  record_head last = {0, 0, 0, 0, 0};
  uint64_t next = delta.first_sequence;
  const uint64_t end = delta.first_sequence + delta.appended;
  begin_call(self, READ_VIEW);
  for (; next < end && most > 0; most--) {
    CHECK_OK(alog_cursor_next(cursor, chunk));
    CHECK_U64(next, chunk->first_sequence);
    check_records(chunk, &last, self, self->room);
    next += chunk->count;
    CHECK_U64(next, alog_cursor_position(cursor));
  }
  if (next == end) {
    alog_chunk none;
    CHECK_STATUS(ALOG_END, alog_cursor_next(cursor, &none));
    CHECK(last.length == 0 || last.first + last.length == end);
  }
  end_call(self, 0, 0);
  return next > delta.first_sequence;
}

static void check_pin(worker *self, const held_pin *pin) {
  record_head last = {0, 0, 0, 0, 0};
  begin_call(self, READ_VIEW);
  CHECK_U64(pin->chunk.segment_sequence, alog_segment_sequence(pin->segment));
  check_records(&pin->chunk, &last, self, self->room);
  end_call(self, 0, 0);
}

/* Puts a pin in a box for the thread that looks there next, and drops the pin that it finds there. */
static void pass_pin(worker *self, held_pin *pin) {
  _Atomic(held_pin *) *box = &self->room->boxes[random_below(&self->random, PIN_BOXES)];
  held_pin *found = atomic_exchange_explicit(box, pin, memory_order_acq_rel);
  if (found != NULL) {
    check_pin(self, found);
    drop_pin(self, found);
  }
}

/* ---------------------------------------------------------------------------------- dashboards */

static void begin_with_view(worker *self) { self->snapshot = make_view(self); }

static void end_with_view(worker *self) {
  check_whole(self, self->snapshot);
  drop_view(self, self->snapshot);
  self->snapshot = NULL;
}

/* Refreshes one snapshot all the time. Passes on a clone of it now and then. */
static void turn_dashboard(worker *self) {
  refresh_view(self, self->snapshot);
  check_somehow(self, self->snapshot);
  if (one_in(self, 30)) {
    alog_view_stats stats = ALOG_VIEW_STATS_INIT;
    begin_call(self, ASK_VIEW);
    CHECK_OK(alog_snapshot_stats(self->snapshot, &stats));
    end_call(self, 0, 0);
    CHECK(stats.segments <= self->room->k && stats.segments_held <= stats.segments);
  }
  if (one_in(self, 30)) {
    self->clone = clone_view(self, self->snapshot);
    self->clone = atomic_exchange_explicit(&self->room->passed_view, self->clone, memory_order_acq_rel);
    drop_view(self, self->clone);
    self->clone = NULL;
  }
  rest_below(self, one_in(self, 50) ? 20 * MILLISECOND : MILLISECOND);
}

/* ----------------------------------------------------------------------------------- followers */

static void begin_follower(worker *self) {
  self->cursor = open_cursor(self, one_in(self, 2) ? ALOG_START_OLDEST : ALOG_START_NEXT);
}

static void end_follower(worker *self) {
  alog_chunk chunk;
  read_on(self, self->cursor, refresh_cursor(self, self->cursor), UINT64_MAX, &chunk);
  drop_cursor(self, self->cursor);
  self->cursor = NULL;
}

/* Reads what there is to read, in order, and waits for more. Now and then pins what it read last, for another
 * thread. */
static void turn_follower(worker *self) {
  if (one_in(self, 2)) {
    begin_call(self, WAIT_FOR_NEWS);
    const alog_status status = alog_cursor_wait(self->cursor, random_below(&self->random, 2 * MILLISECOND));
    end_call(self, 0, 0);
    CHECK(status == ALOG_OK || status == ALOG_TIMEOUT || status == ALOG_INTERRUPTED);
  }
  const alog_delta delta = refresh_cursor(self, self->cursor);
  alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
  if (read_on(self, self->cursor, delta, one_in(self, 4) ? 1 : UINT64_MAX, &chunk) && one_in(self, 8)) {
    pass_pin(self, make_pin(self, NULL, 0, &chunk));
  }
  const uint64_t position = alog_cursor_position(self->cursor);
  if (position > delta.first_sequence && one_in(self, 10)) {
    const uint64_t back = random_below(&self->random, position - delta.first_sequence + 1);
    CHECK_OK(alog_cursor_seek(self->cursor, position - back));
  }
  rest_below(self, one_in(self, 100) ? 30 * MILLISECOND : MILLISECOND);
}

/* ------------------------------------------------------------------------------------- pinners */

static void begin_pinner(worker *self) { (void)self; }

static void end_pinner(worker *self) { (void)self; }

/* Pins a segment of a view that is destroyed soon, and passes the pin on: at once, with a count of its own left, or
 * after a while. */
static void turn_pinner(worker *self) {
  alog_snapshot *snapshot = make_view(self);
  held_pin *pin = NULL;
  const size_t count = alog_snapshot_chunk_count(snapshot);
  if (count > 0) {
    const size_t index = (size_t)random_below(&self->random, count);
    const alog_chunk chunk = chunk_of(snapshot, index);
    pin = make_pin(self, snapshot, index, &chunk);
  }
  drop_view(self, snapshot);
  if (pin != NULL && one_in(self, 2)) {
    keep_pin(pin);
    pass_pin(self, pin);
    check_pin(self, pin);
    drop_pin(self, pin);
  } else if (pin != NULL) {
    self->pin = pin; /* to be found there, if the thread leaves */
    rest_below(self, one_in(self, 20) ? 50 * MILLISECOND : MILLISECOND);
    check_pin(self, pin);
    if (!is(&self->leaves)) {
      self->pin = NULL;
      pass_pin(self, pin);
    }
  }
  rest_below(self, MILLISECOND);
}

/* ------------------------------------------------------------------------------------ sleepers */

static void tell_what_was_seen(worker *self) {
  /* Relaxed: an order between the threads would hide races from ThreadSanitizer. */
  atomic_store_explicit(&self->seen, self->newest_seen, memory_order_relaxed);
}

static void begin_sleeper(worker *self) {
  if (one_in(self, 2)) {
    self->snapshot = make_view(self);
    self->newest_seen = range_of(self->snapshot).end;
  } else {
    self->cursor = open_cursor(self, ALOG_START_NEXT);
    self->newest_seen = alog_cursor_position(self->cursor);
  }
  tell_what_was_seen(self);
}

static void end_sleeper(worker *self) {
  if (self->snapshot != NULL) {
    end_with_view(self);
  } else {
    end_follower(self);
  }
}

/* Sleeps until there is something new, or for a while, or not at all. Interrupts come, too. */
static void turn_sleeper(worker *self) {
  const uint64_t style = random_below(&self->random, 8);
  uint64_t timeout = ALOG_WAIT_FOREVER;
  if (style < 2) {
    timeout = style == 0 ? 0 : random_below(&self->random, MILLISECOND);
  }
  set(&self->waits_for_ever, timeout == ALOG_WAIT_FOREVER);
  begin_call(self, WAIT_FOR_NEWS);
  const alog_status status =
      self->snapshot != NULL ? alog_snapshot_wait(self->snapshot, timeout) : alog_cursor_wait(self->cursor, timeout);
  end_call(self, 0, 0);
  set(&self->waits_for_ever, false);
  CHECK(status == ALOG_OK || status == ALOG_INTERRUPTED || (status == ALOG_TIMEOUT && timeout < ALOG_WAIT_FOREVER));
  alog_delta delta;
  if (self->snapshot != NULL) {
    delta = refresh_view(self, self->snapshot);
    check_ends(self, self->snapshot);
  } else {
    alog_chunk chunk;
    delta = refresh_cursor(self, self->cursor);
    read_on(self, self->cursor, delta, UINT64_MAX, &chunk);
  }
  CHECK(status != ALOG_OK || delta.appended > 0); /* what a wait promised is there */
  tell_what_was_seen(self);
}

/* ------------------------------------------------------------------------------------- cloners */

/* Takes a snapshot that another thread passed on, or a new one. Reads it, a clone of it, and a cursor over it. */
static void turn_cloner(worker *self) {
  alog_snapshot *found = atomic_exchange_explicit(&self->room->passed_view, NULL, memory_order_acq_rel);
  if (found == NULL) {
    found = make_view(self);
  }
  const alog_range range = range_of(found);
  alog_snapshot *clone = clone_view(self, found);
  CHECK_RANGE(range.begin, range.end, range_of(clone));
  refresh_view(self, clone);
  check_somehow(self, clone);
  begin_call(self, MAKE_VIEW);
  alog_cursor *cursor = cursor_over(found);
  end_call(self, 1, 0);
  alog_chunk chunk;
  const alog_delta all = {range.begin, range.end - range.begin, 0};
  read_on(self, cursor, all, UINT64_MAX, &chunk);
  if (one_in(self, 2)) {
    drop_view(self, found);
    found = NULL;
    refresh_cursor(self, cursor);
  }
  drop_cursor(self, cursor);
  self->snapshot = found; /* both to be found there, if the thread leaves */
  self->clone = clone;
  rest_below(self, MILLISECOND);
  if (!is(&self->leaves)) {
    self->snapshot = NULL;
    self->clone = NULL;
    if (found != NULL) {
      check_ends(self, found);
      drop_view(self, found);
    }
    drop_view(self, clone);
    rest_below(self, MILLISECOND);
  }
}

/* ------------------------------------------------------------------------------------- holders */

/* Holds a view for a while, for seconds now and then, and a pin on its oldest segment even longer. Then lets go. */
static void turn_holder(worker *self) {
  if (self->snapshot == NULL) {
    self->snapshot = make_view(self);
  } else {
    refresh_view(self, self->snapshot);
  }
  const alog_range range = range_of(self->snapshot);
  rest_below(self, one_in(self, 8) ? longest : longest / 40);
  CHECK_RANGE(range.begin, range.end, range_of(self->snapshot));
  check_whole(self, self->snapshot);
  if (is(&self->leaves) || range.begin == range.end) {
    return;
  }
  if (one_in(self, 2)) {
    const alog_chunk chunk = chunk_of(self->snapshot, 0);
    self->pin = make_pin(self, self->snapshot, 0, &chunk);
    alog_snapshot *snapshot = self->snapshot;
    self->snapshot = NULL;
    drop_view(self, snapshot);
    rest_below(self, one_in(self, 8) ? longest / 4 : longest / 80);
    check_pin(self, self->pin);
    if (!is(&self->leaves)) {
      held_pin *pin = self->pin;
      self->pin = NULL;
      drop_pin(self, pin);
    }
  }
}

static void begin_holder(worker *self) { (void)self; }

static void end_holder(worker *self) {
  if (self->snapshot != NULL) {
    end_with_view(self);
  }
  if (self->pin != NULL) {
    check_pin(self, self->pin);
    held_pin *pin = self->pin;
    self->pin = NULL;
    drop_pin(self, pin);
  }
}

#endif
