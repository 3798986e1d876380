/*
 * Holds up, where there are signals: a wait goes on after a signal was handled, and its deadline does not move. And
 * alog_log_describe and alog_recorder_write_fd may be called from a handler, whatever it interrupts, in any thread.
 */
#if !defined(_XOPEN_SOURCE)
#define _XOPEN_SOURCE 700 /* sigaction */
#endif
#include <signal.h>

#include "mcap.h"
#include "waiter.h"

/* --------------------------------------------------------------------------------------- waits */

static void look_up(int number) { (void)number; }

static void signals_end_no_wait(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = look_up; /* without SA_RESTART */
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  alog_log *log = numbers(8, 4);
  alog_snapshot *snapshot = snapshot_of(log);
  waiter w;
  bool outlived = false;
  /* Until a wait has outlived a signal. */
  for (uint64_t timeout = SECOND / 2; !outlived; timeout *= 2) {
    CHECK(timeout < LATE);
    begin_wait(&w, snapshot, NULL, timeout);
    until_asleep_or_over(&w);
    for (int i = 0; i < 10 && !atomic_load(&w.done); i++) {
      CHECK(pthread_kill(w.runner, SIGUSR1) == 0);
      nap_for(5 * MILLISECOND);
      outlived = outlived || !atomic_load(&w.done);
    }
    wakes(ALOG_TIMEOUT, &w);
    CHECK(w.took >= timeout);
  }
  alog_snapshot_destroy(snapshot);
  alog_log_release(log);
}

/* ------------------------------------------------------------------------------------ handlers */

enum { INTERRUPTIONS = 100, SLOTS = 8, TEXT = 4096 };

static struct shared {
  alog_log *log;
  _Atomic(bool) looking; /* the reader's thread knows its role */
  _Atomic(bool) done;
  _Atomic(int) told[2]; /* by handlers in the writer's thread, and in the reader's */
  alog_recorder recorder;
  FILE *files[2]; /* by the same, one recording behind the other */
  alog_recording recordings[2][INTERRUPTIONS];
} shared;

static _Thread_local volatile sig_atomic_t inside; /* the log's allocator must not be asked in a handler */
static _Thread_local int role;
static _Thread_local uint64_t last_end;

static void *watched_allocate(void *context, size_t size, size_t align) {
  (void)context;
  CHECK(inside == 0);
  return aligned_take(size, align);
}

static void watched_deallocate(void *context, void *block, size_t size, size_t align) {
  (void)context;
  (void)size;
  (void)align;
  CHECK(inside == 0);
  aligned_give(block);
}

/* Describes the log, and records it. The log moves, so the handler can check only that its own thread never sees time
 * go back. */
static void on_signal(int signal) {
  (void)signal;
  static _Thread_local char text[TEXT];
  inside = 1;
  const int turn = atomic_load(&shared.told[role]);
  if (turn < INTERRUPTIONS &&
      alog_recorder_write_fd(&shared.recorder, fileno(shared.files[role]), &shared.recordings[role][turn]) != ALOG_OK) {
    abort();
  }
  const size_t length = alog_log_describe(shared.log, text, sizeof text);
  if (length == 0 || length >= sizeof text || text[length] != '\0' || text[length - 1] != '\n') {
    abort();
  }
  const char *found = strstr(text, "records [");
  uint64_t end = 0;
  if (found == NULL || (found = strchr(found, ',')) == NULL) {
    abort();
  }
  for (const char *digit = found + 2; *digit >= '0' && *digit <= '9'; digit++) {
    end = end * 10 + (uint64_t)(*digit - '0');
  }
  if (end < last_end) {
    abort();
  }
  last_end = end;
  inside = 0;
  atomic_fetch_add(&shared.told[role], 1);
}

static bool enough(void) {
  return atomic_load(&shared.told[0]) >= INTERRUPTIONS && atomic_load(&shared.told[1]) >= INTERRUPTIONS;
}

/* Looks in all ways, and holds on to views of several ages. */
static void *look(void *unused) {
  (void)unused;
  role = 1;
  atomic_store(&shared.looking, true);
  alog_snapshot *views[SLOTS] = {NULL};
  alog_cursor *cursor = cursor_on(shared.log, ALOG_START_OLDEST);
  for (size_t i = 0; !atomic_load(&shared.done); i++) {
    alog_snapshot **view = &views[i % SLOTS];
    alog_snapshot_destroy(*view);
    *view = snapshot_of(shared.log);
    alog_segment *pin = NULL;
    const alog_status pinned = alog_snapshot_pin(*view, 0, &pin);
    CHECK(pinned == ALOG_OK || pinned == ALOG_ERR_OUT_OF_RANGE);
    CHECK(alog_snapshot_refresh(views[(i + 3) % SLOTS] == NULL ? *view : views[(i + 3) % SLOTS], NULL) >= 0);
    CHECK(alog_cursor_refresh(cursor, NULL) >= 0);
    alog_chunk chunk;
    while (alog_cursor_next(cursor, &chunk) == ALOG_OK) {
      check_chunk(&chunk, sizeof(uint64_t), check_number);
    }
    alog_segment_release(pin);
  }
  for (size_t i = 0; i < SLOTS; i++) {
    alog_snapshot_destroy(views[i]);
  }
  alog_cursor_destroy(cursor);
  return NULL;
}

/* Sends both threads signals as fast as they take them, until each has taken enough. */
static void *interrupt_both(void *threads) {
  const thread *of = (const thread *)threads;
  while (!atomic_load(&shared.looking)) {
    thread_yield();
  }
  while (!enough()) {
    for (int i = 0; i < 2; i++) {
      const int before = atomic_load(&shared.told[i]);
      CHECK(pthread_kill(of[i], SIGUSR1) == 0);
      while (atomic_load(&shared.told[i]) == before) {
        thread_yield();
      }
    }
  }
  atomic_store(&shared.done, true);
  return NULL;
}

static void begin_to_record(void) {
  static const alog_field fields[] = {{"value", ALOG_TYPE_U64, 0, 1}};
  alog_channel channel = ALOG_CHANNEL_INIT;
  channel.topic = "/numbers";
  channel.schema_name = "test/msg/Number";
  channel.fields = fields;
  channel.field_count = 1;
  CHECK_OK(alog_recorder_init(&shared.recorder, NULL));
  CHECK_OK(alog_recorder_add(&shared.recorder, shared.log, &channel));
  for (int i = 0; i < 2; i++) {
    shared.files[i] = tmpfile();
    CHECK(shared.files[i] != NULL);
  }
}

/* Each recording that the handlers of one thread made is a whole file, and no older than the recording before it. */
static void check_recordings(FILE *file, const alog_recording *recordings) {
  uint64_t newest = 0, records = 0;
  rewind(file);
  for (int i = 0; i < INTERRUPTIONS; i++) {
    const alog_range range = recordings[i].ranges[0];
    CHECK(range.end >= newest);
    newest = range.end;
    mcap_file one = mcap_empty();
    one.size = (size_t)recordings[i].bytes;
    one.data = (unsigned char *)malloc(one.size);
    CHECK(one.data != NULL && fread(one.data, 1, one.size, file) == one.size);
    mcap_reader reader = mcap_read(&one);
    mcap_message message;
    for (uint64_t sequence = range.begin; sequence < range.end; sequence++) {
      CHECK(mcap_next(&reader, &message));
      CHECK_U64((uint32_t)sequence, message.sequence);
      CHECK_U64(4 + sizeof(uint64_t), message.size);
      const alog_slice record = {message.data + 4, sizeof(uint64_t)};
      check_number(sequence, record);
    }
    CHECK(!mcap_next(&reader, &message));
    records += range.end - range.begin;
    mcap_clear(&one);
  }
  CHECK(fgetc(file) == EOF);
  CHECK(records > 0);
  CHECK(fclose(file) == 0);
}

static void handlers_may_describe_and_record(void) {
  alog_options options = fixed_options(8, 2, sizeof(uint64_t));
  const alog_allocator allocator = {NULL, watched_allocate, watched_deallocate};
  options.allocator = &allocator;
  shared.log = create_fixed(options);
  alog_writer *writer = claim(shared.log);
  begin_to_record();
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);

  thread threads[2] = {pthread_self(), pthread_self()};
  thread interrupting;
  CHECK(thread_start(&threads[1], look, NULL));
  CHECK(thread_start(&interrupting, interrupt_both, threads));
  for (uint64_t i = 0; !atomic_load(&shared.done); i++) {
    append_numbers(writer, 3);
    CHECK_OK(append_number_batch(writer, 1 + i % 7));
    CHECK_OK(alog_writer_begin(writer));
    append_numbers(writer, 1 + i % 5);
    CHECK_OK(i % 2 == 0 ? alog_writer_publish(writer) : alog_writer_abandon(writer));
    CHECK_OK(alog_writer_notify(writer));
    if (i % 16 == 0) {
      CHECK_OK(alog_writer_trim(writer));
    }
    if (i % 64 == 0) {
      alog_writer_release(writer);
      writer = claim(shared.log);
    }
  }
  CHECK(thread_join(&interrupting));
  CHECK(thread_join(&threads[1]));
  for (int i = 0; i < 2; i++) {
    check_recordings(shared.files[i], shared.recordings[i]);
  }
  printf("described and recorded in %d handlers of the writer's thread and %d of a reader's, at %" PRIu64 " records\n",
         atomic_load(&shared.told[0]), atomic_load(&shared.told[1]), alog_writer_next_sequence(writer));
  append_numbers(writer, 2);
  alog_stats stats = ALOG_STATS_INIT;
  CHECK_OK(alog_log_stats(shared.log, &stats));
  CHECK_U64(0, stats.snapshots_live);
  CHECK_U64(0, stats.segments_held_by_readers);
  alog_writer_release(writer);
  alog_log_release(shared.log);
}

int main(void) {
  RUN(signals_end_no_wait);
  RUN(handlers_may_describe_and_record);
  return 0;
}
