/*
 * Deliberate races, each through the library, that ThreadSanitizer must report. If it does not, the harness is switched
 * off and its silence about the other programs means nothing.
 *
 *   record   a record is changed after it was published, while another thread reads it through a snapshot of its own
 *   input    a record is changed while the library copies it into the log: one side of the race is in the library
 *   writer   two threads use one writer at once: both sides of the race are in the library
 *
 * Returns 0 if it was not stopped.
 */
#include "clock.h"
#include "fixture.h"

enum { ROUNDS = 1000, SEGMENT = 4 * ROUNDS };

static alog_log *the_log;
static alog_writer *the_writer;
static uint64_t the_input;
static volatile uint64_t *the_record; /* in the log, and const by rights */

static void append_once(void) { CHECK(alog_writer_append(the_writer, &the_input, sizeof the_input) <= ALOG_OK); }

/* A snapshot of this thread's own, kept to the end. To give it back would order the reads before what other threads do
 * next. */
static void *read_record(void *unused) {
  (void)unused;
  alog_snapshot *snapshot = snapshot_of(the_log);
  const volatile uint64_t *record = (const volatile uint64_t *)chunk_of(snapshot, 0).data;
  uint64_t sum = 0;
  for (int i = 0; i < ROUNDS; i++) {
    sum += *record;
  }
  fprintf(stderr, "read %" PRIu64 "\n", sum);
  alog_snapshot_destroy(snapshot);
  return NULL;
}

/* Calls no function of the library: that would order the writes before what other threads do next. */
static void change_record(void) {
  for (uint64_t i = 0; i < ROUNDS; i++) {
    *the_record = i; /* the race */
  }
}

static void *change_input(void *unused) {
  (void)unused;
  for (uint64_t i = 0; i < ROUNDS; i++) {
    *(volatile uint64_t *)&the_input = i;
  }
  return NULL;
}

static void *append_too(void *unused) {
  (void)unused;
  for (int i = 0; i < ROUNDS; i++) {
    append_once();
  }
  return NULL;
}

static void append_on(void) {
  for (int i = 0; i < ROUNDS; i++) {
    append_once();
  }
}

static const struct canary {
  const char *name;
  void *(*other)(void *);
  void (*mine)(void);
} canaries[] = {
    {"record", read_record, change_record},
    {"input", change_input, append_on},
    {"writer", append_too, append_on},
};

int main(int argc, char **argv) {
  for (size_t i = 0; i < sizeof canaries / sizeof canaries[0]; i++) {
    if (argc != 2 || strcmp(argv[1], canaries[i].name) != 0) {
      continue;
    }
    thread other;
    the_log = numbers(SEGMENT, SEGMENT); /* one segment takes all, so only the race happens */
    the_writer = claim(the_log);
    append_once();
    alog_snapshot *snapshot = snapshot_of(the_log);
    the_record = (volatile uint64_t *)(uintptr_t)chunk_of(snapshot, 0).data;
    CHECK(thread_start(&other, canaries[i].other, NULL));
    canaries[i].mine();
    CHECK(thread_join(&other));
    alog_snapshot_destroy(snapshot);
    alog_writer_release(the_writer);
    alog_log_release(the_log);
    return 0;
  }
  fprintf(stderr, "usage: canary_race record|input|writer\n");
  return 2;
}
