/*
 * Several logs that scripts/gdb-test.sh looks at from gdb, in this process and in its core file.
 *
 *   logs still DIRECTORY   writes what the library itself tells of each log into the directory, and aborts
 *   logs steps             appends to two logs, for a debugger that steps through it instruction by instruction
 *   logs busy MICROSECONDS appends to three logs in as many threads, and aborts after that time, wherever they are
 */
#include <atomic_log.h>
#include <atomic_log_inline.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "logs.c:%d: %s does not hold\n", __LINE__, #condition); \
      _exit(1);                                                               \
    }                                                                         \
  } while (0)
#define OK(call) CHECK((call) == ALOG_OK)

enum side { BUY, SELL = 7 };

/* Each kind of member that a message may have, with gaps between the members and behind the last. */
struct tick {
  uint64_t time;
  double price;
  uint32_t volume;
  uint8_t side;
  char venue[3];
  int16_t levels[2][2];
  _Bool open;
  float depth[2];
  struct {
    int32_t x;
    int8_t y;
  } at;
  enum side kind;
  int64_t maxDelay;
  uint8_t last;
};

/* None of these types can be a message. */
struct __attribute__((packed)) packed {
  uint8_t first;
  uint32_t unaligned;
};
struct bits {
  uint32_t low : 3, high : 29;
};
struct large {
  char text[1000];
};

struct application {
  char name[24];
  alog_log *lines;
};

struct sample {
  uint32_t index;
  uint32_t square;
  uint8_t bytes[4];
};

/* Variables that lead to a log, each in its own way. */
alog_log *ticks;
static struct application *application; /* by way of the heap */
static alog_log *table[3];              /* [1] is a log */
static alog_cursor *follower;           /* of a log of a function's own */
static alog_log *hollow;                /* without a record */
static alog_log *damaged;
alog_log *gone; /* was a log */
struct packed a_packed;
struct bits a_bits;
struct large a_large;
enum side a_side;

/* Of records of any size if `size` is 0. */
static alog_log *create(uint64_t retained, uint64_t capacity, uint64_t size, uint32_t max_segments) {
  alog_options options = ALOG_OPTIONS_INIT;
  options.retained_capacity = retained;
  options.segment_capacity = capacity;
  options.record_size = size;
  options.max_segments = max_segments;
  alog_log *log = NULL;
  OK(size == 0 ? alog_log_create_bytes(&options, &log) : alog_log_create_fixed(&options, &log));
  return log;
}

static alog_log *fixed(uint64_t retained, uint64_t capacity, uint64_t size) {
  return create(retained, capacity, size, 0);
}

static alog_log *bytes(uint64_t retained, uint64_t capacity, uint32_t max_segments) {
  return create(retained, capacity, 0, max_segments);
}

static alog_writer *writer_of(alog_log *log) {
  alog_writer *writer = NULL;
  OK(alog_writer_claim(log, &writer));
  return writer;
}

/* still */

static const char *directory;

static FILE *file(const char *name, const char *ending) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s.%s", directory, name, ending);
  FILE *out = fopen(path, "w");
  CHECK(out != NULL);
  return out;
}

static void say_address(const char *name, const alog_log *log) {
  FILE *address = file(name, "address");
  fprintf(address, "0x%" PRIxPTR, (uintptr_t)log);
  CHECK(fclose(address) == 0);
}

/* What the library tells of a log: its address, its description, and its records as a file. */
static void say(const char *name, alog_log *log, const alog_channel *channel) {
  char text[4096];
  CHECK(alog_log_describe(log, text, sizeof text) < sizeof text);
  FILE *described = file(name, "describe");
  fputs(text, described);
  CHECK(fclose(described) == 0);

  say_address(name, log);

  alog_recorder recorder;
  alog_recording recording;
  FILE *recorded = file(name, "mcap");
  char problem[256];
  if (alog_channel_check(log, channel, problem, sizeof problem) != ALOG_OK) {
    fprintf(stderr, "%s: %s\n", name, problem);
  }
  OK(alog_recorder_init(&recorder, NULL));
  OK(alog_recorder_add(&recorder, log, channel));
  OK(alog_recorder_write_fd(&recorder, fileno(recorded), &recording));
  CHECK(fclose(recorded) == 0);
}

static void say_bytes(const char *name, const char *topic, alog_log *log) {
  alog_channel channel = ALOG_CHANNEL_INIT;
  channel.topic = topic;
  channel.message_encoding = "application/octet-stream";
  say(name, log, &channel);
}

static void say_ticks(void) {
  const alog_field fields[] = {
      ALOG_FIELD(struct tick, time, ALOG_TYPE_U64),
      ALOG_FIELD(struct tick, price, ALOG_TYPE_F64),
      ALOG_FIELD(struct tick, volume, ALOG_TYPE_U32),
      ALOG_FIELD(struct tick, side, ALOG_TYPE_U8),
      ALOG_FIELD(struct tick, venue, ALOG_TYPE_CHAR),
      ALOG_FIELD(struct tick, levels, ALOG_TYPE_I16),
      ALOG_FIELD(struct tick, open, ALOG_TYPE_BOOL),
      ALOG_FIELD(struct tick, depth, ALOG_TYPE_F32),
      {"at_x", ALOG_TYPE_I32, offsetof(struct tick, at.x), 1},
      {"at_y", ALOG_TYPE_I8, offsetof(struct tick, at.y), 1},
      ALOG_FIELD(struct tick, kind, ALOG_TYPE_U32),
      {"max_delay", ALOG_TYPE_I64, offsetof(struct tick, maxDelay), 1},
      ALOG_FIELD(struct tick, last, ALOG_TYPE_U8),
  };
  alog_channel channel = ALOG_CHANNEL_INIT;
  channel.topic = "/ticks";
  channel.schema_name = "atomic_log/msg/Tick";
  channel.fields = fields;
  channel.field_count = sizeof fields / sizeof *fields;
  channel.time_offset = offsetof(struct tick, time);
  say("ticks", ticks, &channel);
  say_bytes("ticks_bytes", "/ticks", ticks);
}

/* Ends the process where it stands, with these in its frame. */
static void crash(alog_log *local, alog_writer *only_writer) {
  volatile const void *const kept[] = {local, only_writer};
  CHECK(kept[0] != NULL && kept[1] != NULL);
  abort();
}

static void still(void) {
  ticks = fixed(100, 16, sizeof(struct tick));
  alog_writer *writer = writer_of(ticks);
  alog_snapshot *behind = NULL, *another = NULL;
  alog_segment *pin = NULL;
  for (uint64_t i = 0; i < 500; i++) {
    struct tick tick;
    memset(&tick, 0xee, sizeof tick); /* the gaps, too */
    tick.time = 1700000000000000000u + i * 1000;
    tick.price = 100.0 + (double)i / 8;
    tick.volume = (uint32_t)i * 3;
    tick.side = (uint8_t)i;
    memcpy(tick.venue, "NYC", 3);
    for (int k = 0; k < 4; k++) tick.levels[k / 2][k % 2] = (int16_t)(i * (uint64_t)k) * (k % 2 ? -1 : 1);
    tick.open = i % 2 == 0;
    tick.depth[0] = (float)i;
    tick.depth[1] = -(float)i;
    tick.at.x = -(int32_t)i;
    tick.at.y = (int8_t)i;
    tick.kind = i % 3 ? SELL : BUY;
    tick.maxDelay = -(int64_t)i * 1000000007;
    tick.last = (uint8_t)(i ^ 0x55);
    OK(alog_writer_append(writer, &tick, sizeof tick));
    if (i == 200) {
      OK(alog_snapshot_create(ticks, &behind));
      OK(alog_snapshot_clone(behind, &another));
    }
    if (i == 350) {
      alog_snapshot *view = NULL;
      OK(alog_snapshot_create(ticks, &view));
      OK(alog_snapshot_pin(view, 0, &pin));
      alog_snapshot_destroy(view);
    }
  }
  alog_writer_release(writer);

  application = calloc(1, sizeof *application);
  CHECK(application != NULL);
  application->lines = bytes(4096, 1024, 9);
  writer = writer_of(application->lines);
  for (int i = 0; i < 300; i++) {
    char line[160];
    int length = snprintf(line, sizeof line, "line %d says \"hello\"", i);
    if (i == 297) length = 0;
    if (i == 298) {
      memset(line, 0xc3, 100);
      length = 100;
    }
    OK(alog_writer_append(writer, line, (size_t)length));
  }
  OK(alog_writer_finish(writer));

  /* A group is open, and continues in further segments. None of its records may be visible. */
  table[1] = fixed(20, 4, sizeof(struct sample));
  writer = writer_of(table[1]);
  for (uint32_t i = 0; i < 50; i++) {
    if (i == 41) OK(alog_writer_begin(writer));
    const struct sample sample = {i, i * i, {1, 2, 3, 0xff}};
    OK(alog_writer_append(writer, &sample, sizeof sample));
  }

  hollow = fixed(8, 4, 8);

  /* Only its writer leads to it. */
  alog_log *log = fixed(8, 4, 8);
  alog_writer *only_writer = writer_of(log);
  for (uint64_t i = 0; i < 3; i++) {
    OK(alog_writer_append(only_writer, &i, sizeof i));
    if (i == 0) OK(alog_writer_skip(only_writer, 1000));
  }
  say_bytes("by_writer", "/only_writer", log);
  alog_log_release(log);
  log = NULL;

  alog_log *local = fixed(8, 4, 8);
  OK(alog_cursor_open(local, ALOG_START_OLDEST, &follower));

  /* A log that something wrote over: the sequence of its newest segment. */
  gone = fixed(8, 4, 8);
  damaged = fixed(8, 4, 8);
  alog_writer *of_damaged = writer_of(damaged);
  alog_snapshot *view = NULL;
  OK(alog_writer_append(of_damaged, "damaged!", 8));
  OK(alog_snapshot_create(damaged, &view));
  const alog_glance *glance = alog_snapshot_glance(view);
  CHECK(glance != NULL);

  say_ticks();
  say_bytes("lines", "/application_lines", application->lines);
  say_bytes("group", "/table_1", table[1]);
  say_bytes("hollow", "/hollow", hollow);
  say_bytes("local", "/local", local);
  say_bytes("damaged", "/damaged", damaged);
  say_address("gone", gone);
  alog_log_release(gone);                             /* last, so that no other log takes its memory */
  ((uint64_t *)(uintptr_t)glance->published)[2] = 99; /* behind `published` and the first record's sequence */
  crash(local, only_writer);
}

/* steps */

/* The number of records appended before the call that is under way, and whether there is such a call. */
volatile uint64_t appended;
volatile int stepping;
alog_log *stepped;
alog_log *stepped_bytes;

/* The record with a sequence is that number, and its length in a byte log is the number modulo 7, in letters. */
static size_t letters(uint64_t sequence, char text[8]) {
  memset(text, 'a' + (int)(sequence % 26), 8);
  return (size_t)(sequence % 7);
}

static void append_both(alog_writer *numbers, alog_writer *texts, uint64_t sequence) {
  char text[8];
  const size_t length = letters(sequence, text);
  OK(alog_writer_append(numbers, &sequence, sizeof sequence));
  OK(alog_writer_append(texts, text, length));
}

static void steps(void) {
  stepped = fixed(6, 3, 8);
  stepped_bytes = bytes(24, 16, 0);
  alog_writer *numbers = writer_of(stepped), *texts = writer_of(stepped_bytes);
  for (uint64_t i = 0; i < 16; i++) append_both(numbers, texts, i);
  appended = 16;
  stepping = 1;
  for (uint64_t i = 16; i < 20; i++) {
    append_both(numbers, texts, i);
    appended = i + 1;
  }
  OK(alog_writer_begin(numbers));
  OK(alog_writer_begin(texts));
  for (uint64_t i = 20; i < 25; i++) append_both(numbers, texts, i);
  OK(alog_writer_publish(numbers));
  OK(alog_writer_publish(texts));
  appended = 25;
  stepping = 0;
}

/* busy */

alog_log *busy_logs[3];
/* For each log, the records that were certainly appended. */
volatile uint64_t busy_appended[3];
static volatile unsigned started;

static void *append_on(void *which) {
  const unsigned index = *(const unsigned *)which;
  alog_writer *writer = writer_of(busy_logs[index]);
  alog_hot *hot = alog_writer_hot(writer);
  __atomic_add_fetch(&started, 1, __ATOMIC_RELEASE);
  for (uint64_t next = 0;; busy_appended[index] = next) {
    if (index == 0) {
      OK(alog_append_inline(writer, hot, &next, sizeof next));
      next++;
    } else if (index == 1) {
      char text[8];
      OK(alog_writer_append(writer, text, letters(next, text)));
      next++;
    } else {
      OK(alog_writer_begin(writer));
      for (int i = 0; i < 5; i++, next++) OK(alog_writer_append(writer, &next, sizeof next));
      OK(alog_writer_publish(writer));
    }
  }
}

static void busy(long microseconds) {
  static const unsigned indexes[3] = {0, 1, 2};
  busy_logs[0] = fixed(64, 8, 8);
  busy_logs[1] = bytes(256, 32, 0);
  busy_logs[2] = fixed(12, 3, 8);
  for (unsigned i = 0; i < 3; i++) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, append_on, (void *)(uintptr_t)&indexes[i]) == 0);
  }
  while (__atomic_load_n(&started, __ATOMIC_ACQUIRE) < 3) {
  }
  const struct timespec time = {0, microseconds * 1000};
  nanosleep(&time, NULL);
  abort();
}

int main(int count, char **arguments) {
  if (count == 3 && strcmp(arguments[1], "still") == 0) {
    directory = arguments[2];
    still();
  } else if (count == 2 && strcmp(arguments[1], "steps") == 0) {
    steps();
  } else if (count == 3 && strcmp(arguments[1], "busy") == 0) {
    busy(strtol(arguments[2], NULL, 10));
  } else {
    fprintf(stderr, "logs.c says at its top how it is called\n");
    return 2;
  }
  return 0;
}
