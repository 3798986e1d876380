/*
 * Deliberate misuses of memory, each through the library, that AddressSanitizer and its companions must report. If they
 * do not, the harness is switched off and its silence about the other programs means nothing.
 *
 *   past_chunk         reads on behind the last record of a segment, out of the memory that the library allocated
 *   after_last_handle  reads a record after every handle that covered it is gone
 *   dead_handle        uses a handle after its end: the library itself reads freed memory
 *   dead_out           asks for an answer in a local variable of a function that has returned: the library writes there
 *   short_record       appends more bytes than there are: the library itself reads beyond the caller's block
 *   leak               forgets a snapshot
 *   undefined          overflows a signed integer
 *
 * Returns 0 if it was not stopped.
 */
#include "fixture.h"

static uint64_t add_up(const void *from, size_t size) {
  uint64_t sum = 0;
  for (size_t i = 0; i < size; i++) {
    sum += ((const volatile unsigned char *)from)[i];
  }
  return sum;
}

static uint64_t past_chunk(alog_log *log) {
  alog_snapshot *snapshot = snapshot_of(log);
  const alog_chunk chunk = chunk_of(snapshot, 0);
  const uint64_t sum = add_up(chunk.data, chunk.count * chunk.stride + 4096);
  alog_snapshot_destroy(snapshot);
  return sum;
}

static uint64_t after_last_handle(alog_log *log) {
  alog_snapshot *snapshot = snapshot_of(log);
  const alog_chunk chunk = chunk_of(snapshot, 0);
  alog_log_release(log);
  alog_snapshot_destroy(snapshot);
  return add_up(chunk.data, chunk.count * chunk.stride);
}

static uint64_t dead_handle(alog_log *log) {
  alog_snapshot *snapshot = snapshot_of(log);
  alog_snapshot_destroy(snapshot);
  return alog_snapshot_len(snapshot);
}

static volatile uintptr_t forgotten; /* no pointer, or the compiler would be the one to report it */

static void leave_behind(void) {
  alog_range local = {0, 0};
  forgotten = (uintptr_t)&local;
}

static uint64_t dead_out(alog_log *log) {
  void (*volatile call)(void) = leave_behind; /* so that it is a call, whatever the compiler would rather do */
  call();
  CHECK_OK(alog_log_range(log, (alog_range *)forgotten));
  return 0;
}

static uint64_t short_record(alog_log *log) {
  unsigned char *record = (unsigned char *)calloc(1, 32);
  CHECK(record != NULL);
  alog_log *large = create_fixed(fixed_options(8, 4, 64));
  alog_writer *writer = claim(large);
  CHECK_OK(alog_writer_append(writer, record, 64));
  alog_writer_release(writer);
  alog_log_release(large);
  free(record);
  return log != NULL;
}

static uint64_t leak(alog_log *log) {
  const alog_snapshot *snapshot = snapshot_of(log);
  return range_of(snapshot).end;
}

static uint64_t undefined(alog_log *log) {
  volatile int32_t value = INT32_MAX;
  value = value + (int32_t)log_range_of(log).end;
  return (uint64_t)value;
}

static const struct canary {
  const char *name;
  uint64_t (*run)(alog_log *log);
} canaries[] = {
    {"past_chunk", past_chunk}, {"after_last_handle", after_last_handle}, {"dead_handle", dead_handle},
    {"dead_out", dead_out},     {"short_record", short_record},           {"leak", leak},
    {"undefined", undefined},
};

int main(int argc, char **argv) {
  for (size_t i = 0; i < sizeof canaries / sizeof canaries[0]; i++) {
    if (argc != 2 || strcmp(argv[1], canaries[i].name) != 0) {
      continue;
    }
    alog_log *log = numbers(8, 4);
    alog_writer *writer = claim(log);
    append_numbers(writer, 4);
    alog_writer_release(writer);
    fprintf(stderr, "came to %" PRIu64 "\n", canaries[i].run(log));
    if (strcmp(argv[1], "after_last_handle") != 0) {
      alog_log_release(log);
    }
    return 0;
  }
  fprintf(stderr, "usage: canary_memory MODE, one of those that stand at the head of the source\n");
  return 2;
}
