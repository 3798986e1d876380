/*
 * Holds up: every figure that a log and a view report, against a model that keeps the books by hand. Figures of
 * segments and windows are as of the writer's last roll (or trim), and all others are current. And how reports are
 * written to structs of other releases.
 */
#include "clock.h"
#include "counting.h"
#include "fixture.h"

enum { VIEWS = 6, CURSORS = 2, PINS = 4, SEGMENTS_MAX = 20000, STATS_SIZE = 112, VIEW_STATS_SIZE = 40 };

static alog_stats stats_of(const alog_log *log) {
  alog_stats stats = ALOG_STATS_INIT;
  CHECK_OK(alog_log_stats(log, &stats));
  CHECK_U64(sizeof stats, stats.struct_size);
  CHECK_U64(0, stats.reserved);
  return stats;
}

static alog_view_stats view_stats_of(const alog_snapshot *snapshot) {
  alog_view_stats stats = ALOG_VIEW_STATS_INIT;
  CHECK_OK(alog_snapshot_stats(snapshot, &stats));
  CHECK_U64(sizeof stats, stats.struct_size);
  CHECK_U64(0, stats.reserved);
  return stats;
}

enum handle { WRITER, SNAPSHOT, CURSOR, PIN, HANDLES };

static size_t bytes_given(counting *memory) { return atomic_load_explicit(&memory->bytes, memory_order_relaxed); }

/* The bytes that one more segment takes. */
static uint64_t segment_bytes(alog_options options) {
  size_t bytes[2];
  for (uint32_t i = 0; i < 2; i++) {
    counting memory;
    counting_init(&memory);
    options.allocator = &memory.allocator;
    options.preallocated_segments = 1 + i;
    alog_log *log = create_fixed(options);
    bytes[i] = bytes_given(&memory);
    alog_log_release(log);
  }
  return bytes[1] - bytes[0];
}

/* -------------------------------------------------------------------------------- the long story */

/* The writer's figures at its last roll or trim. */
typedef struct left_behind {
  uint64_t created;
  uint64_t live;
  uint64_t pooled;
  uint64_t held;
  uint64_t windows;
  uint64_t oldest_head;
} left_behind;

/* A log, and the books by hand. A segment is named by its sequence, a window by that of its head. */
typedef struct books {
  counting memory;
  uint64_t view; /* K */
  uint64_t segment;
  uint64_t max;
  uint64_t preallocated;
  uint64_t segment_bytes;
  alog_log *log;
  alog_writer *writer;

  uint64_t end;    /* of what is visible */
  uint64_t tail;   /* of the open group, or the same */
  uint64_t head;   /* the visible one */
  uint64_t opened; /* the one that is being filled */
  bool open;
  uint64_t allocated;
  uint64_t created;
  uint64_t windows;                /* allocated */
  bool spare;                      /* whether a window is set aside */
  uint64_t slots;                  /* of a table, which windows that follow each other share */
  uint64_t tables;                 /* allocated */
  bool spare_table;                /* whether one is set aside */
  uint64_t table;                  /* the current window's, in order of use */
  uint64_t table_of[SEGMENTS_MAX]; /* by the window's head */
  uint64_t limit_hits;
  uint64_t failures;
  left_behind left;
  size_t handle_bytes[HANDLES];
  size_t kept; /* bytes of handles that were destroyed, by a checked library */

  alog_snapshot *views[VIEWS];
  uint64_t view_heads[VIEWS];
  alog_cursor *cursors[CURSORS];
  uint64_t cursor_heads[CURSORS];
  alog_segment *pins[PINS];
  uint64_t pinned[PINS];
  bool alive[SEGMENTS_MAX];
} books;

static uint64_t tail_of(const books *b, uint64_t head) { return head + 1 > b->view ? head + 1 - b->view : 0; }

static void mark(books *b, uint64_t head) {
  for (uint64_t i = tail_of(b, head); i <= head; i++) {
    b->alive[i] = true;
  }
}

/* Segments that are pinned, or are in a window that is in use. */
static uint64_t count_alive(books *b) {
  CHECK(b->head < SEGMENTS_MAX);
  memset(b->alive, 0, sizeof b->alive);
  mark(b, b->head);
  for (size_t i = 0; i < VIEWS; i++) {
    if (b->views[i] != NULL) {
      mark(b, b->view_heads[i]);
    }
  }
  for (size_t i = 0; i < CURSORS; i++) {
    if (b->cursors[i] != NULL) {
      mark(b, b->cursor_heads[i]);
    }
  }
  for (size_t i = 0; i < PINS; i++) {
    if (b->pins[i] != NULL) {
      b->alive[b->pinned[i]] = true;
    }
  }
  uint64_t count = 0;
  for (uint64_t i = 0; i <= b->head; i++) {
    count += b->alive[i];
  }
  return count;
}

/* The heads of all windows in use, each once. */
static uint64_t heads_in_use(const books *b, uint64_t heads[VIEWS + CURSORS + 1]) {
  uint64_t count = 1;
  heads[0] = b->head;
  for (size_t i = 0; i < VIEWS + CURSORS; i++) {
    const bool held = i < VIEWS ? b->views[i] != NULL : b->cursors[i - VIEWS] != NULL;
    const uint64_t head = i < VIEWS ? b->view_heads[i] : b->cursor_heads[i - VIEWS];
    bool known = !held;
    for (uint64_t j = 0; j < count; j++) {
      known = known || heads[j] == head;
    }
    if (!known) {
      heads[count++] = head;
    }
  }
  return count;
}

/* The number of windows in use, and the lowest of their heads. */
static uint64_t count_windows(const books *b, uint64_t *oldest) {
  uint64_t heads[VIEWS + CURSORS + 1];
  const uint64_t count = heads_in_use(b, heads);
  *oldest = b->head;
  for (uint64_t i = 0; i < count; i++) {
    *oldest = heads[i] < *oldest ? heads[i] : *oldest;
  }
  return count;
}

/* The number of tables that the windows in use are in. */
static uint64_t count_tables(const books *b) {
  uint64_t heads[VIEWS + CURSORS + 1];
  const uint64_t windows = heads_in_use(b, heads);
  uint64_t count = 0;
  for (uint64_t i = 0; i < windows; i++) {
    bool known = false;
    for (uint64_t j = 0; j < i; j++) {
      known = known || b->table_of[heads[j]] == b->table_of[heads[i]];
    }
    count += !known;
  }
  return count;
}

/* Whether a window of the current table still lists the content of this segment's slot. */
static bool table_is_full(const books *b, uint64_t sequence) {
  uint64_t heads[VIEWS + CURSORS + 1];
  const uint64_t windows = heads_in_use(b, heads);
  for (uint64_t i = 0; i < windows; i++) {
    if (b->table_of[heads[i]] == b->table && sequence - tail_of(b, heads[i]) >= b->slots) {
      return true;
    }
  }
  return false;
}

/* The number of tables that belong to this many segments. */
static uint64_t tables_with(const books *b, uint64_t segments) {
  const uint64_t lagging = segments > b->view + 1 ? segments - (b->view + 1) : 0;
  return lagging == 0 ? 1 : 2 + 2 * ((lagging + b->view - 1) / b->view);
}

/* The writer's figures after it has taken in what readers let go. */
static void leave(books *b) {
  const uint64_t alive = count_alive(b);
  const uint64_t retained = b->head + 1 - tail_of(b, b->head);
  const uint64_t pending = b->opened - b->head;
  b->left.created = b->created;
  b->left.live = b->allocated;
  b->left.pooled = b->allocated - alive - pending;
  b->left.held = alive - retained;
  b->left.windows = count_windows(b, &b->left.oldest_head);
}

/* Goes on in a new segment, with all memory that this takes. If it is refused, nothing is taken. The next call to the
 * allocator fails if `fails`. */
static alog_status open_segment(books *b, bool fails) {
  uint64_t oldest = 0;
  const bool lacks_segment = b->allocated == count_alive(b) + (b->opened - b->head);
  const bool needs_table = !b->spare_table && table_is_full(b, b->opened + 1);
  const bool lacks_table = needs_table && b->tables == count_tables(b);
  const bool lacks_window = !b->spare && b->windows == count_windows(b, &oldest);
  if (lacks_segment && b->allocated == b->max) {
    b->limit_hits++;
    return ALOG_ERR_SEGMENT_LIMIT;
  }
  if (fails && (lacks_segment || lacks_table || lacks_window)) {
    b->failures++;
    return ALOG_ERR_NO_MEMORY;
  }
  b->allocated += lacks_segment;
  b->created += lacks_segment;
  b->tables += lacks_table;
  b->spare_table = b->spare_table || needs_table;
  b->windows += lacks_window;
  b->spare = true;
  b->opened++;
  return ALOG_OK;
}

static void publish(books *b) {
  b->end = b->tail;
  if (b->opened > b->head) {
    if (table_is_full(b, b->opened)) {
      CHECK(b->spare_table);
      b->spare_table = false;
      b->table++;
    }
    b->head = b->opened;
    b->table_of[b->head] = b->table;
    b->spare = false;
    leave(b);
  }
}

/* What appending this many records at once returns and does: all of it, or nothing except counting the refusal. */
static alog_status append_in_books(books *b, uint64_t count, bool fails) {
  const uint64_t tail = b->tail, opened = b->opened, allocated = b->allocated, created = b->created, tables = b->tables,
                 windows = b->windows;
  const bool spare_table = b->spare_table, spare = b->spare;
  for (uint64_t i = 0; i < count; i++, b->tail++) {
    const alog_status status = b->tail / b->segment > b->opened ? open_segment(b, fails) : ALOG_OK;
    if (status != ALOG_OK) {
      b->tail = tail;
      b->opened = opened;
      b->allocated = allocated;
      b->created = created;
      b->tables = tables;
      b->spare_table = spare_table;
      b->windows = windows;
      b->spare = spare;
      return status;
    }
  }
  if (!b->open) {
    publish(b);
  }
  return ALOG_OK;
}

static uint64_t count_handles(void *const *handles, size_t count) {
  uint64_t live = 0;
  for (size_t i = 0; i < count; i++) {
    live += handles[i] != NULL;
  }
  return live;
}

static void check_view_books(books *b, size_t which) {
  const alog_view_stats stats = view_stats_of(b->views[which]);
  const uint64_t head = b->view_heads[which];
  const uint64_t tail = tail_of(b, head);
  const uint64_t newest_tail = tail_of(b, b->head);
  const uint64_t bound = newest_tail < head + 1 ? newest_tail : head + 1;
  const uint64_t held = bound > tail ? bound - tail : 0;
  CHECK_U64(head + 1 - tail, stats.segments);
  CHECK_U64(held, stats.segments_held);
  CHECK_U64(held * b->segment_bytes, stats.bytes_held);
  CHECK_U64(b->head - head, stats.age);
}

static void check_books(books *b) {
  const alog_stats stats = stats_of(b->log);
  CHECK_U64(b->end, stats.records_appended);
  CHECK_U64(b->left.created, stats.segments_created);
  CHECK_U64(b->left.live, stats.segments_live);
  CHECK_U64(b->left.pooled, stats.segments_pooled);
  CHECK_U64(b->left.held, stats.segments_held_by_readers);
  CHECK_U64(b->left.windows, stats.windows_live);
  CHECK_U64(count_handles((void *const *)b->views, VIEWS) + count_handles((void *const *)b->cursors, CURSORS),
            stats.snapshots_live);
  CHECK_U64(count_handles((void *const *)b->pins, PINS), stats.segment_pins_live);
  CHECK_U64(bytes_given(&b->memory) - b->kept, stats.bytes_allocated);
  CHECK_U64(b->head, stats.rolls);
  CHECK_U64(b->limit_hits, stats.segment_limit_hits);
  CHECK_U64(b->failures, stats.allocation_failures);
  CHECK_U64(atomic_load(&b->memory.failures), stats.allocation_failures);
  CHECK_U64(b->head - b->left.oldest_head, stats.oldest_view_age);
  for (size_t i = 0; i < VIEWS; i++) {
    if (b->views[i] != NULL) {
      check_view_books(b, i);
    }
  }
}

/* Call this when a handle ends. */
static void ends(books *b, enum handle type) { b->kept += CHECKED ? b->handle_bytes[type] : 0; }

static void append(books *b, uint64_t count) {
  CHECK_STATUS(append_in_books(b, count, false),
               count == 1 ? append_number(b->writer) : append_number_batch(b->writer, count));
  CHECK_U64(b->tail, alog_writer_next_sequence(b->writer));
}

static void append_in_place(books *b, random_source *random) {
  const uint64_t opened = b->opened;
  alog_reservation room = {NULL, 0, 0};
  const alog_status status = b->tail / b->segment > b->opened ? open_segment(b, false) : ALOG_OK;
  CHECK_STATUS(status, alog_writer_reserve(b->writer, 1, &room));
  check_books(b);
  if (status != ALOG_OK) {
    return;
  }
  if (random_below(random, 2) == 0) {
    const uint64_t value = number(b->tail);
    memcpy(room.data, &value, sizeof value);
    b->tail++;
    CHECK_OK(alog_writer_commit(b->writer, 1));
    publish(b);
  } else {
    CHECK_OK(alog_writer_cancel(b->writer));
    b->opened = opened;
  }
}

static void append_without_memory(books *b) {
  counting_fail(&b->memory, 1, false);
  const alog_status expected = append_in_books(b, 1, true);
  CHECK_STATUS(expected, append_number(b->writer));
  counting_recover(&b->memory);
  alog_snapshot *snapshot = NULL;
  counting_fail(&b->memory, 1, false);
  CHECK_STATUS(ALOG_ERR_NO_MEMORY, alog_snapshot_create(b->log, &snapshot));
  counting_recover(&b->memory);
  b->failures++;
}

static void trim(books *b) {
  const uint64_t needed = b->view + 1 > b->preallocated ? b->view + 1 : b->preallocated;
  const uint64_t pending = b->opened - b->head;
  const uint64_t pooled = b->allocated - count_alive(b) - pending;
  const uint64_t used = b->head + 1 - tail_of(b, b->head) + pending; /* what readers hold does not count */
  const uint64_t kept = needed > used ? needed - used : 0;
  const size_t bytes = bytes_given(&b->memory);
  CHECK_OK(alog_writer_trim(b->writer));
  const uint64_t freed = pooled > kept ? pooled - kept : 0;
  const uint64_t kept_tables = tables_with(b, needed);
  const uint64_t pooled_tables = b->tables - count_tables(b) - b->spare_table;
  const uint64_t excess_tables = b->tables > kept_tables ? b->tables - kept_tables : 0;
  const uint64_t freed_tables = pooled_tables < excess_tables ? pooled_tables : excess_tables;
  const uint64_t table_bytes = (64 + b->slots * sizeof(void *) + 63) / 64 * 64;
  CHECK_U64(bytes - freed * b->segment_bytes - freed_tables * table_bytes, bytes_given(&b->memory));
  b->allocated -= freed;
  b->tables -= freed_tables;
  leave(b);
}

static void group(books *b, random_source *random) {
  CHECK_OK(alog_writer_begin(b->writer));
  b->open = true;
  const uint64_t opened = b->opened;
  const uint64_t most = (b->view - 1) * b->segment; /* what always fits */
  for (uint64_t count = 0; count + 3 <= most && random_below(random, 8) > 0;) {
    const uint64_t more = 1 + random_below(random, 3);
    append(b, more);
    count += more;
    if (random_below(random, 6) == 0) {
      trim(b);
    }
    check_books(b);
  }
  b->open = false;
  if (random_below(random, 3) == 0) {
    CHECK_OK(alog_writer_abandon(b->writer));
    b->tail = b->end;
    b->opened = opened;
  } else {
    CHECK_OK(alog_writer_publish(b->writer));
    publish(b);
  }
}

static void change_view(books *b, random_source *random) {
  const size_t which = (size_t)random_below(random, VIEWS);
  const size_t other = (size_t)random_below(random, VIEWS);
  if (b->views[which] == NULL && b->views[other] != NULL && random_below(random, 2) == 0) {
    b->views[which] = clone_of(b->views[other]);
    b->view_heads[which] = b->view_heads[other];
  } else if (b->views[which] == NULL) {
    b->views[which] = snapshot_of(b->log);
    b->view_heads[which] = b->head;
  } else if (random_below(random, 2) == 0) {
    CHECK(alog_snapshot_refresh(b->views[which], NULL) >= ALOG_OK);
    b->view_heads[which] = b->head;
  } else {
    alog_snapshot_destroy(b->views[which]);
    ends(b, SNAPSHOT);
    b->views[which] = NULL;
  }
}

static void change_cursor(books *b, random_source *random) {
  const size_t which = (size_t)random_below(random, CURSORS);
  if (b->cursors[which] == NULL) {
    b->cursors[which] = cursor_on(b->log, ALOG_START_OLDEST);
    b->cursor_heads[which] = b->head;
  } else if (random_below(random, 3) > 0) {
    CHECK(alog_cursor_refresh(b->cursors[which], NULL) >= ALOG_OK);
    b->cursor_heads[which] = b->head;
  } else {
    alog_cursor_destroy(b->cursors[which]);
    ends(b, CURSOR);
    b->cursors[which] = NULL;
  }
}

static void change_pin(books *b, random_source *random) {
  const size_t which = (size_t)random_below(random, PINS);
  const size_t view = (size_t)random_below(random, VIEWS);
  if (b->pins[which] != NULL) {
    alog_segment_release(alog_segment_retain(b->pins[which]));
    alog_segment_release(b->pins[which]);
    ends(b, PIN);
    b->pins[which] = NULL;
  } else if (b->views[view] != NULL && alog_snapshot_chunk_count(b->views[view]) > 0) {
    const size_t index = (size_t)random_below(random, alog_snapshot_chunk_count(b->views[view]));
    b->pinned[which] = chunk_of(b->views[view], index).segment_sequence;
    b->pins[which] = pin_of(b->views[view], index);
  }
}

static void step(books *b, random_source *random) {
  switch (random_below(random, 24)) {
    case 0:
    case 1:
    case 2:
      change_view(b, random);
      break;
    case 3:
      change_cursor(b, random);
      break;
    case 4:
    case 5:
      change_pin(b, random);
      break;
    case 6:
      group(b, random);
      break;
    case 7:
    case 8:
      append(b, 1 + random_below(random, (b->view - 1) * b->segment));
      break;
    case 9:
      append_in_place(b, random);
      break;
    case 10:
      append_without_memory(b);
      break;
    case 11:
      trim(b);
      break;
    case 12:
      alog_writer_release(b->writer);
      ends(b, WRITER);
      b->writer = claim(b->log);
      break;
    default:
      append(b, 1);
      break;
  }
}

/* The bytes that a handle of each type takes. */
static void measure_handles(books *b) {
  size_t bytes[HANDLES];
  alog_writer_release(b->writer);
  const size_t before = bytes_given(&b->memory);
  b->writer = claim(b->log);
  bytes[WRITER] = bytes_given(&b->memory) - before;
  alog_snapshot *snapshot = snapshot_of(b->log);
  bytes[SNAPSHOT] = bytes_given(&b->memory) - before - bytes[WRITER];
  alog_cursor *cursor = cursor_over(snapshot);
  bytes[CURSOR] = bytes_given(&b->memory) - before - bytes[WRITER] - bytes[SNAPSHOT];
  alog_segment *segment = pin_of(snapshot, 0);
  bytes[PIN] = bytes_given(&b->memory) - before - bytes[WRITER] - bytes[SNAPSHOT] - bytes[CURSOR];
  memcpy(b->handle_bytes, bytes, sizeof bytes);
  alog_segment_release(segment);
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  for (size_t type = WRITER; type < HANDLES; type++) {
    ends(b, (enum handle)type);
  }
}

/* Checks that the program met these cases. */
static uint64_t limit_hits_in_all;
static uint64_t rolls_in_all;

static void keep_books(uint64_t retained, uint64_t segment, uint64_t preallocated, uint64_t max, uint64_t steps) {
  static books all;
  books *b = &all;
  memset((void *)b, 0, sizeof *b);
  counting_init(&b->memory);
  alog_options options = fixed_options(retained, segment, sizeof(uint64_t));
  b->segment_bytes = segment_bytes(options);
  options.allocator = &b->memory.allocator;
  options.preallocated_segments = (uint32_t)preallocated;
  options.max_segments = (uint32_t)max;
  b->view = view_segments(retained, segment);
  b->segment = segment;
  b->max = max == 0 ? UINT64_MAX : max;
  b->preallocated = preallocated;
  for (b->slots = 4; b->slots < 2 * b->view - 2;) {
    b->slots *= 2;
  }
  b->tables = tables_with(b, preallocated);
  b->log = create_fixed(options);
  b->allocated = b->created = preallocated > 0 ? preallocated : 1;
  /* Two windows take turns; one more for each segment beyond what the log itself needs. */
  b->windows = preallocated > 0 ? 2 : 1;
  if (preallocated > b->view + 1) {
    b->windows += preallocated - (b->view + 1);
  }
  leave(b);
  check_books(b);
  b->writer = claim(b->log);
  append(b, 1);
  measure_handles(b);
  check_books(b);
  random_source random = {retained * 1000 + segment * 100 + preallocated * 10 + max};
  for (uint64_t i = 0; i < steps; i++) {
    step(b, &random);
    check_books(b);
  }
  CHECK(b->head > 0 && b->failures > 20);
  limit_hits_in_all += b->limit_hits;
  rolls_in_all += b->head;
  for (size_t i = 0; i < VIEWS; i++) {
    if (b->views[i] != NULL) {
      ends(b, SNAPSHOT);
    }
    alog_snapshot_destroy(b->views[i]);
    b->views[i] = NULL;
  }
  for (size_t i = 0; i < CURSORS; i++) {
    if (b->cursors[i] != NULL) {
      ends(b, CURSOR);
    }
    alog_cursor_destroy(b->cursors[i]);
    b->cursors[i] = NULL;
  }
  for (size_t i = 0; i < PINS; i++) {
    if (b->pins[i] != NULL) {
      ends(b, PIN);
    }
    alog_segment_release(b->pins[i]);
    b->pins[i] = NULL;
  }
  check_books(b);
  trim(b);
  check_books(b);
  CHECK_U64(0, stats_of(b->log).segments_held_by_readers);
  alog_writer_release(b->writer);
  alog_log_release(b->log);
  counting_done(&b->memory);
}

static void every_figure_is_what_is_in_the_books(void) {
  for (uint64_t retained = 3; retained <= 12; retained += 3) {
    for (uint64_t segment = 1; segment <= 4; segment++) {
      const uint64_t view = view_segments(retained, segment);
      keep_books(retained, segment, 0, 0, 1200);
      keep_books(retained, segment, view + 3, 0, 1200);
      keep_books(retained, segment, 0, 2 * view, 1200);
      keep_books(retained, segment, view + 1, 2 * view + 3, 1200);
    }
  }
  CHECK(limit_hits_in_all > 1000 && rolls_in_all > 10000);
}

/* --------------------------------------------------------------------------------- single figures */

static void a_new_log_reports_little(void) {
  alog_log *log = numbers(8, 4);
  const alog_stats stats = stats_of(log);
  CHECK_U64(0, stats.records_appended);
  CHECK_U64(1, stats.segments_created);
  CHECK_U64(1, stats.segments_live);
  CHECK_U64(0, stats.segments_pooled);
  CHECK_U64(0, stats.segments_held_by_readers);
  CHECK_U64(1, stats.windows_live);
  CHECK_U64(0, stats.snapshots_live);
  CHECK_U64(0, stats.segment_pins_live);
  CHECK(stats.bytes_allocated > 4 * sizeof(uint64_t));
  CHECK_U64(0, stats.rolls);
  CHECK_U64(0, stats.segment_limit_hits);
  CHECK_U64(0, stats.allocation_failures);
  CHECK_U64(0, stats.oldest_view_age);
  alog_snapshot *snapshot = snapshot_of(log);
  const alog_view_stats view = view_stats_of(snapshot);
  CHECK_U64(1, view.segments);
  CHECK_U64(0, view.segments_held);
  CHECK_U64(0, view.bytes_held);
  CHECK_U64(0, view.age);
  alog_snapshot_destroy(snapshot);
  alog_log_release(log);
}

static void who_holds_my_memory(void) {
  alog_log *log = numbers(8, 4); /* K = 3 */
  const uint64_t each = segment_bytes(fixed_options(8, 4, sizeof(uint64_t)));
  alog_writer *writer = claim(log);
  append_numbers(writer, 12);
  alog_snapshot *stuck = snapshot_of(log);
  for (uint64_t rolls = 1; rolls <= 10; rolls++) {
    append_numbers(writer, 4);
    const uint64_t held = rolls < 3 ? rolls : 3;
    CHECK_U64(held, stats_of(log).segments_held_by_readers);
    CHECK_U64(rolls, stats_of(log).oldest_view_age);
    const alog_view_stats view = view_stats_of(stuck);
    CHECK_U64(3, view.segments);
    CHECK_U64(held, view.segments_held);
    CHECK_U64(held * each, view.bytes_held);
    CHECK_U64(rolls, view.age);
  }
  const uint64_t live = stats_of(log).segments_live;
  CHECK_OK(alog_snapshot_refresh(stuck, NULL));
  CHECK_U64(0, view_stats_of(stuck).segments_held); /* the view's figures are of now */
  CHECK_U64(0, view_stats_of(stuck).age);
  CHECK_U64(3, stats_of(log).segments_held_by_readers); /* the log's are of the last roll */
  append_numbers(writer, 1);
  CHECK_U64(1, stats_of(log).oldest_view_age); /* it is a roll behind again, but holds only what it must */
  CHECK_U64(1, stats_of(log).segments_held_by_readers);
  CHECK_OK(alog_snapshot_refresh(stuck, NULL));
  append_numbers(writer, 4);
  CHECK_OK(alog_snapshot_refresh(stuck, NULL));
  CHECK_OK(alog_writer_trim(writer));
  CHECK_U64(0, stats_of(log).segments_held_by_readers);
  CHECK_U64(0, stats_of(log).oldest_view_age);
  CHECK(stats_of(log).segments_live < live);
  alog_snapshot_destroy(stuck);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void figures_outlive_the_handles(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 30);
  const alog_stats before = stats_of(log);
  alog_writer_release(writer);
  CHECK_U64(before.rolls, stats_of(log).rolls);
  CHECK_U64(before.segments_live, stats_of(log).segments_live);
  CHECK(stats_of(log).bytes_allocated < before.bytes_allocated); /* the writer's handle */
  writer = claim(log);
  CHECK_U64(before.bytes_allocated, stats_of(log).bytes_allocated);
  append_numbers(writer, 30);
  CHECK_U64(60, stats_of(log).records_appended);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_log_release(log);
  alog_writer_release(writer);
  CHECK_U64(3, view_stats_of(snapshot).segments);
  alog_snapshot_destroy(snapshot);
}

/* --------------------------------------------------------------------------------- struct sizes */

static union any_stats {
  alog_stats stats;
  alog_view_stats view;
  unsigned char bytes[8192];
} any;

static void check_written(size_t size, size_t known) {
  CHECK_U64(size, any.stats.struct_size);
  CHECK_U64(0, any.stats.reserved);
  for (size_t i = known; i < sizeof any; i++) {
    CHECK_U64(i < size ? 0 : 0x5a, any.bytes[i]);
  }
}

static void fill_any(uint32_t size) {
  memset(&any, 0x5a, sizeof any);
  any.stats.struct_size = size;
}

static void newer_callers_get_zeros_and_shorter_structs_are_refused(void) {
  alog_log *log = numbers(8, 4);
  alog_snapshot *snapshot = snapshot_of(log);
  for (uint32_t size = 0; size <= 4104; size++) {
    fill_any(size);
    const union any_stats before = any;
    const alog_status log_expected = size >= STATS_SIZE && size <= 4096 ? ALOG_OK : ALOG_ERR_ARGUMENT;
    CHECK_STATUS(log_expected, alog_log_stats(log, &any.stats));
    if (log_expected == ALOG_OK) {
      check_written(size, STATS_SIZE);
      CHECK_U64(1, any.stats.segments_live);
    } else {
      CHECK_MEMORY(&before, &any, sizeof any);
    }
    fill_any(size);
    const alog_status view_expected = size >= VIEW_STATS_SIZE && size <= 4096 ? ALOG_OK : ALOG_ERR_ARGUMENT;
    CHECK_STATUS(view_expected, alog_snapshot_stats(snapshot, &any.view));
    if (view_expected == ALOG_OK) {
      check_written(size, VIEW_STATS_SIZE);
      CHECK_U64(1, any.view.segments);
    } else {
      CHECK_MEMORY(&before, &any, sizeof any);
    }
  }
  fill_any(UINT32_MAX);
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_log_stats(log, &any.stats));
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_snapshot_stats(snapshot, &any.view));
  alog_snapshot_destroy(snapshot);
  alog_log_release(log);
}

/* --------------------------------------------------------------------------------- many threads */

enum { THREADS = 4, TURNS = 20000 };

static atomic_bool stop;
static _Atomic(uint64_t) asked_in_all;

static void never_less(uint64_t *last, uint64_t now) {
  CHECK(now >= *last);
  *last = now;
}

static void *ask(void *argument) {
  alog_log *log = (alog_log *)argument;
  alog_snapshot *snapshot = snapshot_of(log);
  alog_stats last = ALOG_STATS_INIT;
  uint64_t asked = 0;
  while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
    const alog_stats stats = stats_of(log);
    never_less(&last.records_appended, stats.records_appended);
    never_less(&last.segments_created, stats.segments_created);
    never_less(&last.rolls, stats.rolls);
    never_less(&last.segment_limit_hits, stats.segment_limit_hits);
    never_less(&last.allocation_failures, stats.allocation_failures);
    CHECK(stats.segments_live <= 20 && stats.segments_pooled <= 20 && stats.segments_held_by_readers <= 20);
    CHECK(stats.bytes_allocated > 0 && stats.bytes_allocated < 1 << 20);
    CHECK(stats.segment_pins_live <= THREADS);
    CHECK(stats.snapshots_live <= 4 * THREADS);
    const alog_view_stats view = view_stats_of(snapshot);
    CHECK(view.segments_held <= view.segments && view.segments <= 5);
    atomic_fetch_add_explicit(&asked_in_all, 1, memory_order_relaxed);
    if (asked++ % 8 == 0) {
      CHECK(alog_snapshot_refresh(snapshot, NULL) >= ALOG_OK);
      CHECK(view_stats_of(snapshot).segments <= 5);
    }
    if (asked % 16 == 3 && alog_snapshot_chunk_count(snapshot) > 0) {
      alog_segment_release(pin_of(snapshot, 0));
    }
  }
  alog_snapshot_destroy(snapshot);
  return NULL;
}

static void anybody_may_ask_at_any_time(void) {
  alog_options options = fixed_options(8, 2, sizeof(uint64_t)); /* K = 5 */
  options.max_segments = 20;
  alog_log *log = create_fixed(options);
  alog_writer *writer = claim(log);
  thread threads[THREADS];
  for (size_t i = 0; i < THREADS; i++) {
    CHECK(thread_start(&threads[i], ask, log));
  }
  uint64_t refused = 0;
  for (uint64_t i = 0; i < TURNS || atomic_load_explicit(&asked_in_all, memory_order_relaxed) < TURNS; i++) {
    const alog_status status = i % 3 == 0 ? append_number_batch(writer, 5) : append_number(writer);
    CHECK(status == ALOG_OK || status == ALOG_ERR_SEGMENT_LIMIT);
    refused += status != ALOG_OK;
    if (i % 64 == 0) {
      CHECK_OK(alog_writer_trim(writer));
    }
  }
  atomic_store(&stop, true);
  for (size_t i = 0; i < THREADS; i++) {
    CHECK(thread_join(&threads[i]));
  }
  const alog_stats stats = stats_of(log);
  CHECK_U64(refused, stats.segment_limit_hits);
  CHECK_U64(log_range_of(log).end, stats.records_appended);
  CHECK_U64(0, stats.snapshots_live);
  CHECK_U64(0, stats.segment_pins_live);
  alog_writer_release(writer);
  alog_log_release(log);
}

int main(void) {
  RUN(a_new_log_reports_little);
  RUN(who_holds_my_memory);
  RUN(figures_outlive_the_handles);
  RUN(newer_callers_get_zeros_and_shorter_structs_are_refused);
  RUN(every_figure_is_what_is_in_the_books);
  RUN(anybody_may_ask_at_any_time);
  return 0;
}
