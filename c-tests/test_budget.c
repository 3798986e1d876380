/*
 * Holds up: max_segments bounds the segments that are alive at once, exactly. A segment is available as long as fewer
 * are retained, held by readers or part of the open group. Otherwise the call returns ALOG_ERR_SEGMENT_LIMIT and
 * nothing has changed, or ALOG_ERR_TOO_LARGE if it could not succeed even without readers.
 */
#include "counting.h"
#include "fixture.h"

static alog_log *budgeted(uint64_t retained, uint64_t segment, uint64_t max) {
  alog_options options = fixed_options(retained, segment, sizeof(uint64_t));
  options.max_segments = (uint32_t)max;
  return create_fixed(options);
}

/* Appends until it is refused, and returns how many went in. */
static uint64_t append_while_possible(alog_writer *writer, uint64_t most) {
  uint64_t count = 0;
  alog_status status = ALOG_OK;
  while (count < most && (status = append_number(writer)) == ALOG_OK) {
    count++;
  }
  CHECK(count == most || status == ALOG_ERR_SEGMENT_LIMIT);
  return count;
}

static void appending_alone_needs_one_more_than_a_view(void) {
  for (uint64_t retained = 1; retained <= 8; retained++) {
    for (uint64_t segment = 1; segment <= 4; segment++) {
      alog_log *log = budgeted(retained, segment, view_segments(retained, segment) + 1);
      alog_writer *writer = claim(log);
      append_numbers(writer, 200);
      check_log_numbers(log, log_range_of(log).begin, 200);
      alog_writer_release(writer);
      alog_log_release(log);
    }
  }
}

/* With K + s, until the view that is held is more than s rolls old. */
static void spare_segments_are_the_rolls_a_held_view_may_be_old(void) {
  for (uint64_t retained = 1; retained <= 8; retained++) {
    for (uint64_t segment = 1; segment <= 4; segment++) {
      for (uint64_t spare = 1; spare <= 6; spare++) {
        const uint64_t view = view_segments(retained, segment);
        alog_log *log = budgeted(retained, segment, view + spare);
        alog_writer *writer = claim(log);
        append_numbers(writer, view * segment);
        alog_snapshot *held = snapshot_of(log);
        /* A view that shares nothing with what is retained now costs K, and no roll makes that more. */
        const bool endless = spare > view;
        const uint64_t expected = endless ? 500 : spare * segment;
        CHECK_U64(expected, append_while_possible(writer, 500));
        const uint64_t end = view * segment + expected;
        for (int i = 0; i < 3 && !endless; i++) {
          CHECK_STATUS(ALOG_ERR_SEGMENT_LIMIT, append_number(writer));
          CHECK_STATUS(ALOG_ERR_SEGMENT_LIMIT, append_number_batch(writer, 1));
          alog_reservation room = {NULL, 0, 0};
          CHECK_STATUS(ALOG_ERR_SEGMENT_LIMIT, alog_writer_reserve(writer, 1, &room));
          CHECK(room.data == NULL);
          CHECK_U64(end, alog_writer_next_sequence(writer));
          check_log_numbers(log, log_range_of(log).begin, end);
          check_numbers(held, 0, view * segment);
        }
        alog_snapshot_destroy(held);
        append_numbers(writer, 100);
        check_log_numbers(log, log_range_of(log).begin, end + 100);
        alog_writer_release(writer);
        alog_log_release(log);
      }
    }
  }
}

static void a_refresh_frees_what_was_held(void) {
  alog_log *log = budgeted(8, 4, 4); /* K = 3 */
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_OLDEST);
  for (int i = 0; i < 100; i++) {
    append_numbers(writer, 4);
    CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
    CHECK_OK(alog_cursor_refresh(cursor, NULL));
  }
  CHECK(append_while_possible(writer, 100) < 100);
  CHECK_OK(alog_cursor_refresh(cursor, NULL));
  CHECK_STATUS(ALOG_ERR_SEGMENT_LIMIT, append_number(writer));
  CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
  append_numbers(writer, 1);
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void a_pin_holds_one_segment(void) {
  alog_log *log = budgeted(8, 4, 5); /* K = 3: two spare */
  alog_writer *writer = claim(log);
  append_numbers(writer, 12);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_segment *first = pin_of(snapshot, 0);
  alog_snapshot_destroy(snapshot);
  CHECK_U64(500, append_while_possible(writer, 500));
  snapshot = snapshot_of(log);
  alog_segment *second = pin_of(snapshot, 0);
  alog_snapshot_destroy(snapshot);
  const uint64_t more = append_while_possible(writer, 500);
  CHECK(more > 0 && more < 500);
  alog_segment_release(first);
  CHECK_U64(500, append_while_possible(writer, 500));
  alog_segment_release(second);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* K(V + 1) + 1 + p is always enough, for any V views and p pins. */
static void stuck_readers_never_stop_a_large_enough_budget(void) {
  enum { SEGMENT = 3 };
  for (uint64_t retained = 1; retained <= 12; retained += 4) {
    for (size_t views = 0; views <= 4; views++) {
      for (size_t pins = 0; pins <= 4; pins++) {
        const uint64_t view = view_segments(retained, SEGMENT);
        alog_log *log = budgeted(retained, SEGMENT, view * (views + 1) + 1 + pins);
        alog_writer *writer = claim(log);
        alog_snapshot *stuck[4];
        alog_segment *pinned[4];
        append_numbers(writer, 1);
        for (size_t i = 0; i < views; i++) {
          append_numbers(writer, view * SEGMENT);
          stuck[i] = snapshot_of(log);
        }
        for (size_t i = 0; i < pins; i++) {
          append_numbers(writer, SEGMENT);
          alog_snapshot *snapshot = snapshot_of(log);
          pinned[i] = pin_of(snapshot, 0);
          alog_snapshot_destroy(snapshot);
        }
        append_numbers(writer, 300);
        for (size_t i = 0; i < views; i++) {
          alog_snapshot_destroy(stuck[i]);
        }
        for (size_t i = 0; i < pins; i++) {
          alog_segment_release(pinned[i]);
        }
        alog_writer_release(writer);
        alog_log_release(log);
      }
    }
  }
}

/* One segment less is not enough if no two of them hold the same segment. */
static void stuck_readers_stop_a_budget_that_is_one_short(void) {
  enum { SEGMENT = 3 };
  for (uint64_t retained = 1; retained <= 12; retained += 4) {
    for (size_t views = 0; views <= 4; views++) {
      for (size_t pins = views == 0 ? 1 : 0; pins <= 4; pins++) {
        const uint64_t view = view_segments(retained, SEGMENT);
        alog_log *log = budgeted(retained, SEGMENT, view * (views + 1) + pins);
        alog_writer *writer = claim(log);
        alog_snapshot *stuck[4];
        alog_segment *pinned[4];
        for (size_t i = 0; i < views; i++) {
          append_numbers(writer, view * SEGMENT);
          stuck[i] = snapshot_of(log);
        }
        append_numbers(writer, view * SEGMENT);
        for (size_t i = 0; i < pins; i++) {
          alog_snapshot *snapshot = snapshot_of(log);
          pinned[i] = pin_of(snapshot, 0);
          alog_snapshot_destroy(snapshot);
          append_numbers(writer, SEGMENT);
        }
        CHECK_U64(0, append_while_possible(writer, 300));
        for (size_t i = 0; i < views; i++) {
          alog_snapshot_destroy(stuck[i]);
        }
        for (size_t i = 0; i < pins; i++) {
          alog_segment_release(pinned[i]);
        }
        append_numbers(writer, 300);
        alog_writer_release(writer);
        alog_log_release(log);
      }
    }
  }
}

/* A group needs room for its new segments beside the retained ones. */
static void group_fits_in_what_is_left_beside_the_view(void) {
  for (uint64_t retained = 1; retained <= 12; retained += 2) {
    for (uint64_t segment = 1; segment <= 3; segment++) {
      const uint64_t view = view_segments(retained, segment);
      for (uint64_t more = 1; more <= view; more++) {
        alog_log *log = budgeted(retained, segment, view + more);
        alog_writer *writer = claim(log);
        append_numbers(writer, view * segment);
        for (int round = 0; round < 3; round++) {
          const uint64_t before = alog_writer_next_sequence(writer);
          CHECK_STATUS(ALOG_ERR_TOO_LARGE, append_number_batch(writer, more * segment + 1));
          CHECK_U64(before, alog_writer_next_sequence(writer));
          CHECK_OK(alog_writer_begin(writer));
          append_numbers(writer, more * segment);
          CHECK_STATUS(ALOG_ERR_TOO_LARGE, append_number(writer));
          CHECK_OK(alog_writer_publish(writer));
          check_log_numbers(log, log_range_of(log).begin, before + more * segment);
        }
        alog_writer_release(writer);
        alog_log_release(log);
      }
    }
  }
}

/* While the view is not yet full, there is that much more room. */
static void group_in_a_young_log_may_use_what_is_not_yet_retained(void) {
  const uint64_t view = view_segments(12, 3);
  alog_log *log = budgeted(12, 3, view + 1);
  alog_writer *writer = claim(log);
  CHECK_OK(append_number_batch(writer, view * 3));
  check_log_numbers(log, 0, view * 3);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void twice_a_view_is_enough_for_any_group(void) {
  for (uint64_t retained = 1; retained <= 12; retained++) {
    for (uint64_t segment = 1; segment <= 4; segment++) {
      const uint64_t view = view_segments(retained, segment);
      alog_log *log = budgeted(retained, segment, 2 * view);
      alog_writer *writer = claim(log);
      for (uint64_t round = 0; round < 12; round++) {
        CHECK_OK(append_number_batch(writer, view * segment - (segment - 1)));
        append_numbers(writer, 1);
        CHECK_OK(append_number_batch(writer, retained));
      }
      alog_writer_release(writer);
      alog_log_release(log);
    }
  }
}

static void limit_in_a_group_leaves_it_open(void) {
  alog_log *log = budgeted(8, 4, 5); /* K = 3 */
  alog_writer *writer = claim(log);
  append_numbers(writer, 12);
  alog_snapshot *held = snapshot_of(log);
  append_numbers(writer, 1);
  CHECK_OK(alog_writer_begin(writer));
  append_numbers(writer, 7);
  for (int i = 0; i < 3; i++) {
    CHECK_STATUS(ALOG_ERR_SEGMENT_LIMIT, append_number(writer));
    CHECK_STATUS(ALOG_ERR_SEGMENT_LIMIT, append_number_batch(writer, 1));
    CHECK_U64(20, alog_writer_next_sequence(writer));
    check_log_numbers(log, 4, 13);
  }
  alog_snapshot_destroy(held);
  append_numbers(writer, 1);
  CHECK_OK(alog_writer_publish(writer));
  check_log_numbers(log, 12, 21);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* The allocator sees no more than the budget, whatever happens. */
static void budget_bounds_the_memory(void) {
  enum { SEGMENT = 64, RECORD = 64, MAX = 7 };
  counting memory;
  counting_init(&memory);
  alog_options options = fixed_options(2 * SEGMENT, SEGMENT, RECORD); /* K = 3 */
  options.max_segments = MAX;
  options.allocator = &memory.allocator;
  alog_log *log = create_fixed(options);
  alog_writer *writer = claim(log);
  random_source random = {3};
  alog_snapshot *held[8] = {NULL};
  size_t most = 0;
  for (int i = 0; i < 20000; i++) {
    const unsigned char record[RECORD] = {0};
    const alog_status status = alog_writer_append(writer, record, sizeof record);
    CHECK(status == ALOG_OK || status == ALOG_ERR_SEGMENT_LIMIT);
    if (random_below(&random, 40) == 0) {
      const size_t which = (size_t)random_below(&random, 8);
      alog_snapshot_destroy(held[which]);
      held[which] = random_below(&random, 4) == 0 ? snapshot_of(log) : NULL;
    }
    most = atomic_load(&memory.bytes) > most ? atomic_load(&memory.bytes) : most;
  }
  /* The rest, windows, tables and handles, is far less than one more segment each, unless all handles that ever existed
   * are kept. */
  CHECK(most >= MAX * SEGMENT * RECORD);
  CHECK(CHECKED || most < (MAX + 2) * SEGMENT * RECORD);
  for (size_t i = 0; i < 8; i++) {
    alog_snapshot_destroy(held[i]);
  }
  alog_writer_release(writer);
  alog_log_release(log);
  counting_done(&memory);
}

/* --------------------------------------------------------------------- against counting by hand */

enum { SEGMENTS_MAX = 40000, VIEWS = 5, PINS = 3 };

/* A log, and by hand: which segments are alive for which reason. */
typedef struct ledger {
  uint64_t view;
  uint64_t segment;
  uint64_t max;
  uint64_t end;  /* of what is visible */
  uint64_t tail; /* of the open group, or the same */
  bool open;
  alog_writer *writer;
  alog_log *log;
  alog_snapshot *views[VIEWS];
  uint64_t heads[VIEWS]; /* by view: one past the last segment its window lists */
  alog_segment *pins[PINS];
  uint64_t pinned[PINS];
  unsigned char alive[SEGMENTS_MAX];
} ledger;

static uint64_t segments(const ledger *l, uint64_t end) { return end == 0 ? 1 : (end + l->segment - 1) / l->segment; }

static void mark_window(ledger *l, uint64_t head) {
  for (uint64_t i = head > l->view ? head - l->view : 0; i < head; i++) {
    l->alive[i] = 1;
  }
}

static uint64_t count_alive(ledger *l) {
  memset(l->alive, 0, sizeof l->alive);
  mark_window(l, segments(l, l->end));
  for (size_t i = 0; i < VIEWS; i++) {
    if (l->views[i] != NULL) {
      mark_window(l, l->heads[i]);
    }
  }
  for (size_t i = 0; i < PINS; i++) {
    if (l->pins[i] != NULL) {
      l->alive[l->pinned[i]] = 1;
    }
  }
  uint64_t count = 0;
  for (uint64_t i = 0; i < segments(l, l->end); i++) {
    count += l->alive[i];
  }
  return count;
}

/* Whether a record at `tail` begins a segment. `pending`: the segments that the group has taken before it. `used`: the
 * segments in which the group has a record. */
static bool begins_segment(const ledger *l, uint64_t tail, uint64_t *pending, uint64_t *used) {
  const bool in_old_head = tail > l->end && l->end % l->segment != 0;
  *pending = segments(l, tail) - segments(l, l->end);
  *used = *pending + (in_old_head ? 1 : 0);
  return tail % l->segment == 0;
}

/* What appending `count` records at once should return: what can never fit comes before what does not fit now. */
static alog_status predict(ledger *l, uint64_t count) {
  alog_status status = ALOG_OK;
  const uint64_t alive = count_alive(l);
  for (uint64_t tail = l->tail; tail < l->tail + count; tail++) {
    uint64_t pending = 0;
    uint64_t used = 0;
    if (!begins_segment(l, tail, &pending, &used)) {
      continue;
    }
    if (used == l->view || l->view + pending + 1 > l->max) {
      return ALOG_ERR_TOO_LARGE;
    }
    if (alive + pending + 1 > l->max) {
      status = ALOG_ERR_SEGMENT_LIMIT;
    }
  }
  return status;
}

static void ledger_append(ledger *l, uint64_t count) {
  const alog_status expected = predict(l, count);
  CHECK_STATUS(expected, count == 1 ? append_number(l->writer) : append_number_batch(l->writer, count));
  if (expected == ALOG_OK) {
    l->tail += count;
  }
  if (!l->open) {
    l->end = l->tail;
  }
  CHECK_U64(l->tail, alog_writer_next_sequence(l->writer));
}

static void ledger_group(ledger *l, random_source *random) {
  CHECK_OK(alog_writer_begin(l->writer));
  l->open = true;
  for (uint64_t steps = random_below(random, 12); steps > 0; steps--) {
    ledger_append(l, 1 + random_below(random, 3));
  }
  l->open = false;
  if (random_below(random, 2) == 0) {
    CHECK_OK(alog_writer_abandon(l->writer));
    l->tail = l->end;
  } else {
    CHECK_OK(alog_writer_publish(l->writer));
    l->end = l->tail;
  }
}

static void ledger_change_view(ledger *l, random_source *random) {
  const size_t which = (size_t)random_below(random, VIEWS);
  if (l->views[which] == NULL) {
    l->views[which] = snapshot_of(l->log);
  } else if (random_below(random, 3) == 0) {
    const alog_status status = alog_snapshot_refresh(l->views[which], NULL);
    CHECK(status == ALOG_OK || status == ALOG_UNCHANGED);
  } else {
    alog_snapshot_destroy(l->views[which]);
    l->views[which] = NULL;
  }
  l->heads[which] = segments(l, l->end);
}

static void ledger_change_pin(ledger *l, random_source *random) {
  const size_t which = (size_t)random_below(random, PINS);
  const size_t view = (size_t)random_below(random, VIEWS);
  if (l->pins[which] != NULL) {
    alog_segment_release(l->pins[which]);
    l->pins[which] = NULL;
  } else if (l->views[view] != NULL && alog_snapshot_chunk_count(l->views[view]) > 0) {
    const size_t index = (size_t)random_below(random, alog_snapshot_chunk_count(l->views[view]));
    l->pinned[which] = chunk_of(l->views[view], index).segment_sequence;
    l->pins[which] = pin_of(l->views[view], index);
  }
}

static void ledger_step(ledger *l, random_source *random) {
  switch (random_below(random, 12)) {
    case 0:
      ledger_change_view(l, random);
      break;
    case 1:
      ledger_change_pin(l, random);
      break;
    case 2:
      ledger_group(l, random);
      break;
    case 3:
      ledger_append(l, 1 + random_below(random, 7));
      break;
    default:
      ledger_append(l, 1);
      break;
  }
}

static void check_ledger(uint64_t retained, uint64_t segment, uint64_t spare, uint64_t steps) {
  static ledger l;
  memset(&l, 0, sizeof l);
  l.view = view_segments(retained, segment);
  l.segment = segment;
  l.max = l.view + spare;
  l.log = budgeted(retained, segment, l.max);
  l.writer = claim(l.log);
  /* Begins with a full view, because "even without readers" means that one view is to be retained. */
  append_numbers(l.writer, l.view * segment);
  l.end = l.tail = l.view * segment;
  random_source random = {retained * 1000 + segment * 100 + spare};
  for (uint64_t i = 0; i < steps; i++) {
    ledger_step(&l, &random);
  }
  for (size_t i = 0; i < VIEWS; i++) {
    alog_snapshot_destroy(l.views[i]);
  }
  for (size_t i = 0; i < PINS; i++) {
    alog_segment_release(l.pins[i]);
  }
  alog_writer_release(l.writer);
  alog_log_release(l.log);
}

static void limit_is_exactly_what_is_held(void) {
  for (uint64_t retained = 1; retained <= 9; retained += 2) {
    for (uint64_t segment = 1; segment <= 3; segment++) {
      for (uint64_t spare = 1; spare <= 10; spare++) {
        check_ledger(retained, segment, spare, 400);
      }
    }
  }
}

int main(void) {
  RUN(appending_alone_needs_one_more_than_a_view);
  RUN(spare_segments_are_the_rolls_a_held_view_may_be_old);
  RUN(a_refresh_frees_what_was_held);
  RUN(a_pin_holds_one_segment);
  RUN(stuck_readers_never_stop_a_large_enough_budget);
  RUN(stuck_readers_stop_a_budget_that_is_one_short);
  RUN(group_fits_in_what_is_left_beside_the_view);
  RUN(group_in_a_young_log_may_use_what_is_not_yet_retained);
  RUN(twice_a_view_is_enough_for_any_group);
  RUN(limit_in_a_group_leaves_it_open);
  RUN(budget_bounds_the_memory);
  RUN(limit_is_exactly_what_is_held);
  return 0;
}
