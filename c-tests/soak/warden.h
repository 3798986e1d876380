/*
 * The warden: the main thread. It starts workers, stops and kills them, and asks all logs for their statistics all the
 * time. Now and then it stops all threads between two calls for an audit, when the books must agree exactly.
 */
#ifndef SOAK_WARDEN_H
#define SOAK_WARDEN_H

#include <stdarg.h>

#include "reader.h"
#include "writer.h"

enum { WRITERS = 6, STOPPED_MOST = 2 };

static const struct {
  void (*begin)(worker *self);
  void (*turn)(worker *self);
  void (*end)(worker *self);
} roles[] = {
    [DASHBOARD] = {begin_with_view, turn_dashboard, end_with_view},
    [FOLLOWER] = {begin_follower, turn_follower, end_follower},
    [PINNER] = {begin_pinner, turn_pinner, end_pinner},
    [SLEEPER] = {begin_sleeper, turn_sleeper, end_sleeper},
    [CLONER] = {begin_pinner, turn_cloner, end_pinner},
    [HOLDER] = {begin_holder, turn_holder, end_holder},
    [WRITER] = {begin_writer, turn_writer, end_writer},
};

/* The time at which a thread is to die, or to leave. */
typedef struct fate {
  uint64_t when;
  room *room;
  enum kind kind;
  bool leaves;
  bool done;
} fate;

static struct {
  worker self; /* the warden holds views, too */
  random_source random;
  uint64_t begin, length;
  worker workers[WORKERS_MAX];
  watch watches[WORKERS_MAX];
  size_t started;
  fate fates[WORKERS_MAX];
  size_t fate_count;
  size_t stopped_in[CALLS]; /* how many were stopped in which call, for a while or for ever */
  size_t interrupts, audits;
  size_t kills, leavings, stops;
  uint64_t rss_before; /* before the first log was made */
  uint64_t rss_most;   /* the bound */
  uint64_t rss_highest;
  uint64_t rss_thirds[3]; /* the highest of each third of the run */
  uint64_t bytes_thirds[3];
  FILE *table;
} warden;

/* The memory of sanitizers is not for us to judge. Checked libraries keep the memory of dead handles until the log is
 * freed. */
#if defined(SOAK_THREAD_SANITIZER) || defined(SOAK_ADDRESS_SANITIZER)
enum { JUDGES_MEMORY = 0 };
#else
enum { JUDGES_MEMORY = !CHECKED };
#endif

static void print_table(void);

__attribute__((format(printf, 2, 3))) _Noreturn static void fail(const char *name, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  printf("\n");
  print_table();
  printf("FAIL  %s: ", name);
  vprintf(format, arguments);
  printf(" (after %.1f s)\n", (double)(now() - warden.begin) / 1e9);
  va_end(arguments);
  if (warden.table != NULL) {
    fflush(warden.table);
  }
  fflush(stdout);
  _Exit(1);
}

/* -------------------------------------------------------------------------------------- workers */

static void *work(void *argument) {
  worker *self = argument;
  me = self;
  atomic_store_explicit(&self->id, (uint64_t)syscall(SYS_gettid), memory_order_relaxed);
  allow(SIG_UNBLOCK, STOP);
  set(&self->running, true);
  roles[self->kind].begin(self);
  while (goes_on(self)) {
    roles[self->kind].turn(self);
    addu(&self->turns, 1);
#ifdef SOAK_THREAD_SANITIZER
    /* The runtime of clang 19 can leave a thread with all signals blocked, once that thread has handled one. */
    allow(SIG_UNBLOCK, STOP);
#endif
  }
  if (!is(&self->leaves)) {
    roles[self->kind].end(self);
  }
  self->spared = 1;
  set(&self->running, false);
  set(&self->done, true);
  return NULL;
}

static worker *start_worker(room *it, enum kind kind) {
  CHECK(warden.started < WORKERS_MAX);
  worker *new = &warden.workers[warden.started];
  new->room = it;
  new->kind = kind;
  new->random.state = random_next(&warden.random);
  new->timekeeper = warden.started % 2 == 0;
  new->started = true;
  CHECK(thread_start(&new->thread, work, new));
  warden.started++;
  while (!is_acquire(&new->running)) {
    thread_yield();
  }
  if (kind == SLEEPER) {
    for (size_t i = 0; i < SLEEPERS_MAX; i++) {
      worker *old = atomic_load(&it->sleepers[i]);
      if (old == NULL || old->dead || old->joined) {
        atomic_store_explicit(&it->sleepers[i], new, memory_order_release);
        break;
      }
    }
  }
  return new;
}

static void join_worker(worker *it) {
  CHECK(thread_join(&it->thread));
  it->joined = true;
  if (it->room != NULL) {
    it->room->gone_views += get(&it->views);
    it->room->gone_pins += get(&it->pins);
  }
}

/* Whether only the writer may wake this one now. */
static bool is_watched(const worker *it) { return it->kind == SLEEPER && is(&it->room->lull); }

/* Counts a stop when it is first found. */
static bool count_stop(worker *it) {
  const bool found = it->ambushed;
  if (found) {
    it->ambushed = false;
    warden.stopped_in[atomic_load_explicit(&it->call, memory_order_relaxed)]++;
    warden.stops++;
    warden.kills += it->dead;
    if (it->room != NULL) {
      it->room->stops++;
      it->room->kills += it->dead;
    }
  }
  return found;
}

/* ------------------------------------------------------------------------------------- audits */

static void interrupt(room *it) { CHECK_OK(alog_log_interrupt(it->log)); }

/* Whether no thread sleeps at this log that has missed something: to wake that is the writer's task, and an interrupt
 * would. */
static bool may_interrupt(const room *it) {
  bool may = !is(&it->lull);
  for (size_t i = 0; i < SLEEPERS_MAX; i++) {
    const worker *each = atomic_load(&it->sleepers[i]);
    may = may && (each == NULL || !is(&each->waits_for_ever) || is(&each->still) || is(&each->paused) ||
                  getu(&each->seen) >= log_range_of(it->log).end);
  }
  return may;
}

/* Waits until all threads stand still, except readers that are stopped. No thread wakes a sleeper that missed
 * something: that is the writer's task, and has been done. */
static void gather(void) {
  set(&auditing, true);
  for (size_t i = 0; i < warden.started; i++) {
    warden.watches[i] = watch_from_now();
  }
  for (size_t missing = 1; missing > 0;) {
    missing = 0;
    for (size_t i = 0; i < warden.started; i++) {
      worker *it = &warden.workers[i];
      if (it->kind == WRITER && is_acquire(&it->still)) {
        count_stop(it);
        let_go_on(it);
      }
      if (it->joined || is_acquire(&it->still) || is_acquire(&it->paused)) {
        continue;
      }
      missing++;
      const char *name = it->room == NULL ? "a writer" : it->room->habits->name;
      const bool sleeps = is(&it->waits_for_ever);
      if (sleeps && getu(&it->seen) >= log_range_of(it->room->log).end) {
        if (may_interrupt(it->room)) {
          interrupt(it->room);
        }
        continue;
      }
      switch (how_late(it, &warden.watches[i])) {
        case IN_TIME:
          break;
        case OVERSLEPT:
          fail(name, "%s, %s", sleeps ? "a wake-up was lost" : "a thread sleeps for ever",
               calls[atomic_load(&it->call)].name);
        case LOST_ITS_WAY:
          fail(name, "a thread gets nowhere, %s", calls[atomic_load(&it->call)].name);
      }
    }
    nap_for(MILLISECOND);
  }
}

static void disperse(void) {
  set(&auditing, false);
  for (size_t i = 0; i < warden.started; i++) {
    while (is_acquire(&warden.workers[i].paused) && !is(&warden.workers[i].still)) {
      nap_for(MILLISECOND);
    }
  }
}

/* The amounts that are possible while all threads stand still: what workers have counted, and what workers may have
 * done in addition that were stopped in the middle of a call. */
typedef struct books {
  int64_t views_least, views_most, pins_least, pins_most;
  uint64_t slack; /* bytes that the allocator gave and the library has not counted yet, or counted off already */
} books;

static books books_of(const room *it) {
  books all = {it->gone_views, it->gone_views, it->gone_pins, it->gone_pins, 0};
  for (size_t i = 0; i < warden.started; i++) {
    const worker *each = &warden.workers[i];
    if (each->room != it || each->joined) {
      continue;
    }
    const int call = atomic_load(&each->call);
    all.views_least += get(&each->views) - calls[call].fewer_views;
    all.views_most += get(&each->views) + calls[call].more_views;
    all.pins_least += get(&each->pins) - calls[call].fewer_pins;
    all.pins_most += get(&each->pins) + calls[call].more_pins;
    all.slack += calls[call].allocates ? HANDLE_BYTES : 0;
  }
  return all;
}

static void within(const room *it, const char *what, int64_t least, int64_t most, uint64_t is_now) {
  if ((int64_t)is_now < least || (int64_t)is_now > most) {
    fail(it->habits->name, "%s: %" PRIu64 ", and the books say %" PRId64 " to %" PRId64, what, is_now, least, most);
  }
}

static void audit_room(room *it, bool trim) {
  if (trim) {
    alog_writer *writer = take_role(it);
    CHECK(writer != NULL);
    CHECK_OK(alog_writer_trim(writer));
    alog_writer_release(writer);
  }
  const alog_stats stats = stats_of(it->log);
  const books all = books_of(it);
  within(it, "snapshots_live", all.views_least, all.views_most, stats.snapshots_live);
  within(it, "segment_pins_live", all.pins_least, all.pins_most, stats.segment_pins_live);
  within(it, "segment_limit_hits", (int64_t)getu(&it->refused), (int64_t)getu(&it->refused), stats.segment_limit_hits);
  const int64_t published = (int64_t)getu(&it->published);
  within(it, "records_appended", published, published, stats.records_appended);
  const uint64_t given = atomic_load(&it->memory.bytes);
  if (!CHECKED) { /* where destroyed handles are kept */
    within(it, "bytes the allocator has given", (int64_t)stats.bytes_allocated,
           (int64_t)(stats.bytes_allocated + all.slack), given);
  }
  if (trim) {
    const uint64_t views = (uint64_t)all.views_most;
    const uint64_t held = it->k * views + (uint64_t)all.pins_most;
    const uint64_t most = trimmed_segments(it->k, held, it->habits->preallocated);
    within(it, "segments_live, trimmed, with as many readers", 0, (int64_t)most, stats.segments_live);
    within(it, "windows_live, with as many readers", 1, (int64_t)views + 2, stats.windows_live);
    it->audits_trimmed++;
  }
}

static void audit(void) {
  gather();
  for (size_t i = 0; i < ROOMS; i++) {
    audit_room(&rooms[i], random_below(&warden.random, 4) == 0);
  }
  warden.audits++;
  disperse();
}

/* -------------------------------------------------------------------------------------- figures */

/* Resident memory, in bytes. */
static uint64_t resident(void) {
  char text[128];
  const int file = open("/proc/self/statm", O_RDONLY);
  CHECK(file >= 0);
  const ssize_t length = read(file, text, sizeof text - 1);
  CHECK(length > 0);
  close(file);
  text[length] = '\0';
  uint64_t size = 0;
  uint64_t pages = 0;
  CHECK(sscanf(text, "%" SCNu64 " %" SCNu64, &size, &pages) == 2);
  return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* In addition to what the logs may take: a head and an odd alignment for each block, what malloc keeps, and the touched
 * part of the stack of each thread that is ever started. */
enum { BLOCK_EXTRA = 512, THREAD_BYTES = 64 << 10, MALLOC_EXTRA = 4 << 20 };

static void reckon_rss(void) {
  warden.rss_most = warden.rss_before + MALLOC_EXTRA;
  size_t threads = WRITERS;
  for (size_t i = 0; i < ROOMS; i++) {
    const room *it = &rooms[i];
    warden.rss_most += it->bytes_most + it->blocks_most * BLOCK_EXTRA;
    for (size_t kind = 0; kind < KINDS; kind++) {
      threads += it->habits->readers[kind] + it->habits->dead[kind] + it->habits->left[kind];
    }
  }
  warden.rss_most += threads * THREAD_BYTES;
}

static void below(const room *it, const char *what, uint64_t most, uint64_t is_now) {
  if (is_now > most) {
    fail(it->habits->name, "%s: %" PRIu64 ", and the bound is %" PRIu64, what, is_now, most);
  }
}

/* Asks one log for its statistics, while all threads work. */
static void look(room *it) {
  const alog_stats stats = stats_of(it->log);
  below(it, "segments_live", it->segments_most, stats.segments_live);
  below(it, "bytes_allocated", it->bytes_most, stats.bytes_allocated);
  below(it, "allocation_failures", 0, stats.allocation_failures);
  if (JUDGES_MEMORY) {
    below(it, "bytes the allocator has given", it->bytes_most, atomic_load(&it->memory.bytes));
  }
  it->highest_live = stats.segments_live > it->highest_live ? stats.segments_live : it->highest_live;
  it->highest_held =
      stats.segments_held_by_readers > it->highest_held ? stats.segments_held_by_readers : it->highest_held;
  it->highest_bytes = stats.bytes_allocated > it->highest_bytes ? stats.bytes_allocated : it->highest_bytes;
  it->stats = stats;
}

static void look_at_all(uint64_t passed) {
  uint64_t bytes = 0;
  for (size_t i = 0; i < ROOMS; i++) {
    look(&rooms[i]);
    bytes += rooms[i].stats.bytes_allocated;
  }
  const uint64_t rss = resident();
  if (JUDGES_MEMORY && rss > warden.rss_most) {
    fail("resident memory", "%" PRIu64 " bytes, and the bound is %" PRIu64, rss, warden.rss_most);
  }
  const uint64_t third = 3 * passed / warden.length;
  if (third < 3) {
    warden.rss_thirds[third] = rss > warden.rss_thirds[third] ? rss : warden.rss_thirds[third];
    warden.bytes_thirds[third] = bytes > warden.bytes_thirds[third] ? bytes : warden.bytes_thirds[third];
  }
  warden.rss_highest = rss > warden.rss_highest ? rss : warden.rss_highest;
}

/* --------------------------------------------------------------------------- kills and leavings */

/* A thread that dies or leaves does so in the first third. From then on nothing should grow. */
static void draw_fates(void) {
  for (size_t i = 0; i < ROOMS; i++) {
    for (size_t kind = 0; kind < KINDS; kind++) {
      const habits *h = rooms[i].habits;
      for (size_t n = 0; n < h->dead[kind] + h->left[kind]; n++) {
        CHECK(warden.fate_count < WORKERS_MAX);
        const uint64_t when = random_below(&warden.random, warden.length / 3);
        const fate one = {when, &rooms[i], (enum kind)kind, n < h->left[kind], false};
        warden.fates[warden.fate_count++] = one;
      }
    }
  }
}

/* A running worker, at random; NULL if there is none. */
static worker *somebody(const room *it, enum kind kind) {
  worker *found = NULL;
  uint64_t many = 0;
  for (size_t i = 0; i < warden.started; i++) {
    worker *each = &warden.workers[i];
    if (each->room == it && (each->kind == kind || kind == KINDS) && !each->joined && !each->dead && !each->ambushed &&
        !is(&each->still) && random_below(&warden.random, ++many) == 0) {
      found = each;
    }
  }
  return found;
}

/* Stops a worker now, or at its next call: for ever if it is dead, else for a while. */
static void stop(worker *who) {
  who->ambushed = true;
  if (SOAK_AMBUSHES && random_below(&warden.random, 4) > 0) {
    const uint64_t most = random_below(&warden.random, 4) == 0 ? 2000 : 300;
    const uint64_t steps = 1 + random_below(&warden.random, most);
    atomic_store_explicit(&who->ambush, 256 * steps + random_below(&warden.random, 8), memory_order_relaxed);
  } else {
    stop_worker(who);
  }
}

/* Lets the workers go on whose time has come. */
static void look_after_the_stopped(void) {
  for (size_t i = 0; i < warden.started; i++) {
    worker *it = &warden.workers[i];
    if (!is_acquire(&it->still)) {
      continue;
    }
    if (count_stop(it)) {
      it->until = now() + it->pause;
      if (it->dead) {
        start_worker(it->room, it->kind);
      }
    } else if (!it->dead && now() >= it->until && !is_watched(it)) {
      let_go_on(it);
    }
  }
}

/* False: not now. */
static bool fulfil(const fate *one) {
  room *it = one->room;
  worker *who = somebody(it, one->kind);
  if (who == NULL || is_watched(who)) {
    return false;
  }
  if (one->leaves) {
    set(&who->leaves, true);
    while (!is_acquire(&who->done)) {
      interrupt(it);
      nap_for(MILLISECOND);
    }
    join_worker(who);
    it->leavings++;
    warden.leavings++;
    start_worker(it, one->kind);
  } else {
    who->dead = true;
    stop(who);
  }
  return true;
}

static void fulfil_all(uint64_t passed) {
  for (size_t i = 0; i < warden.fate_count; i++) {
    fate *one = &warden.fates[i];
    if (!one->done && one->when <= passed) {
      one->done = fulfil(one);
    }
  }
}

/* Stops a worker for a while, at any instruction. A room has up to STOPPED_MOST of these; of the writers there is one.
 */
static void stop_somebody(room *it) {
  size_t stopped = 0;
  for (size_t i = 0; i < warden.started; i++) {
    const worker *each = &warden.workers[i];
    stopped += each->room == it && !each->dead && !each->joined && (each->ambushed || is(&each->still));
  }
  worker *who = somebody(it, it == NULL ? WRITER : KINDS);
  if (stopped >= (it == NULL ? 1 : STOPPED_MOST) || who == NULL || is_watched(who)) {
    return;
  }
  const uint64_t dice = random_below(&warden.random, 16);
  const uint64_t most = dice == 0 && it != NULL ? 2 * longest : dice < 4 ? longest / 8 : longest / 80;
  who->pause = random_below(&warden.random, most);
  stop(who);
}

/* ------------------------------------------------------------------------------------- the end */

static void end_all_workers(void) {
  set(&stopping, true);
  for (size_t i = 0; i < warden.started; i++) {
    worker *it = &warden.workers[i];
    while (!it->joined && !is_acquire(&it->done)) {
      if (is_acquire(&it->still)) {
        count_stop(it);
        let_go_on(it);
      }
      if (it->room != NULL) {
        interrupt(it->room);
      }
      nap_for(MILLISECOND);
    }
    if (!it->joined) {
      join_worker(it);
    }
  }
}

/* What workers left behind is as it was, and is given back. */
static void clear_up(room *it) {
  worker *self = &warden.self;
  self->room = it;
  for (size_t i = 0; i < warden.started; i++) {
    worker *each = &warden.workers[i];
    if (each->room != it || !is(&each->leaves)) {
      continue;
    }
    alog_snapshot *views[] = {each->snapshot, each->clone};
    for (size_t j = 0; j < 2; j++) {
      if (views[j] != NULL) {
        check_whole(self, views[j]);
        drop_view(self, views[j]);
      }
    }
    if (each->cursor != NULL) {
      drop_cursor(self, each->cursor);
    }
    if (each->pin != NULL) {
      check_pin(self, each->pin);
      drop_pin(self, each->pin);
    }
  }
  for (size_t i = 0; i < PIN_BOXES; i++) {
    held_pin *pin = atomic_load(&it->boxes[i]);
    if (pin != NULL) {
      check_pin(self, pin);
      drop_pin(self, pin);
    }
  }
  alog_snapshot *passed = atomic_load(&it->passed_view);
  if (passed != NULL) {
    check_whole(self, passed);
    drop_view(self, passed);
  }
  it->gone_views += get(&self->views);
  it->gone_pins += get(&self->pins);
  atomic_store(&self->views, 0);
  atomic_store(&self->pins, 0);
}

/* No thread holds anything: the log writes on with K + 1 segments, or those preallocated, and every block comes
 * back. */
static void close_room(room *it) {
  clear_up(it);
  audit_room(it, true);
  CHECK(it->gone_views == 0 && it->gone_pins == 0);
  alog_writer *writer = take_role(it);
  CHECK(writer != NULL);
  const uint64_t rolls = stats_of(it->log).rolls;
  while (stats_of(it->log).rolls < rolls + 2 * it->k) {
    plan p = {alog_writer_next_sequence(writer), 1, 1};
    CHECK_OK(write_one(it, writer, &p));
  }
  CHECK_OK(alog_writer_trim(writer));
  it->stats = stats_of(it->log);
  const uint64_t needed = trimmed_segments(it->k, 0, it->habits->preallocated);
  below(it, "segments_live, without readers", needed, it->stats.segments_live);
  below(it, "snapshots_live, without readers", 0, it->stats.snapshots_live);
  below(it, "segment_pins_live, without readers", 0, it->stats.segment_pins_live);
  alog_writer_release(writer);
  alog_log_release(it->log);
  it->log = NULL;
  counting_done(&it->memory);
}

#endif
