/*
 * Holds up, for every function that the header declares: it does what its own comment says when a call passes NULL, a
 * wrong handle, a destroyed handle, a misaligned pointer, a bad struct_size or the other kind of log. It changes
 * nothing then, and touches no out. And it returns no status that the comment does not list.
 *
 * boundary.py reads the expectations out of the header. No function is named here, except those that look and prepare.
 */
#include "boundary.h"

static uint64_t refused_of[FUNCTIONS];

/* What is visible of a world without changing it. */
typedef struct seen {
  alog_range log;
  alog_range view;
  alog_stats stats;
  alog_view_stats view_stats;
  uint64_t next;
  uint64_t position;
  uint64_t segment;
  uint64_t interrupts;
  int32_t reserved; /* ALOG_ERR_ARGUMENT if there is a reservation, ALOG_ERR_STATE if not */
  size_t calls;
  size_t live;
} seen;

static void see(world *w, seen *now) {
  memset(now, 0, sizeof *now);
  const alog_log *log = (const alog_log *)w->handles[LOG];
  const alog_snapshot *snapshot = (const alog_snapshot *)w->handles[SNAPSHOT];
  alog_writer *writer = (alog_writer *)w->handles[WRITER];
  now->calls = atomic_load(&w->memory.counts.calls);
  now->live = keeping_live(&w->memory);
  now->log = log_range_of(log);
  now->view = range_of(snapshot);
  now->stats.struct_size = sizeof now->stats;
  CHECK_OK(alog_log_stats(log, &now->stats));
  now->view_stats.struct_size = sizeof now->view_stats;
  CHECK_OK(alog_snapshot_stats(snapshot, &now->view_stats));
  now->position = alog_cursor_position((const alog_cursor *)w->handles[CURSOR]);
  now->segment = alog_segment_sequence((const alog_segment *)w->handles[SEGMENT]);
  now->interrupts = alog_log_interrupts(log);
  CHECK(alog_log_is_finished(log) == w->finished);
  CHECK(alog_log_has_writer(log) == (writer != NULL));
  if (writer != NULL) {
    now->next = alog_writer_next_sequence(writer);
    CHECK_U64(w->next, now->next);
    now->reserved = alog_writer_commit(writer, SIZE_MAX);
  }
  CHECK_RANGE(w->range.begin, w->range.end, now->view);
  check_view(snapshot, w->range.begin, w->range.end, RECORD, check_number);
}

/* A world, what was seen of it, and a valid call's arguments. The refused calls spoil these one at a time. */
typedef struct trial {
  world w;
  seen before;
  const function *f;
  argument arguments[OUTS];
} trial;

static const char *spoiled = "";

/* Makes calls, and compares the result with what the comment promises: `expected` from a function that returns
 * statuses. */
static void refused(trial *t, int32_t expected) {
  static char claim[160];
  const function *f = t->f;
  snprintf(claim, sizeof claim, "%s(%s), %s log", f->name, spoiled, t->w.bytes ? "bytes" : "fixed");
  test_claim = claim;
  const answer result = invoke(f, t->arguments);
  refused_of[f - functions]++;
  switch (f->refusal) {
    case IS_STATUS:
      CHECK_STATUS(expected, result.status);
      break;
    case IS_NOTHING:
      CHECK(f->returns == RETURNS_NUMBER ? result.number == 0 : result.pointer == NULL);
      break;
    case IS_RETURNED:
      CHECK_POINTER(t->arguments[f->self].pointer, result.pointer);
      break;
    case IS_IGNORED:
      break;
    case IS_NONE:
      CHECK(false); /* a function without pointers refuses something */
  }
  check_texts_of(&t->w, f, t->arguments, true);
  check_outs(&t->w);
  seen after;
  see(&t->w, &after);
  CHECK_MEMORY(&t->before, &after, sizeof after);
}

/* The same with one argument replaced. */
static void refused_with(trial *t, size_t index, void *pointer, int32_t expected, const char *what) {
  static char text[96];
  snprintf(text, sizeof text, "%s: %s", t->f->parameters[index].name, what);
  spoiled = text;
  const argument kept = t->arguments[index];
  t->arguments[index].pointer = pointer;
  refused(t, expected);
  t->arguments[index] = kept;
}

/* Memory that is no handle, but may be looked at as if it were one. */
static union nothing {
  max_align_t align;
  unsigned char bytes[4096];
} zeroed, misplaced;

static void refuses_wrong_handles(trial *t, size_t index) {
  static const char *const names[HANDLES] = {"a log", "a writer", "a snapshot", "a cursor", "a segment"};
  const handle_type type = t->f->parameters[index].handle;
  refused_with(t, index, NULL, ALOG_ERR_NULL, "NULL");
  for (int other = 0; other < HANDLES; other++) {
    if (other != (int)type && t->w.handles[other] != NULL) {
      refused_with(t, index, t->w.handles[other], ALOG_ERR_HANDLE, names[other]);
    }
  }
  refused_with(t, index, zeroed.bytes, ALOG_ERR_HANDLE, "zeros");
  /* The value that a live handle begins with, at a place where no handle can be. */
  memcpy(misplaced.bytes + 1, t->w.handles[type], sizeof(uint64_t));
  refused_with(t, index, misplaced.bytes + 1, ALOG_ERR_HANDLE, "a misaligned handle");
}

/* NULL, misaligned, and of a wrong size. */
static void refuses_wrong_pointers(trial *t, size_t index) {
  const function *f = t->f;
  const parameter *p = &f->parameters[index];
  unsigned char *valid = (unsigned char *)t->arguments[index].pointer;
  if (p->null == NULL_REFUSED) {
    refused_with(t, index, NULL, ALOG_ERR_NULL, "NULL");
  } else if (p->null != NULL_ALLOWED) {
    refused_with(t, index, NULL, ALOG_ERR_NULL, "NULL, where it may not be");
  }
  if (p->align > 1) {
    if (p->role == ROLE_OUT) {
      refused_with(t, index, valid + 1, ALOG_ERR_ARGUMENT, "misaligned");
    } else {
      memset(misplaced.bytes, 0, sizeof misplaced.bytes);
      memcpy(misplaced.bytes + 1, valid, p->size);
      refused_with(t, index, misplaced.bytes + 1, ALOG_ERR_ARGUMENT, "misaligned");
    }
  }
  if (p->initialised) {
    refused_with(t, index, zeroed.bytes, ALOG_ERR_HANDLE, "zeros");
  }
  if (p->struct_size) {
    const uint32_t bad[] = {0, 1, (uint32_t)p->size - 1, UINT32_MAX};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
      uint32_t good;
      memcpy(&good, valid, sizeof good);
      memcpy(valid, &bad[i], sizeof good);
      if (p->role == ROLE_OUT) {
        memcpy(t->w.untouched[index].bytes, &bad[i], sizeof good);
      }
      refused_with(t, index, valid, ALOG_ERR_ARGUMENT, "a bad struct_size");
      memcpy(valid, &good, sizeof good);
      if (p->role == ROLE_OUT) {
        memcpy(t->w.untouched[index].bytes, &good, sizeof good);
      }
    }
  }
}

static void trial_begin(trial *t, const function *f, bool bytes, int state) {
  t->f = f;
  build_for(&t->w, f, bytes, state);
  f->prepare(&t->w, t->arguments);
  see(&t->w, &t->before);
}

/* A valid call in a world of its own. Returns its status, ALOG_OK from functions that return none. */
static int32_t valid_call(const function *f, bool bytes, int state, const parameter *null) {
  static world w;
  argument arguments[OUTS];
  static const uint32_t zeros[RECORDS] = {0};
  test_claim = f->name;
  build_for(&w, f, bytes, state);
  f->prepare(&w, arguments);
  if (null != NULL) {
    arguments[null - f->parameters].pointer = NULL;
    if (null->null == NULL_IF_ZERO) {
      arguments[null->null_other].number = 0;
    } else if (null->null == NULL_IF_ALL_ZERO) {
      memcpy(w.sizes, zeros, sizeof zeros);
      CHECK_POINTER(w.sizes, arguments[null->null_other].pointer);
    }
  }
  const size_t calls = atomic_load(&w.memory.counts.calls);
  const answer result = invoke(f, arguments);
  if (!f->allocates) {
    CHECK_U64(calls, atomic_load(&w.memory.counts.calls));
  }
  const int32_t status = f->returns == RETURNS_STATUS ? result.status : ALOG_OK;
  if (status >= 0) {
    settle(&w, f, arguments, result);
  } else {
    check_outs(&w);
  }
  CHECK_U64(0, world_end(&w));
  return status;
}

/* What a valid call may return because of the state of its handle; and what the states above cause, if a comment lists
 * it. */
static const uint64_t of_state = BIT(ALOG_ERR_STATE) | BIT(ALOG_ERR_CLAIMED) | BIT(ALOG_ERR_FINISHED);
static const uint64_t brought_about =
    BIT(ALOG_ERR_STATE) | BIT(ALOG_ERR_CLAIMED) | BIT(ALOG_ERR_FINISHED) | BIT(ALOG_FINISHED);

/* All calls that one function is tested with in one kind of log. */
static void check_function(const function *f, bool bytes) {
  static trial t;
  if (!fits(f, bytes) && !f->kind_is_checked) {
    return; /* it makes the other kind of log */
  }
  bool done = false;
  uint64_t said = 0;
  for (int state = 0; state < function_states(f); state++) {
    const int32_t status = valid_call(f, bytes, state, NULL);
    said |= BIT(status);
    if (!fits(f, bytes)) {
      CHECK_STATUS(ALOG_ERR_KIND, status);
    } else {
      CHECK(status >= 0 || (of_state & BIT(status)) != 0);
      done = done || status >= 0;
    }
    trial_begin(&t, f, bytes, state);
    for (size_t i = 0; i < f->count; i++) {
      const parameter *p = &f->parameters[i];
      if (p->role == ROLE_HANDLE) {
        refuses_wrong_handles(&t, i);
      } else if (p->role != ROLE_VALUE && status >= 0) {
        refuses_wrong_pointers(&t, i);
      }
      const bool may_be_null = p->role != ROLE_HANDLE && p->null != NULL_REFUSED;
      if (may_be_null && status >= 0) {
        const bool here = p->null_kind == ANY_KIND || (p->null_kind == BYTES_KIND) == bytes;
        const int32_t with_null = valid_call(f, bytes, state, p);
        CHECK(here ? with_null >= 0 : with_null == ALOG_ERR_NULL);
      }
    }
    if (status < 0) {
      spoiled = "the wrong state or kind";
      refused(&t, status);
      CHECK_U64(0, world_end(&t.w));
    } else {
      /* None of them has changed what a valid call does. */
      test_claim = f->name;
      const answer result = invoke(f, t.arguments);
      CHECK_STATUS(status, f->returns == RETURNS_STATUS ? result.status : ALOG_OK);
      settle(&t.w, f, t.arguments, result);
      CHECK_U64(0, world_end(&t.w));
    }
  }
  if (fits(f, bytes)) {
    CHECK(done);
    /* A state that the comment mentions was seen. */
    CHECK((said & brought_about) == (f->statuses & brought_about));
  }
}

/* Ends a handle of one type in a world, puts another in its place, and calls every function with the dead one. */
static void check_dead(handle_type type, bool bytes, bool plain) {
  static trial t;
  world *w = &t.w;
  world_build(w, bytes, plain, HANDLES, 0);
  void *dead = w->handles[type];
  switch (type) {
    case LOG:
      dead = bytes ? create_bytes(w->options) : create_fixed(w->options);
      break;
    case WRITER:
      break;
    case SNAPSHOT:
      dead = snapshot_of((const alog_log *)w->handles[LOG]);
      break;
    case CURSOR:
      dead = cursor_over((const alog_snapshot *)w->handles[SNAPSHOT]);
      break;
    case SEGMENT:
      dead = pin_of((const alog_snapshot *)w->handles[SNAPSHOT], 0);
      break;
    case HANDLES:
      return;
  }
  end_handle(type, dead);
  if (type == WRITER) {
    w->handles[WRITER] = claim((alog_log *)w->handles[LOG]);
  }
  see(w, &t.before);
  for (size_t i = 0; i < FUNCTIONS; i++) {
    t.f = &functions[i];
    for (size_t index = 0; index < t.f->count; index++) {
      if (t.f->parameters[index].role == ROLE_HANDLE && t.f->parameters[index].handle == type) {
        t.f->prepare(w, t.arguments);
        refused_with(&t, index, dead, ALOG_ERR_HANDLE, "a destroyed handle");
      }
    }
  }
  CHECK_U64(0, world_end(w));
}

int main(void) {
  for (int bytes = 0; bytes < 2; bytes++) {
    for (size_t i = 0; i < FUNCTIONS; i++) {
      check_function(&functions[i], bytes);
    }
    for (int type = 0; type < HANDLES; type++) {
      check_dead((handle_type)type, bytes, false);
      /* A checked library keeps the memory of handles itself, except the log's. */
      if (CHECKED && type != LOG) {
        check_dead((handle_type)type, bytes, true);
      }
    }
  }
  uint64_t calls = 0;
  uint64_t refusals = 0;
  printf("%-28s %7s %9s\n", "function", "calls", "refused");
  for (size_t i = 0; i < FUNCTIONS; i++) {
    printf("%-28s %7" PRIu64 " %9" PRIu64 "\n", functions[i].name, calls_of[i], refused_of[i]);
    test_claim = functions[i].name;
    CHECK(calls_of[i] > 0);
    CHECK((refused_of[i] > 0) == functions[i].takes_pointers);
    calls += calls_of[i];
    refusals += refused_of[i];
  }
  printf("%zu functions, %" PRIu64 " calls, of which %" PRIu64 " were refused\n", (size_t)FUNCTIONS, calls, refusals);
  return 0;
}
