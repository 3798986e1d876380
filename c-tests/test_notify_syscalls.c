/*
 * Holds up what a writer under real-time constraints relies on. On a log that was made with preallocated segments and
 * ALOG_FLAG_PREFAULT, over hundreds of rolls, with readers that keep up,
 *
 *   - nothing is allocated: the allocator ends the process that asks it;
 *   - no page fault happens: the kernel's counts stay as they are;
 *   - no system call is made: each child process runs behind a filter that allows only what is needed to end, so one
 * call to the kernel kills it. The calls include notify and interrupt; no thread waits.
 *
 * The controls show that each of these would be seen. Exits with 77 where there is no such filter.
 */
#if !defined(_DEFAULT_SOURCE)
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#endif
#include "clock.h"
#include "fixture.h"

#if defined(__linux__)

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  SKIPPED = 77,
  RECORD = 64,
  SEGMENT = 1024, /* records: 16 pages, so that a fault in each segment is many */
  VIEW = 5,       /* segments: K */
  LAG = 3,        /* rolls that a reader may be behind, where one is */
  ROLLS = 300,
  ARENA = 64 << 20
};

/* Untouched memory, given out once. On demand it ends a thread that asks for more. */
typedef struct arena {
  unsigned char *memory;
  size_t used;
  bool closed;
  alog_allocator allocator;
} arena;

static void *arena_allocate(void *context, size_t size, size_t align) {
  arena *self = (arena *)context;
  if (self->closed) {
    _exit(3);
  }
  const size_t place = (self->used + align - 1) / align * align;
  if (place + size > ARENA) {
    return NULL;
  }
  self->used = place + size;
  return self->memory + place;
}

static void arena_deallocate(void *context, void *block, size_t size, size_t align) {
  (void)context;
  (void)block;
  (void)size;
  (void)align;
}

static void arena_init(arena *self) {
  void *memory = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  self->memory = (unsigned char *)memory;
  self->used = 0;
  self->closed = false;
  self->allocator.context = self;
  self->allocator.allocate = arena_allocate;
  self->allocator.deallocate = arena_deallocate;
}

static void arena_done(arena *self) { CHECK(munmap(self->memory, ARENA) == 0); }

/* ---------------------------------------------------------------------------------- the work */

/* A log that is ready, and its users. */
typedef struct rig {
  bool bytes;
  alog_log *log;
  alog_writer *writer;
  alog_snapshot *snapshot;
  alog_cursor *cursor;
} rig;

static void rig_init(rig *r, bool bytes, uint32_t flags, const alog_allocator *allocator, uint32_t spare) {
  alog_options options = bytes ? bytes_options((VIEW - 1) * SEGMENT * RECORD, SEGMENT * RECORD)
                               : fixed_options((VIEW - 1) * SEGMENT, SEGMENT, RECORD);
  options.flags = flags;
  options.allocator = allocator;
  options.preallocated_segments = VIEW + spare;
  options.max_segments = VIEW + spare;
  r->bytes = bytes;
  r->log = bytes ? create_bytes(options) : create_fixed(options);
  r->writer = claim(r->log);
  r->snapshot = snapshot_of(r->log);
  r->cursor = cursor_on(r->log, ALOG_START_OLDEST);
}

static void rig_done(rig *r) {
  alog_cursor_destroy(r->cursor);
  alog_snapshot_destroy(r->snapshot);
  alog_writer_release(r->writer);
  alog_log_release(r->log);
}

static void write_some(rig *r, unsigned turn) {
  static unsigned char data[16 * RECORD];
  static const uint32_t sizes[4] = {RECORD, RECORD, 1, RECORD};
  const alog_slice slices[3] = {{data, RECORD}, {data, RECORD / 2}, {data, RECORD}};
  alog_reservation room = {NULL, 0, 0};
  switch (turn % 5) {
    case 0:
      CHECK_OK(alog_writer_append(r->writer, data, RECORD));
      break;
    case 1:
      CHECK_OK(r->bytes ? alog_writer_append_slices(r->writer, slices, 3)
                        : alog_writer_append_batch(r->writer, data, 16));
      break;
    case 2:
      CHECK_OK(alog_writer_reserve(r->writer, r->bytes ? RECORD : 4, &room));
      memset(room.data, 1, RECORD);
      CHECK_OK(alog_writer_commit(r->writer, r->bytes ? RECORD / 3 : 1));
      break;
    case 3:
      CHECK_OK(alog_writer_begin(r->writer));
      CHECK_OK(alog_writer_append(r->writer, data, RECORD));
      CHECK_OK(r->bytes ? alog_writer_append_packed(r->writer, data, sizes, 4)
                        : alog_writer_append_batch(r->writer, data, 5));
      CHECK_OK(turn % 2 == 0 ? alog_writer_publish(r->writer) : alog_writer_abandon(r->writer));
      break;
    default:
      CHECK_OK(alog_writer_reserve(r->writer, 1, &room));
      CHECK_OK(alog_writer_cancel(r->writer));
      CHECK_OK(alog_writer_append(r->writer, data, RECORD));
      break;
  }
  CHECK_OK(alog_writer_notify(r->writer));
  CHECK(alog_writer_next_sequence(r->writer) > 0);
  alog_log_release(alog_writer_log(r->writer));
}

static void read_some(rig *r) {
  CHECK_OK(alog_snapshot_wait(r->snapshot, 0)); /* there is something newer */
  CHECK_OK(alog_snapshot_wait(r->snapshot, ALOG_WAIT_FOREVER));
  CHECK_OK(alog_snapshot_refresh(r->snapshot, NULL));
  CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(r->snapshot, 0));
  const alog_range range = range_of(r->snapshot);
  const alog_chunk newest = chunk_of(r->snapshot, alog_snapshot_chunk_count(r->snapshot) - 1);
  CHECK_U64(range.end, newest.first_sequence + newest.count);
  CHECK_U64(range.end, latest_of(r->snapshot).end);
  CHECK_U64(range.end - range.begin, alog_snapshot_len(r->snapshot));
  alog_chunk chunks[VIEW];
  size_t written = 0;
  CHECK_OK(alog_snapshot_chunks(r->snapshot, 0, VIEW, chunks, &written));
  CHECK(written > 0);
  alog_log_release(alog_snapshot_log(r->snapshot));
  alog_slice record = {NULL, 0};
  CHECK_OK(alog_snapshot_record(r->snapshot, range.begin, &record));
  CHECK_OK(alog_cursor_refresh(r->cursor, NULL));
  CHECK_OK(alog_cursor_wait(r->cursor, ALOG_WAIT_FOREVER));
  alog_chunk chunk;
  while (alog_cursor_next(r->cursor, &chunk) == ALOG_OK) {
  }
  CHECK_OK(alog_cursor_seek(r->cursor, range.end));
  CHECK_U64(range.end, alog_cursor_position(r->cursor));
  CHECK_STATUS(ALOG_TIMEOUT, alog_cursor_wait(r->cursor, 0));
  alog_stats stats = ALOG_STATS_INIT;
  CHECK_OK(alog_log_stats(r->log, &stats));
  alog_view_stats view = ALOG_VIEW_STATS_INIT;
  CHECK_OK(alog_snapshot_stats(r->snapshot, &view));
  CHECK_U64(range.end, log_range_of(r->log).end);
  static char text[1024];
  CHECK(alog_log_describe(r->log, text, sizeof text) < sizeof text);
  alog_options options = ALOG_OPTIONS_INIT;
  CHECK_OK(alog_log_options(r->log, &options));
  CHECK(alog_log_has_writer(alog_log_retain(r->log)));
  alog_log_release(r->log);
  CHECK(alog_version() == ALOG_VERSION && alog_version_string() != NULL);
  CHECK(alog_status_name(ALOG_OK) != NULL && alog_status_message(ALOG_OK) != NULL);
}

/* Some rolls, with readers that look at least once in each segment. Ends after this number of rolls. */
static void work(rig *r) {
  unsigned turn = 0;
  alog_stats stats = ALOG_STATS_INIT;
  do {
    for (int i = 0; i < 40; i++) {
      write_some(r, turn++);
    }
    read_some(r);
    CHECK_OK(alog_log_interrupt(r->log));
    CHECK_OK(alog_writer_trim(r->writer)); /* nothing is above what was preallocated */
    CHECK_OK(alog_writer_skip(r->writer, alog_writer_next_sequence(r->writer) + turn));
    CHECK_OK(alog_log_stats(r->log, &stats));
  } while (stats.rolls < ROLLS);
  CHECK_U64(VIEW + 2, stats.segments_created);
}

/* Appends one segment of records. This begins one segment if the head is full. */
static void roll(rig *r) {
  static unsigned char data[SEGMENT * RECORD];
  CHECK_OK(alog_writer_append_batch(r->writer, data, SEGMENT));
  CHECK_OK(alog_writer_notify(r->writer));
  CHECK_OK(alog_snapshot_refresh(r->snapshot, NULL));
  CHECK_OK(alog_cursor_refresh(r->cursor, NULL));
}

/* Views that become LAG rolls old, each at another time. */
static void work_with_lag(rig *r, alog_snapshot *const views[LAG]) {
  for (uint64_t i = 0; i < ROLLS; i++) {
    roll(r);
    if (i >= LAG) {
      alog_view_stats stats = ALOG_VIEW_STATS_INIT;
      CHECK_OK(alog_snapshot_stats(views[i % LAG], &stats));
      CHECK_U64(LAG, stats.age);
    }
    CHECK_OK(alog_snapshot_refresh(views[i % LAG], NULL));
  }
}

/* -------------------------------------------------------------------------------- page faults */

static uint64_t page_faults(void) {
  struct rusage usage;
  CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
  return (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
}

/* The number of page faults that the work takes on a log in fresh memory. */
static uint64_t faults_of_work(bool bytes, uint32_t flags, bool of_malloc) {
  arena memory;
  arena_init(&memory);
  rig warm, r;
  /* Touches the code's own pages, the stack and the tables that calls go through. This memory is not used again. */
  rig_init(&warm, bytes, flags, of_malloc ? NULL : &memory.allocator, 2);
  work(&warm);
  rig_init(&r, bytes, flags, of_malloc ? NULL : &memory.allocator, 2);
  page_faults();
  const uint64_t before = page_faults();
  work(&r);
  const uint64_t faults = page_faults() - before;
  rig_done(&r);
  rig_done(&warm);
  arena_done(&memory);
  return faults;
}

/* Whether the work takes no fault. It runs in a child each time, so that the memory that malloc gives is untouched. */
static bool is_faultless(bool bytes, uint32_t flags, bool of_malloc) {
  fflush(NULL);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    _exit(faults_of_work(bytes, flags, of_malloc) == 0 ? 0 : 4);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 4));
  return WEXITSTATUS(status) == 0;
}

/* The kernel may take pages away at any time to move or to merge them, which the library does not cause. A fault that
 * the library causes occurs every time. So one run without a fault out of several proves the claim. */
static bool is_faultless_at_times(bool bytes, uint32_t flags, bool of_malloc) {
  for (int attempt = 0; attempt < 5; attempt++) {
    if (is_faultless(bytes, flags, of_malloc)) {
      return true;
    }
  }
  return false;
}

static void touched_memory_is_never_faulted_in(void) {
  for (int kind = 0; kind < 4; kind++) {
    CHECK(is_faultless_at_times(kind % 2 == 0, ALOG_FLAG_PREFAULT, kind / 2 == 0));
    CHECK(is_faultless_at_times(kind % 2 == 0, ALOG_FLAG_PREFAULT | ALOG_FLAG_AUTO_NOTIFY, kind / 2 == 0));
  }
}

static void without_the_flag_faults_are_seen(void) {
  for (int kind = 0; kind < 4; kind++) {
    CHECK(!is_faultless_at_times(kind % 2 == 0, 0, kind / 2 == 0));
  }
}

/* ------------------------------------------------------------------------------- system calls */

#define ALLOW(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* From here on this process may only write, and end. */
static bool close_the_kernel(void) {
  static struct sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, nr)),
      ALLOW(SYS_write),
      ALLOW(SYS_exit_group),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  const struct sock_fprog program = {(unsigned short)(sizeof rules / sizeof rules[0]), rules};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Runs `body` in a child and returns the signal that killed it, or 0. */
static int killed_by(void (*body)(void)) {
  fflush(NULL);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    body();
    _exit(0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
    printf("no filter for system calls: skipped\n");
    exit(SKIPPED);
  }
  if (WIFSIGNALED(status)) {
    return WTERMSIG(status);
  }
  CHECK(WIFEXITED(status));
  CHECK_U64(0, (uint64_t)WEXITSTATUS(status)); /* 3: it allocated */
  return 0;
}

static rig child_rig;
static arena child_memory;

static void begin_closed(bool bytes, uint32_t flags) {
  arena_init(&child_memory);
  rig_init(&child_rig, bytes, flags, &child_memory.allocator, 2);
  if (!close_the_kernel()) {
    _exit(SKIPPED);
  }
  child_memory.closed = true;
}

static void closed_fixed(void) {
  begin_closed(false, ALOG_FLAG_PREFAULT);
  work(&child_rig);
  rig_done(&child_rig);
}

static void closed_bytes(void) {
  begin_closed(true, ALOG_FLAG_PREFAULT);
  work(&child_rig);
  rig_done(&child_rig);
}

static void closed_auto_notify(void) {
  begin_closed(false, ALOG_FLAG_PREFAULT | ALOG_FLAG_AUTO_NOTIFY);
  work(&child_rig);
  rig_done(&child_rig);
}

static void nothing_asks_the_kernel_and_nothing_allocates(void) {
  CHECK_U64(0, (uint64_t)killed_by(closed_fixed));
  CHECK_U64(0, (uint64_t)killed_by(closed_bytes));
  CHECK_U64(0, (uint64_t)killed_by(closed_auto_notify));
}

static void closed_with_lag(void) {
  arena_init(&child_memory);
  rig_init(&child_rig, false, ALOG_FLAG_PREFAULT, &child_memory.allocator, LAG);
  alog_snapshot *views[LAG];
  for (size_t i = 0; i < LAG; i++) {
    views[i] = snapshot_of(child_rig.log);
  }
  if (!close_the_kernel()) {
    _exit(SKIPPED);
  }
  child_memory.closed = true;
  work_with_lag(&child_rig, views);
  for (size_t i = 0; i < LAG; i++) {
    alog_snapshot_destroy(views[i]);
  }
  rig_done(&child_rig);
}

static void preallocated_windows_serve_readers_that_lag(void) { CHECK_U64(0, (uint64_t)killed_by(closed_with_lag)); }

/* Handles come from the allocator alone. */
static void make_and_end_handles(void) {
  begin_closed(false, 0);
  child_memory.closed = false;
  write_some(&child_rig, 0);
  alog_log_release(alog_log_retain(child_rig.log));
  alog_snapshot *snapshot = snapshot_of(child_rig.log);
  alog_snapshot *clone = clone_of(snapshot);
  alog_cursor *cursor = cursor_over(clone);
  alog_cursor *opened = cursor_on(child_rig.log, ALOG_START_NEXT);
  alog_segment *segment = pin_of(snapshot, 0);
  alog_segment_release(alog_segment_retain(segment));
  CHECK_U64(0, alog_segment_sequence(segment));
  alog_segment_release(segment);
  alog_chunk chunk;
  CHECK_OK(alog_cursor_next(cursor, &chunk));
  CHECK_OK(alog_cursor_pin(cursor, &segment));
  alog_segment_release(segment);
  alog_writer_release(child_rig.writer);
  child_rig.writer = claim(child_rig.log);
  alog_cursor_destroy(opened);
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(clone);
  alog_snapshot_destroy(snapshot);
  rig_done(&child_rig);
}

static void handles_ask_nobody_but_the_allocator(void) { CHECK_U64(0, (uint64_t)killed_by(make_and_end_handles)); }

static void *sleep_for_ever(void *snapshot) {
  alog_snapshot_wait((const alog_snapshot *)snapshot, ALOG_WAIT_FOREVER);
  return NULL;
}

/* Without a check of the filter itself nothing above would mean anything. The filter is for the thread that asks for
 * it. */
static void notify_a_sleeper(void) {
  thread sleeper;
  arena_init(&child_memory);
  rig_init(&child_rig, false, 0, &child_memory.allocator, 2);
  CHECK(thread_start(&sleeper, sleep_for_ever, child_rig.snapshot));
  nap_for(SECOND / 5); /* to fall asleep */
  if (!close_the_kernel()) {
    _exit(SKIPPED);
  }
  CHECK_OK(alog_writer_notify(child_rig.writer));
}

static void sleep_a_moment(void) {
  begin_closed(false, 0);
  CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(child_rig.snapshot, 1));
}

static void a_call_to_the_kernel_would_be_seen(void) {
  CHECK_U64(SIGSYS, (uint64_t)killed_by(notify_a_sleeper));
  CHECK_U64(SIGSYS, (uint64_t)killed_by(sleep_a_moment));
}

/* A thread whose wait timed out need not be woken. */
static void notify_those_who_have_gone(void) {
  arena_init(&child_memory);
  rig_init(&child_rig, false, 0, &child_memory.allocator, 2);
  for (int i = 0; i < 100; i++) {
    CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(child_rig.snapshot, 1));
  }
  if (!close_the_kernel()) {
    _exit(SKIPPED);
  }
  for (int i = 0; i < 1000; i++) {
    CHECK_OK(alog_writer_notify(child_rig.writer));
    CHECK_OK(alog_log_interrupt(child_rig.log));
  }
}

static void notify_asks_nobody_for_those_who_have_gone(void) {
  CHECK_U64(0, (uint64_t)killed_by(notify_those_who_have_gone));
}

int main(void) {
  RUN(a_call_to_the_kernel_would_be_seen);
  RUN(nothing_asks_the_kernel_and_nothing_allocates);
  RUN(preallocated_windows_serve_readers_that_lag);
  RUN(handles_ask_nobody_but_the_allocator);
  RUN(notify_asks_nobody_for_those_who_have_gone);
  RUN(without_the_flag_faults_are_seen);
  RUN(touched_memory_is_never_faulted_in);
  return 0;
}

#else

int main(void) {
  printf("no filter for system calls: skipped\n");
  return 77;
}

#endif
