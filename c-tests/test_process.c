/*
 * Holds up: what docs/PROCESS.md says of forks, cancelled threads, signals, jumps out of handlers, exits and unloading.
 */
#include "own_syscall.h"
/* which comes first */
#include <setjmp.h>
#include <signal.h>
#include <sys/wait.h>

#include "clock.h"
#include "counting.h"
#include "waiter.h"

static alog_log *counted_numbers(counting *memory, uint64_t retained, uint64_t segment) {
  counting_init(memory);
  alog_options options = fixed_options(retained, segment, sizeof(uint64_t));
  options.allocator = &memory->allocator;
  return create_fixed(options);
}

static size_t wakes_asked(void) { return atomic_load(&wake_calls); }

static alog_stats stats_of(const alog_log *log) {
  alog_stats stats = ALOG_STATS_INIT;
  CHECK_OK(alog_log_stats(log, &stats));
  return stats;
}

/* ------------------------------------------------------------------------------------------- forks */

/* Runs `body` in a child, and returns how the child ended. */
static int run_in_a_child(void (*body)(void)) {
  fflush(NULL);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    alarm(60); /* ends a child that hangs, even if its parent is gone */
    body();
    /* Ends the child by a signal: memcheck would report an error for another end, because only threads that do not
     * exist in the child knew some of what is left. */
    CHECK(kill(getpid(), SIGKILL) == 0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  return status;
}

/* Checks that `body` comes to its end in a child. */
static void in_a_child(void (*body)(void)) {
  const int status = run_in_a_child(body);
  CHECK(WIFSIGNALED(status));
  CHECK_U64(SIGKILL, (uint64_t)WTERMSIG(status));
}

enum { FORKS = 300, TEXT = 4096 };

static struct {
  alog_log *log;
  alog_writer *writer;
  alog_snapshot *snapshot;
  alog_cursor *cursor;
  alog_segment *pin;
  alog_chunk pinned;
  alog_range range; /* of the snapshot */
  atomic_bool stop;
} had;

static void *roll_on(void *argument) {
  (void)argument;
  alog_writer *writer = claim(had.log);
  for (uint64_t i = 0; !atomic_load(&had.stop); i++) {
    append_numbers(writer, 3);
    CHECK_OK(alog_writer_begin(writer));
    append_numbers(writer, 1 + i % 5);
    CHECK_OK(i % 2 == 0 ? alog_writer_publish(writer) : alog_writer_abandon(writer));
    CHECK_OK(alog_writer_notify(writer));
    if (i % 16 == 0) {
      CHECK_OK(alog_writer_trim(writer));
    }
  }
  alog_writer_release(writer);
  return NULL;
}

/* Wherever the writer's thread was. It does not exist in the child. */
static void use_and_release_what_the_parent_had(void) {
  char text[TEXT];
  CHECK(alog_log_describe(had.log, text, TEXT) < TEXT);
  CHECK(strstr(text, "writer    claimed\n") != NULL);
  const alog_range newest = log_range_of(had.log);
  CHECK(newest.end >= had.range.end);
  CHECK_U64(2, stats_of(had.log).snapshots_live);
  CHECK_U64(1, stats_of(had.log).segment_pins_live);
  check_numbers(had.snapshot, had.range.begin, had.range.end);
  check_chunk(&had.pinned, sizeof(uint64_t), check_number);

  alog_delta delta = {0, 0, 0};
  CHECK(alog_snapshot_refresh(had.snapshot, &delta) >= ALOG_OK);
  CHECK_U64(newest.end, range_of(had.snapshot).end);
  check_numbers(had.snapshot, newest.begin, newest.end);
  alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
  do { /* the captured view, and then what is there now */
    while (alog_cursor_next(had.cursor, &chunk) == ALOG_OK) {
      check_chunk(&chunk, sizeof(uint64_t), check_number);
    }
  } while (alog_cursor_refresh(had.cursor, &delta) == ALOG_OK);
  CHECK_U64(newest.end, alog_cursor_position(had.cursor));
  check_log_numbers(had.log, newest.begin, newest.end); /* by a view of the child's own */

  /* Nothing new comes, and no other process may write. */
  CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(had.snapshot, 0));
  CHECK_STATUS(ALOG_TIMEOUT, alog_cursor_wait(had.cursor, MILLISECOND / 10));
  alog_writer *writer = NULL;
  CHECK_STATUS(ALOG_ERR_CLAIMED, alog_writer_claim(had.log, &writer));
  alog_cursor_destroy(had.cursor);
  alog_log_release(had.log);
  alog_snapshot_destroy(had.snapshot);
  check_chunk(&had.pinned, sizeof(uint64_t), check_number);
  alog_segment_release(had.pin);
}

static void a_child_reads_and_releases_what_it_had(void) {
  /* Each record begins a segment, and at first the writer asks malloc for none, because a fork would wait for malloc.
   * So the fork often finds the writer in the middle of a roll. */
  alog_options options = fixed_options(8, 1, sizeof(uint64_t)); /* K = 9 */
  options.preallocated_segments = 40;
  had.log = create_fixed(options);
  atomic_store(&had.stop, false);
  thread runner;
  CHECK(thread_start(&runner, roll_on, NULL));
  for (int i = 0; i < FORKS; i++) {
    for (const uint64_t end = log_range_of(had.log).end; log_range_of(had.log).end < end + 8;) {
      nap_for(MILLISECOND / 20); /* the writer has got on, and is somewhere else */
    }
    had.snapshot = snapshot_of(had.log);
    had.range = range_of(had.snapshot);
    had.cursor = cursor_over(had.snapshot);
    had.pin = pin_of(had.snapshot, 0);
    had.pinned = chunk_of(had.snapshot, 0);
    in_a_child(use_and_release_what_the_parent_had);
    check_numbers(had.snapshot, had.range.begin, had.range.end); /* the parent's are as they were */
    alog_segment_release(had.pin);
    alog_cursor_destroy(had.cursor);
    alog_snapshot_destroy(had.snapshot);
  }
  atomic_store(&had.stop, true);
  CHECK(thread_join(&runner));
  CHECK_U64(0, stats_of(had.log).snapshots_live);
  alog_log_release(had.log);
}

static void write_in_the_child(void) {
  append_numbers(had.writer, 50);
  check_log_numbers(had.log, log_range_of(had.log).begin, 55);
  CHECK_OK(alog_snapshot_wait(had.snapshot, ALOG_WAIT_FOREVER));
  CHECK_OK(alog_writer_finish(had.writer));
  CHECK(alog_log_is_finished(had.log));
}

/* The writer's thread forks, so each side has a log of its own from here on. */
static void a_childs_writer_writes_for_the_child_alone(void) {
  had.log = numbers(8, 2);
  had.writer = claim(had.log);
  append_numbers(had.writer, 5);
  had.snapshot = snapshot_of(had.log);
  in_a_child(write_in_the_child);
  CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(had.snapshot, 0));
  CHECK(!alog_log_is_finished(had.log));
  append_numbers(had.writer, 1);
  check_log_numbers(had.log, 0, 6);
  alog_snapshot_destroy(had.snapshot);
  alog_writer_release(had.writer);
  alog_log_release(had.log);
}

static void notify_and_interrupt_in_the_child(void) {
  append_numbers(had.writer, 1);
  for (int i = 0; i < 100; i++) {
    CHECK_OK(alog_writer_notify(had.writer));
    CHECK_OK(alog_log_interrupt(had.log));
  }
  CHECK_U64(100, alog_log_interrupts(had.log));
}

static void nobody_is_woken_across_a_fork(void) {
  had.log = numbers(8, 2);
  had.writer = claim(had.log);
  had.snapshot = snapshot_of(had.log);
  waiter w;
  fall_asleep(&w, had.snapshot, NULL);
  in_a_child(notify_and_interrupt_in_the_child);
  sleeps_on(&w);
  CHECK_U64(0, alog_log_interrupts(had.log));
  append_numbers(had.writer, 1);
  CHECK_OK(alog_writer_notify(had.writer));
  wakes(ALOG_OK, &w);
  alog_snapshot_destroy(had.snapshot);
  alog_writer_release(had.writer);
  alog_log_release(had.log);
}

/* ------------------------------------------------------------------------------- cancelled threads */

enum { LEAVES = 100, NOTIFIES = 1000 };

/* A waiter that checks for a cancellation after its wait. */
static void *wait_and_look(void *argument) {
  run_waiter(argument);
  pthread_testcancel();
  return NULL;
}

static void a_wait_is_no_cancellation_point(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_on(log, ALOG_START_NEXT);
  for (int i = 0; i < 4; i++) {
    waiter w;
    make_waiter(&w, snapshot, i % 2 == 0 ? cursor : NULL, ALOG_WAIT_FOREVER);
    CHECK(thread_start(&w.runner, wait_and_look, &w));
    until_asleep(&w);
    CHECK(pthread_cancel(w.runner) == 0);
    sleeps_on(&w);
    CHECK_OK(alog_log_interrupt(log)); /* which is what ends it */
    void *ended = NULL;
    CHECK(pthread_join(w.runner, &ended) == 0);
    CHECK(ended == PTHREAD_CANCELED);
    CHECK(atomic_load(&w.done));
    CHECK_STATUS(ALOG_INTERRUPTED, w.status);
  }
  alog_cursor_destroy(cursor);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* A log whose waits were left is as usable as before. Counts the wake calls that wake no thread, since `before`. */
static void check_after_leaves(alog_log *log, alog_writer *writer, alog_snapshot *snapshot, size_t before) {
  for (int i = 0; i < NOTIFIES; i++) {
    append_numbers(writer, 1);
    CHECK_OK(alog_writer_notify(writer));
  }
  CHECK(wakes_asked() <= before + 1);
  for (int i = 0; i < 3; i++) {
    waiter w;
    CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
    fall_asleep(&w, snapshot, NULL);
    a_record_wakes(&w, writer);
    CHECK_OK(alog_writer_notify(writer));
    CHECK(wakes_asked() <= before + 2 + (size_t)i); /* one call for each sleeper, and none without one */
  }
  check_log_numbers(log, log_range_of(log).begin, alog_writer_next_sequence(writer));
  CHECK_U64(1, stats_of(log).snapshots_live);
}

static void be_cancelled_at_once(void) { CHECK(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL) == 0); }

static void an_asynchronous_cancellation_in_a_wait_costs_nothing_lasting(void) {
  counting memory;
  alog_log *log = counted_numbers(&memory, 8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  const size_t before = wakes_asked();
  for (int i = 0; i < LEAVES; i++) {
    waiter w;
    make_waiter(&w, snapshot, NULL, ALOG_WAIT_FOREVER);
    w.prepare = be_cancelled_at_once;
    start(&w);
    until_asleep(&w);
    CHECK(pthread_cancel(w.runner) == 0);
    void *ended = NULL;
    CHECK(pthread_join(w.runner, &ended) == 0);
    CHECK(ended == PTHREAD_CANCELED);
    CHECK(!atomic_load(&w.done));
  }
  check_after_leaves(log, writer, snapshot, before);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
  counting_done(&memory);
}

/* ------------------------------------------------------------------------------------------ signals */

/* ThreadSanitizer runs a handler when the thread calls a function of libc's. A system call that the kernel begins again
 * never gets there. */
#if defined(__SANITIZE_THREAD__)
enum { RESTARTS_ARE_SEEN = 0 };
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
enum { RESTARTS_ARE_SEEN = 0 };
#else
enum { RESTARTS_ARE_SEEN = 1 };
#endif
#else
enum { RESTARTS_ARE_SEEN = 1 };
#endif

static alog_log *handled_log;
static atomic_size_t handled;
static sigjmp_buf way_out;

static void describe_in_a_handler(int number) {
  (void)number;
  char text[TEXT];
  CHECK(alog_log_describe(handled_log, text, TEXT) < TEXT);
  CHECK(strstr(text, "readers   1 view, 0 pins on segments\n") != NULL);
  atomic_fetch_add(&handled, 1);
}

static void jump_out_of_a_handler(int number) {
  (void)number;
  siglongjmp(way_out, 1);
}

static void handle(int number, void (*handler)(int), int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = flags;
  CHECK(sigaction(number, &action, NULL) == 0);
}

static void a_wait_goes_on_after_a_handler_that_describes(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  handled_log = log;
  for (int restart = 0; restart <= RESTARTS_ARE_SEEN; restart++) {
    handle(SIGUSR1, describe_in_a_handler, restart ? SA_RESTART : 0);
    atomic_store(&handled, 0);
    waiter w;
    fall_asleep(&w, snapshot, NULL);
    for (size_t i = 1; i <= 20; i++) {
      const uint64_t begin = now();
      for (uint64_t sent = 0; atomic_load(&handled) < i;) {
        CHECK(now() - begin < LATE);
        /* Again, now and then: ThreadSanitizer keeps a signal that comes just before a call until that call is over. */
        if (now() - sent > SECOND / 4) {
          CHECK(pthread_kill(w.runner, SIGUSR1) == 0);
          sent = now();
        }
        nap_for(MILLISECOND / 10);
      }
    }
    sleeps_on(&w);
    a_record_wakes(&w, writer);
    CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
  }
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static atomic_size_t jumps;

static void *jump_out_of_waits(void *argument) {
  waiter *self = (waiter *)argument;
  if (readlink("/proc/thread-self", self->task, sizeof self->task - 1) < 0) {
    self->task[0] = '\0';
  }
  while (atomic_load(&jumps) < LEAVES) {
    if (sigsetjmp(way_out, 1) == 0) {
      atomic_store(&self->begun, true);
      CHECK_STATUS(ALOG_TIMEOUT, alog_snapshot_wait(self->snapshot, ALOG_WAIT_FOREVER));
    }
    atomic_store(&self->begun, false);
    atomic_fetch_add(&jumps, 1);
  }
  atomic_store(&self->done, true);
  return NULL;
}

static void a_jump_out_of_a_wait_costs_nothing_lasting(void) {
  counting memory;
  alog_log *log = counted_numbers(&memory, 8, 4);
  alog_writer *writer = claim(log);
  alog_snapshot *snapshot = snapshot_of(log);
  handle(SIGUSR2, jump_out_of_a_handler, 0);
  const size_t before = wakes_asked();
  waiter w;
  make_waiter(&w, snapshot, NULL, ALOG_WAIT_FOREVER);
  CHECK(thread_start(&w.runner, jump_out_of_waits, &w));
  for (size_t i = 0; i < LEAVES; i++) {
    until_asleep(&w);
    CHECK(pthread_kill(w.runner, SIGUSR2) == 0);
    const uint64_t begin = now();
    while (atomic_load(&jumps) == i) {
      CHECK(now() - begin < LATE);
      nap_for(MILLISECOND / 10);
    }
  }
  CHECK(thread_join(&w.runner));
  CHECK(atomic_load(&w.done));
  check_after_leaves(log, writer, snapshot, before);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
  counting_done(&memory);
}

/* --------------------------------------------------------------------------------- exit and unload */

/* What is left until the end of the process. */
static struct {
  alog_log *log;
  alog_log *bytes;
  alog_writer *writer;
  alog_snapshot *snapshot;
  alog_cursor *cursor;
  alog_segment *pin;
} left;

static waiter left_waiters[3];

static void *append_for_ever(void *argument) {
  alog_writer *writer = claim((alog_log *)argument);
  for (;;) {
    CHECK_OK(append_text(writer));
    CHECK_OK(alog_writer_notify(writer));
  }
  return NULL;
}

/* With live handles of every kind, threads that wait, and one that appends. */
static void exit_amid_it_all(void) {
  left.log = numbers(8, 4);
  left.writer = claim(left.log);
  append_numbers(left.writer, 30);
  left.snapshot = snapshot_of(left.log);
  left.cursor = cursor_on(left.log, ALOG_START_NEXT);
  left.pin = pin_of(left.snapshot, 0);
  append_numbers(left.writer, 30);
  CHECK_OK(alog_snapshot_refresh(left.snapshot, NULL));
  CHECK_OK(alog_cursor_refresh(left.cursor, NULL));
  CHECK_OK(alog_cursor_seek(left.cursor, 60));
  CHECK_OK(alog_writer_begin(left.writer)); /* a group is open */
  append_numbers(left.writer, 6);
  left.bytes = create_bytes(bytes_options(200, 50));
  thread appending;
  CHECK(thread_start(&appending, append_for_ever, left.bytes));
  fall_asleep(&left_waiters[0], left.snapshot, NULL);
  fall_asleep(&left_waiters[1], left.snapshot, NULL);
  fall_asleep(&left_waiters[2], NULL, left.cursor);
  while (log_range_of(left.bytes).end < 1000) {
    nap_for(MILLISECOND / 10);
  }
  exit(0);
}

static char *self_path; /* how this program was called */

/* In a process of its own, which a memory checker sees from beginning to end. */
static void run_again_to_exit(void) {
  char role[] = "exit";
  char *arguments[] = {self_path, role, NULL};
  execv(self_path, arguments);
  _exit(3);
}

static void a_process_may_exit_with_live_handles(void) {
  for (int i = 0; i < 5; i++) {
    const int status = run_in_a_child(run_again_to_exit);
    CHECK(WIFEXITED(status));
    CHECK_U64(0, (uint64_t)WEXITSTATUS(status));
  }
}

/* The functions of another copy of the library. */
static struct {
  alog_status (*create)(const alog_options *options, alog_log **out);
  alog_status (*claim)(alog_log *log, alog_writer **out);
  alog_status (*append)(alog_writer *writer, const void *record, size_t size);
  alog_status (*finish)(alog_writer *writer);
  alog_status (*snapshot)(const alog_log *log, alog_snapshot **out);
  alog_status (*wait)(const alog_snapshot *snapshot, uint64_t timeout_ns);
  uint64_t (*len)(const alog_snapshot *snapshot);
  void (*destroy)(alog_snapshot *snapshot);
  void (*release)(alog_log *log);
} copy;

static void find(void *library, const char *name, void *function) {
  void *symbol = dlsym(library, name);
  CHECK(symbol != NULL);
  memcpy(function, &symbol, sizeof symbol);
}

static void *read_by_the_copy(void *log) {
  alog_snapshot *snapshot = NULL;
  CHECK_OK(copy.snapshot((const alog_log *)log, &snapshot));
  alog_status status = ALOG_OK;
  while (status == ALOG_OK && copy.len(snapshot) == 0) {
    status = copy.wait(snapshot, ALOG_WAIT_FOREVER);
    copy.destroy(snapshot);
    CHECK_OK(copy.snapshot((const alog_log *)log, &snapshot));
  }
  copy.destroy(snapshot);
  copy.release((alog_log *)log);
  return NULL;
}

static void use_the_copy(counting *memory) {
  alog_options options = fixed_options(8, 4, sizeof(uint64_t));
  options.allocator = &memory->allocator;
  alog_log *log = NULL;
  alog_writer *writer = NULL;
  thread runner;
  CHECK_OK(copy.create(&options, &log));
  CHECK_OK(copy.claim(log, &writer));
  CHECK(thread_start(&runner, read_by_the_copy, log));
  for (uint64_t i = 0; i < 30; i++) {
    CHECK_OK(copy.append(writer, &i, sizeof i));
  }
  CHECK_OK(copy.finish(writer));
  CHECK(thread_join(&runner));
}

static void copy_file(const char *from, const char *to) {
  static unsigned char block[1 << 16];
  FILE *in = fopen(from, "rb");
  FILE *out = fopen(to, "wb");
  CHECK(in != NULL && out != NULL);
  for (size_t size = 0; (size = fread(block, 1, sizeof block, in)) > 0;) {
    CHECK(fwrite(block, 1, size, out) == size);
  }
  CHECK(fclose(in) == 0 && fclose(out) == 0);
}

static bool is_mapped(const char *path) {
  const char *name = strrchr(path, '/') + 1;
  char line[1024];
  FILE *maps = fopen("/proc/self/maps", "r");
  bool found = false;
  while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
    found = found || strstr(line, name) != NULL;
  }
  if (maps != NULL) {
    fclose(maps);
  }
  return found;
}

/* When no handle is left, and no thread is inside. */
static void the_library_unloads_and_leaves_nothing(void) {
  Dl_info info;
  void *function = dlsym(RTLD_DEFAULT, "alog_version");
  if (function == NULL) {
    printf("this program carries the library: nothing to unload\n");
    return;
  }
  CHECK(dladdr(function, &info) != 0 && info.dli_fname != NULL);
  for (int i = 0; i < 3; i++) {
    char path[1024];
    CHECK((size_t)snprintf(path, sizeof path, "%s.copy_XXXXXX", self_path) < sizeof path);
    const int file = mkstemp(path);
    CHECK(file >= 0 && close(file) == 0);
    copy_file(info.dli_fname, path);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    CHECK(unlink(path) == 0);
    CHECK(library != NULL);
    counting memory;
    counting_init(&memory);
    find(library, "alog_log_create_fixed", &copy.create);
    find(library, "alog_writer_claim", &copy.claim);
    find(library, "alog_writer_append", &copy.append);
    find(library, "alog_writer_finish", &copy.finish);
    find(library, "alog_snapshot_create", &copy.snapshot);
    find(library, "alog_snapshot_wait", &copy.wait);
    find(library, "alog_snapshot_len", &copy.len);
    find(library, "alog_snapshot_destroy", &copy.destroy);
    find(library, "alog_log_release", &copy.release);
    CHECK(is_mapped(path));
    use_the_copy(&memory);
    counting_done(&memory);
    CHECK(dlclose(library) == 0);
    CHECK(!is_mapped(path));
  }
}

int main(int count, char **arguments) {
  self_path = arguments[0];
  if (count > 1) {
    exit_amid_it_all();
  }
  RUN(a_child_reads_and_releases_what_it_had);
  RUN(a_childs_writer_writes_for_the_child_alone);
  RUN(nobody_is_woken_across_a_fork);
  RUN(a_wait_is_no_cancellation_point);
  RUN(an_asynchronous_cancellation_in_a_wait_costs_nothing_lasting);
  RUN(a_wait_goes_on_after_a_handler_that_describes);
  RUN(a_jump_out_of_a_wait_costs_nothing_lasting);
  RUN(a_process_may_exit_with_live_handles);
  RUN(the_library_unloads_and_leaves_nothing);
  return 0;
}
