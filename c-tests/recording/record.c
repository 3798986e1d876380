/*
 * Writes recordings whose content follows from sequences, for readers of other authors (scripts/recorder-test.sh):
 * DIRECTORY/*.mcap.
 */
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "atomics.h"
#include "fixture.h"
#include "sample.h"

enum { SAMPLES = 5000, LARGE = 10000000 };

static const char *directory;

static void save(alog_recorder *recorder, const char *name, uint64_t least) {
  char path[1024];
  snprintf(path, sizeof path, "%s/%s.mcap", directory, name);
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  CHECK(fd >= 0);
  alog_recording recording;
  CHECK_OK(alog_recorder_write_fd(recorder, fd, &recording));
  CHECK(close(fd) == 0);
  CHECK(recording.records >= least);
  printf("%s.mcap: %" PRIu64 " records, %" PRIu64 " bytes\n", name, recording.records, recording.bytes);
}

static void append_samples(alog_writer *writer, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) {
    const sample s = sample_of(alog_writer_next_sequence(writer), 0xee);
    CHECK_OK(alog_writer_append(writer, &s, sizeof s));
  }
}

static alog_recorder *new_recorder(void) {
  static alog_recorder recorder;
  CHECK_OK(alog_recorder_init(&recorder, NULL));
  return &recorder;
}

static const char json_schema[] = "{\"type\":\"object\",\"properties\":{\"sequence\":{\"type\":\"integer\"}}}";

static void several(void) {
  const alog_channel of_samples = channel_of_samples();
  alog_channel of_texts = ALOG_CHANNEL_INIT, of_nothing = channel_of_samples();
  of_texts.topic = "/texts";
  of_texts.schema_name = "Text";
  of_texts.message_encoding = "json";
  of_texts.schema_encoding = "jsonschema";
  of_texts.schema = json_schema;
  of_texts.schema_size = sizeof json_schema - 1;
  of_nothing.topic = "/nothing";
  alog_log *samples = create_fixed(fixed_options(1000, 256, sizeof(sample)));
  alog_log *texts = create_bytes(bytes_options(16384, 4096));
  alog_log *nothing = create_fixed(fixed_options(8, 4, sizeof(sample)));
  alog_writer *writer = claim(samples), *text_writer = claim(texts);
  append_samples(writer, SAMPLES);
  for (int i = 0; i < SAMPLES; i++) {
    char text[64];
    const int size = snprintf(text, sizeof text, "{\"sequence\":%d}", i);
    CHECK_OK(alog_writer_append(text_writer, text, (size_t)size));
  }
  alog_recorder *recorder = new_recorder();
  CHECK_OK(alog_recorder_add(recorder, samples, &of_samples));
  save(recorder, "samples", 1000); /* by itself, a recording of ROS 2 */
  CHECK_OK(alog_recorder_add(recorder, texts, &of_texts));
  CHECK_OK(alog_recorder_add(recorder, nothing, &of_nothing));
  save(recorder, "several", 1500);
  recorder = new_recorder();
  CHECK_OK(alog_recorder_add(recorder, nothing, &of_nothing));
  save(recorder, "empty", 0);
  alog_writer_release(writer);
  alog_writer_release(text_writer);
  alog_log_release(samples);
  alog_log_release(texts);
  alog_log_release(nothing);
}

/* Two logs of ROS 2 messages, whose times overlap. */
static void overlapping(void) {
  alog_recorder *recorder = new_recorder();
  alog_log *logs[2];
  for (int i = 0; i < 2; i++) {
    alog_channel channel = channel_of_samples();
    channel.topic = i == 0 ? "/samples" : "/more";
    logs[i] = create_fixed(fixed_options(1000, 256, sizeof(sample)));
    alog_writer *writer = claim(logs[i]);
    append_samples(writer, i == 0 ? 2000 : 2500);
    alog_writer_release(writer);
    CHECK_OK(alog_recorder_add(recorder, logs[i], &channel));
  }
  save(recorder, "overlapping", 2000);
  alog_log_release(logs[0]);
  alog_log_release(logs[1]);
}

typedef struct pair {
  uint64_t time;
  uint64_t value;
} pair;

static const alog_field pair_fields[] = {ALOG_FIELD(pair, time, ALOG_TYPE_U64), ALOG_FIELD(pair, value, ALOG_TYPE_U64)};

static alog_channel channel_of_pairs(void) {
  alog_channel channel = ALOG_CHANNEL_INIT;
  channel.topic = "/pairs";
  channel.schema_name = "test/msg/Pair";
  channel.fields = pair_fields;
  channel.field_count = 2;
  channel.time_offset = offsetof(pair, time);
  return channel;
}

/* A log whose times go back and forth: each time is the random value of its record, of 32 bits. */
static void unordered(void) {
  alog_log *log = create_fixed(fixed_options(1000, 256, sizeof(pair)));
  alog_writer *writer = claim(log);
  for (uint64_t i = 0; i < SAMPLES; i++) {
    const pair record = {(uint32_t)mix(i), mix(i)};
    CHECK_OK(alog_writer_append(writer, &record, sizeof record));
  }
  alog_recorder *recorder = new_recorder();
  const alog_channel channel = channel_of_pairs();
  CHECK_OK(alog_recorder_add(recorder, log, &channel));
  save(recorder, "unordered", 1000);
  alog_writer_release(writer);
  alog_log_release(log);
}

static struct rolling {
  alog_log *log;
  _Atomic(bool) stop;
} rolling;

static void *append_on(void *unused) {
  (void)unused;
  alog_writer *writer = claim(rolling.log);
  while (!atomic_load(&rolling.stop)) {
    append_samples(writer, 100);
  }
  alog_writer_release(writer);
  return NULL;
}

static void while_it_rolls(void) {
  rolling.log = create_fixed(fixed_options(20000, 256, sizeof(sample)));
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, append_on, NULL) == 0);
  while (log_range_of(rolling.log).begin == 0) {
    usleep(1000);
  }
  alog_recorder *recorder = new_recorder();
  const alog_channel channel = channel_of_samples();
  CHECK_OK(alog_recorder_add(recorder, rolling.log, &channel));
  save(recorder, "rolling", 20000);
  atomic_store(&rolling.stop, true);
  CHECK(pthread_join(thread, NULL) == 0);
  alog_log_release(rolling.log);
}

static void ten_million(void) {
  alog_log *log = create_fixed(fixed_options(LARGE, 65536, sizeof(pair)));
  alog_writer *writer = claim(log);
  for (uint64_t i = 0; i < LARGE; i++) {
    const pair record = {i * 1000, mix(i)};
    CHECK_OK(alog_writer_append(writer, &record, sizeof record));
  }
  alog_recorder *recorder = new_recorder();
  const alog_channel channel = channel_of_pairs();
  CHECK_OK(alog_recorder_add(recorder, log, &channel));
  save(recorder, "large", LARGE);
  alog_writer_release(writer);
  alog_log_release(log);
}

int main(int count, char **arguments) {
  CHECK(count == 2);
  directory = arguments[1];
  several();
  overlapping();
  unordered();
  while_it_rolls();
  ten_million();
  return 0;
}
