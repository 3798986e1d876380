/*
 * Holds up: alog_log_describe and alog_recorder_write may be called in a handler between any two instructions of the
 * library, the writer's too. The processor is told to trap after each instruction (the trap flag of x86), and the
 * handler describes the log, or records it. Each time the text or the file is whole. What is published never goes back,
 * and afterwards nothing is held or lost. They need no more stack than the header says.
 *
 * Exits with 77 where there is no such flag.
 */
#if !defined(_DEFAULT_SOURCE)
#define _DEFAULT_SOURCE /* sigaction, and a context of its own */
#endif
#include "counting.h"
#include "fixture.h"
#include "mcap.h"

enum { SKIPPED = 77 };

#if defined(__linux__) && defined(__x86_64__)

#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>

enum { TEXT = 4096, ROUNDS = 4, STACK = 1 << 16, PAINT = 0x5a };

static struct watch {
  void (*look)(void);
  alog_log *log;
  alog_recorder recorder;
  mcap_file file; /* has room before the first trap */
  uint64_t steps;
  uint64_t last_end;
  uint64_t lines; /* about views */
  uint64_t most_lines;
  const char *fault;
} watch;

static uint64_t number_behind(const char *text, const char *words) {
  const char *found = strstr(text, words);
  return found == NULL ? UINT64_MAX : strtoull(found + strlen(words), NULL, 10);
}

static void on_trap(int signal) {
  (void)signal;
  watch.steps++;
  watch.look();
}

static void describe(void) {
  static char text[TEXT];
  const size_t length = alog_log_describe(watch.log, text, sizeof text);
  if (length == 0 || length >= sizeof text || strlen(text) != length || text[length - 1] != '\n') {
    watch.fault = "the text is not whole";
    return;
  }
  const uint64_t end = number_behind(strchr(text, '['), ", ");
  const uint64_t newest = number_behind(text, "in segments up to ");
  if (end < watch.last_end || newest == UINT64_MAX) {
    watch.fault = "time went back";
  }
  watch.last_end = end;
  uint64_t lines = 0;
  const char *line = text;
  while ((line = strstr(line, " of segments ")) != NULL) {
    lines++;
    line += strlen(" of segments ");
    if (number_behind(line, " to ") > newest) {
      watch.fault = "a view of what is not published";
    }
  }
  watch.lines += lines;
  watch.most_lines = lines > watch.most_lines ? lines : watch.most_lines;
}

static void record(void) {
  watch.file.size = 0;
  alog_recording recording;
  if (alog_recorder_write(&watch.recorder, &recording) != ALOG_OK) {
    watch.fault = "it is not recorded";
    return;
  }
  if (recording.ranges[0].end < watch.last_end) {
    watch.fault = "time went back";
  }
  watch.last_end = recording.ranges[0].end;
  mcap_reader reader = mcap_read(&watch.file);
  mcap_message message;
  uint64_t records = 0;
  while (mcap_next(&reader, &message)) {
    if (message.log_time != recording.ranges[0].begin + records) {
      watch.fault = "a record is missing";
    }
    records++;
  }
  if (records != recording.records || records != recording.ranges[0].end - recording.ranges[0].begin) {
    watch.fault = "a record is missing at an end";
  }
  watch.lines += records;
  watch.most_lines = records > watch.most_lines ? records : watch.most_lines;
}

static inline void trap_each(void) { __asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "memory", "cc"); }
static inline void trap_none(void) { __asm__ volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "memory", "cc"); }

/* Makes a call, with a look after each instruction. */
#define STEP(call)                             \
  do {                                         \
    trap_each();                               \
    const alog_status status_ = (call);        \
    trap_none();                               \
    CHECK_OK(status_ > ALOG_OK ? 0 : status_); \
  } while (0)
#define STEP_VOID(call) \
  do {                  \
    trap_each();        \
    call;               \
    trap_none();        \
  } while (0)

static void write_and_read(alog_log *log, alog_writer **writer, bool bytes) {
  static const unsigned char data[64] = {0};
  static const alog_slice slices[3] = {{data, 8}, {data, 8}, {data, 8}};
  alog_snapshot *old = NULL;
  for (int i = 0; i < ROUNDS; i++) {
    STEP(alog_writer_append(*writer, data, 8));
    STEP(bytes ? alog_writer_append_slices(*writer, slices, 3) : alog_writer_append_batch(*writer, data, 3));
    STEP(alog_writer_begin(*writer));
    STEP(alog_writer_append(*writer, data, 8));
    STEP(bytes ? alog_writer_append_slices(*writer, slices, 3) : alog_writer_append_batch(*writer, data, 3));
    STEP(i % 2 == 0 ? alog_writer_publish(*writer) : alog_writer_abandon(*writer));
    alog_reservation room;
    STEP(alog_writer_reserve(*writer, bytes ? 8 : 1, &room));
    memset(room.data, 0, 8);
    STEP(i % 3 == 0 ? alog_writer_cancel(*writer) : alog_writer_commit(*writer, bytes ? 8 : 1));
    STEP(alog_writer_notify(*writer));

    alog_snapshot *view = NULL;
    alog_snapshot *clone = NULL;
    alog_segment *pin = NULL;
    alog_cursor *cursor = NULL;
    STEP(alog_snapshot_create(log, &view));
    STEP(alog_snapshot_clone(view, &clone));
    STEP(alog_snapshot_pin(view, 0, &pin));
    STEP(alog_cursor_create(view, &cursor));
    STEP_VOID(alog_snapshot_destroy(old));
    old = view;
    STEP(alog_writer_append(*writer, data, 8));
    STEP(alog_snapshot_refresh(clone, NULL));
    STEP(alog_cursor_refresh(cursor, NULL));
    STEP_VOID(alog_segment_release(pin));
    STEP_VOID(alog_snapshot_destroy(clone));
    STEP_VOID(alog_cursor_destroy(cursor));
    STEP(alog_writer_trim(*writer));
    STEP_VOID(alog_writer_release(*writer));
    STEP(alog_writer_claim(log, writer));
  }
  STEP_VOID(alog_snapshot_destroy(old));
}

static void watch_begin(alog_log *log, void (*look)(void)) {
  static unsigned char room[TEXT];
  memset((void *)&watch, 0, sizeof watch);
  watch.look = look;
  watch.log = log;
  watch.file = mcap_empty();
  watch.file.data = room; /* what is written here is smaller */
  watch.file.room = sizeof room;
  const alog_sink sink = mcap_sink(&watch.file);
  alog_channel channel = ALOG_CHANNEL_INIT;
  channel.topic = "/steps";
  channel.message_encoding = "octets";
  CHECK_OK(alog_recorder_init(&watch.recorder, &sink));
  CHECK_OK(alog_recorder_add(&watch.recorder, log, &channel));
}

static void walk(bool bytes, void (*look)(void)) {
  counting memory;
  counting_init(&memory);
  alog_options options = bytes ? bytes_options(32, 16) : fixed_options(4, 2, 8); /* K = 3 */
  options.allocator = &memory.allocator;
  alog_log *log = bytes ? create_bytes(options) : create_fixed(options);
  alog_writer *writer = claim(log);
  watch_begin(log, look);
  write_and_read(log, &writer, bytes);
  if (watch.steps == 0) {
    printf("no trap flag: skipped\n");
    exit(SKIPPED);
  }
  if (watch.fault != NULL) {
    fprintf(stderr, "after %" PRIu64 " instructions: %s\n", watch.steps, watch.fault);
    CHECK(false);
  }
  CHECK(watch.steps > 5000 && watch.lines > 5000 && watch.most_lines >= 2);
  printf("looked after each of %" PRIu64 " instructions, at up to %" PRIu64 " %s\n", watch.steps, watch.most_lines,
         look == describe ? "windows with views" : "records");
  static const unsigned char data[8] = {0};
  for (int i = 0; i < 8; i++) {
    CHECK_OK(alog_writer_append(writer, data, 8));
  }
  CHECK_OK(alog_writer_trim(writer));
  alog_stats stats = ALOG_STATS_INIT;
  CHECK_OK(alog_log_stats(log, &stats));
  CHECK_U64(0, stats.segments_held_by_readers);
  CHECK_U64(0, stats.snapshots_live);
  CHECK_U64(1, stats.windows_live);
  CHECK_U64(4, stats.segments_live); /* K + 1 */
  alog_writer_release(writer);
  alog_log_release(log);
  counting_done(&memory);
}

static void handlers_come_between_any_two_instructions(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_trap;
  CHECK(sigaction(SIGTRAP, &action, NULL) == 0);
  for (int bytes = 0; bytes < 2; bytes++) {
    walk(bytes, describe);
    walk(bytes, record);
  }
}

static ucontext_t here;
static ucontext_t there;

static void look_once(void) { watch.look(); }

static void write_once(void) { (void)alog_recorder_write(&watch.recorder, NULL); }

static void needs_little_stack(const char *what, void (*look)(void), size_t promised) {
  static unsigned char stack[STACK];
  alog_log *log = numbers(8, 4);
  alog_snapshot *snapshot = snapshot_of(log);
  watch_begin(log, look);
  look_once(); /* the loader binds what it calls */
  memset(stack, PAINT, sizeof stack);
  CHECK(getcontext(&there) == 0);
  there.uc_stack.ss_sp = stack;
  there.uc_stack.ss_size = sizeof stack;
  there.uc_link = &here;
  makecontext(&there, look_once, 0);
  CHECK(swapcontext(&here, &there) == 0);
  size_t clean = 0;
  while (stack[clean] == PAINT) {
    clean++;
  }
  printf("%s took %zu bytes of stack\n", what, sizeof stack - clean);
  CHECK(sizeof stack - clean > 100 && sizeof stack - clean < promised);
  alog_snapshot_destroy(snapshot);
  alog_log_release(log);
}

static void they_need_little_stack(void) {
  needs_little_stack("describing", describe, 8 << 10);
  needs_little_stack("recording", write_once, 24 << 10);
}

int main(void) {
  RUN(handlers_come_between_any_two_instructions);
  RUN(they_need_little_stack);
  return 0;
}

#else

int main(void) {
  printf("this processor has no trap flag: skipped\n");
  return SKIPPED;
}

#endif
