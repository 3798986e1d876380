/*
 * Two threads inside one handle that is for one thread at a time. A checked library must end the program for this. One
 * thread is halted in the library, inside the allocator or asleep in a wait, while the other enters. Where it cannot be
 * halted, both enter until they meet.
 */
#include "atomics.h"
#include "clock.h"
#include "fixture.h"

static atomic_bool halt;   /* the thread that allocates next */
static atomic_bool halted; /* a thread is halted */

static void *halting_allocate(void *context, size_t size, size_t align) {
  (void)context;
  if (atomic_exchange(&halt, false)) {
    atomic_store(&halted, true);
    for (;;) { /* the end of the program is the only way out */
      nap_for(SECOND);
    }
  }
  return aligned_take(size, align);
}

static void halting_deallocate(void *context, void *block, size_t size, size_t align) {
  (void)context;
  (void)size;
  (void)align;
  aligned_give(block);
}

static alog_log *log_of_all;
static alog_writer *writer;
static alog_cursor *cursor;

static void *append_and_halt(void *argument) {
  (void)argument;
  append_numbers(writer, 5); /* the segment has room for 4 */
  return NULL;
}

static void *pin_and_halt(void *argument) {
  (void)argument;
  alog_segment *segment = NULL;
  CHECK_OK(alog_cursor_pin(cursor, &segment));
  return NULL;
}

static void *wait_for_ever(void *argument) {
  (void)argument;
  atomic_store(&halted, true);
  CHECK_OK(alog_cursor_wait(cursor, ALOG_WAIT_FOREVER));
  return NULL;
}

static void *read_for_ever(void *argument) {
  (void)argument;
  const uint64_t begin = now();
  alog_chunk chunk;
  while (now() - begin < 20 * SECOND) {
    for (int i = 0; i < 1000; i++) {
      CHECK_OK(alog_cursor_seek(cursor, 0));
      CHECK(alog_cursor_next(cursor, &chunk) >= ALOG_OK);
    }
  }
  return NULL;
}

static void beside(void *(*other)(void *)) {
  thread runner;
  CHECK(thread_start(&runner, other, NULL));
  while (!atomic_load(&halted)) {
    nap_for(MILLISECOND);
  }
  nap_for(200 * MILLISECOND); /* a wait says nothing when it sleeps */
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  const alog_allocator allocator = {NULL, halting_allocate, halting_deallocate};
  alog_options options = fixed_options(8, 4, sizeof(uint64_t));
  options.allocator = &allocator;
  test_claim = mode;
  log_of_all = create_fixed(options);
  writer = claim(log_of_all);
  const bool of_cursor = strncmp(mode, "cursor", 6) == 0;
  if (of_cursor) {
    append_numbers(writer, 1);
    cursor = cursor_on(log_of_all, ALOG_START_OLDEST);
    alog_chunk chunk;
    CHECK_OK(alog_cursor_next(cursor, &chunk));
  }
  if (strcmp(mode, "cursor_wait") == 0) {
    beside(wait_for_ever);
    CHECK_STATUS(ALOG_UNCHANGED, alog_cursor_refresh(cursor, NULL));
    return 0;
  }
  if (strcmp(mode, "cursor_next") == 0) {
    thread runner;
    CHECK(thread_start(&runner, read_for_ever, NULL));
    read_for_ever(NULL);
    return 0;
  }
  atomic_store(&halt, true);
  if (strcmp(mode, "writer_append") == 0) {
    beside(append_and_halt);
    CHECK_OK(append_number(writer));
  } else if (strcmp(mode, "writer_release") == 0) {
    beside(append_and_halt);
    alog_writer_release(writer);
  } else if (strcmp(mode, "writer_notify") == 0) {
    beside(append_and_halt);
    CHECK_OK(alog_writer_notify(writer));
  } else if (strcmp(mode, "cursor_pin") == 0) {
    beside(pin_and_halt);
    CHECK_STATUS(ALOG_UNCHANGED, alog_cursor_refresh(cursor, NULL));
  }
  return 0;
}
