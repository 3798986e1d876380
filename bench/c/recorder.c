/* What a recording costs: 64 MiB of records to a file in memory, against one write of the same bytes; and a writer
 * beside a recording, against a writer alone. `c-recorder FILE`.
 */
#define _GNU_SOURCE

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include "atomic_log_inline.h"
#include "turns.h"

enum { RECORDS = 1 << 20, PER_SEGMENT = 4096, APPENDS = 1 << 16 };

struct record {
  uint64_t time;
  double values[7];
};

static alog_log *log_of_all;
static alog_writer *writer;
static alog_hot *hot;
static alog_recorder recorder;
static unsigned char *same; /* the same number of bytes as the records */
static int file;

static void append(size_t times) {
  struct record record = {0};
  for (size_t i = 0; i < times; i++) {
    record.time = i;
    OK(alog_append_inline(writer, hot, &record, sizeof record));
  }
}

static void empty(void *context, size_t times) {
  (void)context, (void)times;
  OK(ftruncate(file, 0));
  check(lseek(file, 0, SEEK_SET) == 0, "lseek");
}

static void record_all(void *context, size_t times) {
  (void)context;
  alog_recording recording;
  OK(alog_recorder_write_fd(&recorder, file, &recording));
  check(recording.records >= times, "as many records as there should be");
}

static void write_all(void *context, size_t times) {
  (void)context;
  const size_t size = times * sizeof(struct record);
  check(write(file, same, size) == (ssize_t)size, "write");
}

/* The recording thread. It works while it is asked to, and tells whether it is inside. */
static _Atomic int asked, inside, over;

static void *record_on(void *unused) {
  (void)unused;
  while (!atomic_load(&over)) {
    if (!atomic_load(&asked)) {
      atomic_store(&inside, 0);
      sched_yield();
      continue;
    }
    empty(NULL, 0);
    atomic_store(&inside, 1);
    record_all(NULL, RECORDS);
  }
  return NULL;
}

static void ask(void *context, size_t times) {
  (void)times;
  const int wanted = context != NULL;
  atomic_store(&asked, wanted);
  while (atomic_load(&inside) != wanted) sched_yield();
}

static void append_turn(void *context, size_t times) {
  (void)context;
  append(times);
}

int main(int argc, char **argv) {
  static const alog_field fields[] = {ALOG_FIELD(struct record, time, ALOG_TYPE_U64),
                                      ALOG_FIELD(struct record, values, ALOG_TYPE_F64)};
  results_open(argc, argv);
  alog_options options = ALOG_OPTIONS_INIT;
  options.retained_capacity = RECORDS;
  options.segment_capacity = PER_SEGMENT;
  options.record_size = sizeof(struct record);
  /* A recording holds a view, and the writer goes on. */
  options.preallocated_segments = 4 * (RECORDS / PER_SEGMENT);
  options.flags = ALOG_FLAG_PREFAULT;
  OK(alog_log_create_fixed(&options, &log_of_all));
  OK(alog_writer_claim(log_of_all, &writer));
  hot = alog_writer_hot(writer);
  append(2 * RECORDS);
  same = room(4096, (size_t)RECORDS * sizeof(struct record));
  file = memfd_create("recording", 0);
  check(file >= 0, "memfd_create");
  alog_channel channel = ALOG_CHANNEL_INIT;
  channel.topic = "/records";
  channel.schema_name = "bench/msg/Record";
  channel.fields = fields;
  channel.field_count = 2;
  channel.time_offset = 0;
  OK(alog_recorder_init(&recorder, NULL));
  OK(alog_recorder_add(&recorder, log_of_all, &channel));

  compare_forms("c/record/64", "atomic-log",
                (struct side[]){{"atomic-log", NULL, record_all, empty}, {"write", NULL, write_all, empty}}, 2,
                RECORDS);

  pthread_t thread;
  OK(pthread_create(&thread, NULL, record_on, NULL));
  compare_forms("c/record/beside", "atomic-log",
                (struct side[]){{"atomic-log", &file, append_turn, ask}, {"alone", NULL, append_turn, ask}}, 2,
                APPENDS);
  atomic_store(&over, 1);
  OK(pthread_join(thread, NULL));
  alog_writer_release(writer);
  alog_log_release(log_of_all);
  results_close();
}
