/*
 * Holds up, of every function that the header declares: a panic in it, which would be a bug in the library, comes out
 * as ALOG_ERR_INTERNAL, or 0, false, NULL or nothing, and writes no out; readers made before stay as they were, byte
 * for byte, and can be refreshed; new ones can be made; the writer goes on, or is given up for another one; and in the
 * end all memory was given back, but for what docs/ABI.md says.
 *
 * Needs a library with the cargo feature `hooks`, by which panics are planted: where the function begins, behind its
 * work, and in the middle, at each time that it takes or gives back memory. What there is to call is read out of the
 * header by boundary.py.
 */
#include "boundary.h"

/* Where a panic is planted: as in src/hooks.rs, which the header does not know. */
typedef enum place { NOWHERE, ENTRY, ANSWER, ALLOCATE, FREE, PLACES } place;
uint64_t alog_hook_panic(uint32_t where, uint64_t countdown);

static uint64_t caught_of[FUNCTIONS][PLACES];

/* What a test of one panic goes by. */
typedef struct plan {
  const function *f;
  bool bytes;
  int state;
  place place;
  uint64_t countdown;
  bool alone;   /* nothing else is left that keeps the log */
  bool give_up; /* the writer is released at once, rather than used again */
} plan;

/* Calls with a panic planted. Returns whether it came. */
static bool invoke_planted(const plan *p, const argument *arguments, answer *result) {
  CHECK_U64(0, alog_hook_panic(p->place, p->countdown));
  *result = (answer){-1000, 7, "never returned"};
  p->f->call(arguments, result);
  return alog_hook_panic(NOWHERE, 0) == 0;
}

static void check_caught(const function *f, answer result) {
  switch (f->returns) {
    case RETURNS_STATUS:
      CHECK_STATUS(ALOG_ERR_INTERNAL, result.status);
      break;
    case RETURNS_NUMBER:
      CHECK_U64(0, result.number);
      break;
    case RETURNS_HANDLE:
    case RETURNS_STRING:
      CHECK(result.pointer == NULL);
      break;
    case RETURNS_NOTHING:
      break;
  }
}

/* That a view shows numbers, whatever range it has by now. */
static void check_some_numbers(const alog_snapshot *snapshot) {
  const alog_range range = range_of(snapshot);
  check_view(snapshot, range.begin, range.end, RECORD, check_number);
}

/* Readers that were made before the panic. Those that are refreshed end at `end`, which nobody knows beforehand. */
static void check_readers(world *w) {
  for (int i = 0; i < OLD_VIEWS; i++) {
    if (w->old[i] != NULL) {
      check_view(w->old[i], w->old_range[i].begin, w->old_range[i].end, RECORD, check_number);
    }
  }
  alog_snapshot *newest = clone_of(w->old[OLD_VIEWS - 1]);
  CHECK(alog_snapshot_refresh(newest, NULL) >= 0);
  check_some_numbers(newest);
  const alog_range now = range_of(newest);
  CHECK(now.end >= w->range.end);
  for (int i = 0; i < OLD_VIEWS - 1; i++) {
    if (w->old[i] == NULL) {
      continue;
    }
    alog_snapshot *other = clone_of(w->old[i]);
    CHECK(alog_snapshot_refresh(other, NULL) >= 0);
    check_same_view(newest, other);
    alog_snapshot_destroy(other);
  }
  if (w->handles[LOG] != NULL) {
    check_log_numbers(w->handles[LOG], now.begin, now.end);
  }
  if (w->handles[CURSOR] != NULL) {
    alog_cursor *cursor = w->handles[CURSOR];
    uint64_t next = alog_cursor_position(cursor);
    CHECK(alog_cursor_refresh(cursor, NULL) >= 0);
    alog_chunk chunk;
    while (alog_cursor_next(cursor, &chunk) == ALOG_OK) {
      CHECK(chunk.first_sequence == next || next < now.begin);
      check_chunk(&chunk, RECORD, check_number);
      next = chunk.first_sequence + chunk.count;
    }
    CHECK_U64(now.end, alog_cursor_position(cursor));
  }
  if (w->handles[SEGMENT] != NULL) {
    CHECK_U64(chunk_of(w->old[OLD_VIEWS - 1], 0).segment_sequence, alog_segment_sequence(w->handles[SEGMENT]));
  }
  alog_snapshot_destroy(newest);
}

/* More records than there are in a view, and all of them are there. */
static void check_appending(alog_log *log, alog_writer *writer) {
  const uint64_t begin = alog_writer_next_sequence(writer);
  append_numbers(writer, APPENDED);
  const alog_range range = log_range_of(log);
  CHECK_U64(begin + APPENDED, range.end);
  check_log_numbers(log, range.begin, range.end);
}

/* The writer that there was, and the next one. */
static void check_writers(const plan *p, world *w) {
  alog_log *log = w->handles[LOG];
  if (log == NULL) {
    return;
  }
  alog_writer *writer = w->handles[WRITER];
  if (writer != NULL && !p->give_up) {
    const int32_t cancelled = alog_writer_cancel(writer);
    CHECK(cancelled == ALOG_OK || cancelled == ALOG_ERR_STATE);
    const int32_t abandoned = alog_writer_abandon(writer);
    CHECK(abandoned == ALOG_OK || abandoned == ALOG_ERR_STATE);
    check_appending(log, writer);
    CHECK_OK(alog_writer_begin(writer));
    append_numbers(writer, 5);
    CHECK_OK(alog_writer_publish(writer));
    CHECK_OK(alog_writer_trim(writer));
  }
  if (writer != NULL) {
    alog_writer_release(writer);
  }
  CHECK(!alog_log_has_writer(log));
  w->handles[WRITER] = claim(log);
  check_appending(log, w->handles[WRITER]);
}

/* Without readers nothing is held: no segment, view or pin was lost on the way. */
static void check_nothing_is_held(world *w) {
  if (w->handles[LOG] == NULL || w->handles[WRITER] == NULL) {
    return;
  }
  let_go(w, OLD_VIEWS);
  for (int type = SNAPSHOT; type < HANDLES; type++) {
    if (w->handles[type] != NULL) {
      end_handle((handle_type)type, w->handles[type]);
      w->handles[type] = NULL;
    }
  }
  append_numbers(w->handles[WRITER], APPENDED);
  alog_stats stats = ALOG_STATS_INIT;
  CHECK_OK(alog_log_stats(w->handles[LOG], &stats));
  CHECK_U64(0, stats.segments_held_by_readers);
  CHECK_U64(0, stats.snapshots_live);
  CHECK_U64(0, stats.segment_pins_live);
}

/* Lets go of everything but the handle that the function ends. */
static void leave_alone(const plan *p, world *w) {
  let_go(w, OLD_VIEWS);
  for (int type = 0; type < HANDLES; type++) {
    if (type != (int)p->f->parameters[p->f->ends].handle && w->handles[type] != NULL) {
      end_handle((handle_type)type, w->handles[type]);
      w->handles[type] = NULL;
    }
  }
}

/* Carries out a plan. Returns whether the panic came; if not, the call was a valid one. */
static bool carry_out(const plan *p) {
  static world w;
  static char claim[160];
  snprintf(claim, sizeof claim, "%s, %s log, state %d, place %d, countdown %" PRIu64 "%s%s", p->f->name,
           p->bytes ? "bytes" : "fixed", p->state, p->place, p->countdown, p->alone ? ", alone" : "",
           p->give_up ? ", given up" : "");
  test_claim = claim;
  build_for(&w, p->f, p->bytes, p->state);
  argument arguments[OUTS];
  p->f->prepare(&w, arguments);
  if (p->alone) {
    leave_alone(p, &w);
  }
  answer result;
  if (!invoke_planted(p, arguments, &result)) {
    CHECK(p->f->returns != RETURNS_STATUS || result.status >= 0);
    settle(&w, p->f, arguments, result);
    CHECK_U64(0, world_end(&w));
    return false;
  }
  caught_of[p->f - functions][p->place]++;
  check_caught(p->f, result);
  check_outs(&w);
  if (p->f->ends >= 0 && p->place != ENTRY) {
    w.handles[p->f->parameters[p->f->ends].handle] = NULL;
  }
  /* Nothing was appended, unless the work was done. */
  if (w.handles[WRITER] != NULL && !p->alone && p->place != ANSWER && w.handles[LOG] != NULL) {
    const alog_range range = log_range_of(w.handles[LOG]);
    CHECK_RANGE(w.range.begin, w.range.end, range);
    CHECK_U64(w.next, alog_writer_next_sequence(w.handles[WRITER]));
  }
  if (w.handles[LOG] != NULL && !p->alone) {
    /* Whole: one record, or all of a batch. */
    const uint64_t more = log_range_of(w.handles[LOG]).end - w.range.end;
    CHECK(more == 0 || (p->place == ANSWER && (more == 1 || more == RECORDS)));
  }
  if (!p->alone) {
    check_readers(&w);
    check_writers(p, &w);
    check_readers(&w);
    check_nothing_is_held(&w);
  }
  const size_t lost = world_end(&w);
  if (p->place != FREE) {
    CHECK_U64(0, lost);
  } else if (p->f->ends >= 0 && !p->alone) {
    CHECK_U64(1, lost); /* the handle's own */
  } else {
    CHECK(lost > 0); /* what the call was giving back */
  }
  return true;
}

/* Whether a valid call is one that this state allows. */
static bool is_possible(const function *f, bool bytes, int state) {
  static world w;
  if (!fits(f, bytes)) {
    return false;
  }
  build_for(&w, f, bytes, state);
  argument arguments[OUTS];
  f->prepare(&w, arguments);
  const answer result = invoke(f, arguments);
  const bool possible = f->returns != RETURNS_STATUS || result.status >= 0;
  if (possible) {
    settle(&w, f, arguments, result);
  }
  CHECK_U64(0, world_end(&w));
  return possible;
}

/* Functions that take no pointer answer with constants: there is nothing in them to guard. */
static void constants_pass_no_hook(const function *f) {
  const plan p = {.f = f, .place = ENTRY, .countdown = 1};
  CHECK(!carry_out(&p));
}

static void check_function(const function *f, bool bytes) {
  for (int state = 0; state < function_states(f); state++) {
    if (!is_possible(f, bytes, state)) {
      continue;
    }
    for (int variant = 0; variant < (f->ends >= 0 ? 3 : 2); variant++) {
      plan p = {.f = f, .bytes = bytes, .state = state, .alone = variant == 2, .give_up = variant == 1, .countdown = 1};
      p.place = ENTRY;
      CHECK(carry_out(&p));
      p.place = ANSWER;
      /* Behind a count that is to be returned there is no hook: it would be lost. */
      CHECK(carry_out(&p) == (f->returns != RETURNS_HANDLE));
      p.place = ALLOCATE;
      for (p.countdown = 1; carry_out(&p); p.countdown++) {
      }
      p.place = FREE;
      for (p.countdown = 1; carry_out(&p); p.countdown++) {
      }
    }
  }
}

int main(void) {
  for (int bytes = 0; bytes < 2; bytes++) {
    for (size_t i = 0; i < FUNCTIONS; i++) {
      if (functions[i].takes_pointers) {
        check_function(&functions[i], bytes);
      } else {
        constants_pass_no_hook(&functions[i]);
      }
    }
  }
  uint64_t sum = 0;
  printf("%-28s %7s %7s %9s %7s\n", "panics caught in", "entry", "answer", "allocate", "free");
  for (size_t i = 0; i < FUNCTIONS; i++) {
    const function *f = &functions[i];
    const uint64_t *caught = caught_of[i];
    printf("%-28s %7" PRIu64 " %7" PRIu64 " %9" PRIu64 " %7" PRIu64 "\n", f->name, caught[ENTRY], caught[ANSWER],
           caught[ALLOCATE], caught[FREE]);
    test_claim = f->name;
    CHECK((caught[ENTRY] > 0) == f->takes_pointers);
    CHECK((caught[ANSWER] > 0) == (f->takes_pointers && f->returns != RETURNS_HANDLE));
    CHECK((caught[ALLOCATE] > 0) == f->allocates);
    CHECK(caught[FREE] > 0 || (f->ends < 0 && !f->frees));
    for (int place = ENTRY; place < PLACES; place++) {
      sum += caught[place];
    }
  }
  printf("%zu functions, %" PRIu64 " panics, each of them caught\n", (size_t)FUNCTIONS, sum);
  return 0;
}
