/*
 * The recorder: several logs in one file, and times in any order. mcap.h checks chunks, indexes and statistics of each
 * file that this test reads.
 */
#include "fixture.h"
#include "mcap.h"

enum { LOGS = 3, TIMES_MAX = 8 };

typedef struct timed {
  uint64_t time;
  uint64_t number;
} timed;

static alog_channel channel_of_times(void) {
  alog_channel channel = ALOG_CHANNEL_INIT;
  channel.topic = "/times";
  channel.message_encoding = "octets";
  channel.time_offset = offsetof(timed, time);
  return channel;
}

static alog_log *log_of_times(uint64_t retained) { return create_fixed(fixed_options(retained, 8, sizeof(timed))); }

static void append_time(alog_writer *writer, uint64_t time) {
  const timed record = {time, number(alog_writer_next_sequence(writer))};
  CHECK_OK(alog_writer_append(writer, &record, sizeof record));
}

static void append_times(alog_log *log, const uint64_t *times, size_t count) {
  alog_writer *writer = claim(log);
  for (size_t i = 0; i < count; i++) {
    append_time(writer, times[i]);
  }
  alog_writer_release(writer);
}

/* Checks that the next message of the file is this record. */
static void check_time(mcap_reader *reader, uint16_t channel, uint64_t sequence, uint64_t time) {
  mcap_message message;
  CHECK(mcap_next(reader, &message));
  CHECK_U64(channel, message.channel);
  CHECK_U64(sequence, message.sequence);
  CHECK_U64(time, message.log_time);
  CHECK_U64(time, message.publish_time);
  const timed expected = {time, number(sequence)};
  CHECK_U64(sizeof expected, message.size);
  CHECK_MEMORY(&expected, message.data, sizeof expected);
}

static void check_end(mcap_reader *reader, uint64_t chunks) {
  mcap_message message;
  CHECK(!mcap_next(reader, &message));
  CHECK_U64(chunks, reader->chunk_count);
}

static alog_recorder *recorder_of(mcap_file *file, alog_log *const *logs, size_t count, const alog_channel *channel) {
  static alog_recorder recorder;
  *file = mcap_empty();
  const alog_sink sink = mcap_sink(file);
  CHECK_OK(alog_recorder_init(&recorder, &sink));
  for (size_t i = 0; i < count; i++) {
    CHECK_OK(alog_recorder_add(&recorder, logs[i], channel));
  }
  return &recorder;
}

static alog_recording write_of(alog_recorder *recorder, const mcap_file *file) {
  alog_recording recording;
  CHECK_OK(alog_recorder_write(recorder, &recording));
  CHECK_U64(file->size, recording.bytes);
  return recording;
}

static void check_views(alog_log *log, uint64_t expected) {
  alog_stats stats = ALOG_STATS_INIT;
  CHECK_OK(alog_log_stats(log, &stats));
  CHECK_U64(expected, stats.snapshots_live);
}

static void each_log_with_records_is_a_chunk_of_its_own(void) {
  /* The times of the logs overlap, lie within each other, touch, or lie apart. Some logs are empty, and some have equal
   * times. */
  static const struct {
    size_t counts[LOGS];
    uint64_t times[LOGS][TIMES_MAX];
  } files[] = {
      {{4, 4, 4}, {{10, 20, 30, 40}, {15, 25, 35, 45}, {5, 20, 40, 50}}},
      {{2, 3, 1}, {{0, UINT64_MAX}, {7, 8, 9}, {8}}},
      {{2, 2, 2}, {{50, 60}, {30, 40}, {10, 20}}},
      {{3, 0, 3}, {{7, 7, 7}, {0}, {7, 7, 7}}},
      {{0, 8, 0}, {{0}, {1, 2, 3, 4, 5, 6, 7, 8}, {0}}},
      {{1, 0, 0}, {{0}, {0}, {0}}},
      {{0, 0, 0}, {{0}, {0}, {0}}},
  };
  const alog_channel channel = channel_of_times();
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    alog_log *logs[LOGS];
    size_t chunks = 0;
    for (size_t k = 0; k < LOGS; k++) {
      logs[k] = log_of_times(64);
      append_times(logs[k], files[i].times[k], files[i].counts[k]);
      chunks += files[i].counts[k] > 0 ? 1 : 0;
    }
    mcap_file file;
    const alog_recording recording = write_of(recorder_of(&file, logs, LOGS, &channel), &file);
    mcap_reader reader = mcap_read(&file);
    for (size_t k = 0; k < LOGS; k++) {
      CHECK_RANGE(0, files[i].counts[k], recording.ranges[k]);
      for (size_t m = 0; m < files[i].counts[k]; m++) {
        check_time(&reader, (uint16_t)(k + 1), m, files[i].times[k][m]);
      }
      alog_log_release(logs[k]);
    }
    check_end(&reader, chunks);
    mcap_clear(&file);
  }
}

static void times_may_be_in_any_order(void) {
  static const uint64_t times[] = {100, 5, 7, 50, UINT64_MAX, 0, 6, 8};
  enum { COUNT = sizeof times / sizeof times[0] };
  static const struct {
    uint64_t max_records, max_age;
    uint64_t first, left_out;
  } asked[] = {
      {0, 0, 0, 0},          /* all */
      {0, 8, 0, 0},          /* since 0 */
      {0, 2, 0, 2},          /* neither 5 nor 0: since 6 */
      {7, 2, 2, 3},          /* and not the first */
      {4, 1, 4, 6},          /* UINT64_MAX and 8 */
      {3, 0, 5, 5},          /* the last three */
      {2, 1, 7, 7},          /* 8 */
      {1, UINT64_MAX, 7, 7}, /* 8 */
  };
  alog_log *log = log_of_times(64);
  append_times(log, times, COUNT);
  for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
    alog_channel channel = channel_of_times();
    channel.max_records = asked[i].max_records;
    channel.max_age = asked[i].max_age;
    mcap_file file;
    const alog_recording recording = write_of(recorder_of(&file, &log, 1, &channel), &file);
    CHECK_RANGE(asked[i].first, COUNT, recording.ranges[0]);
    CHECK_U64(asked[i].left_out, recording.left_out);
    CHECK_U64(COUNT, recording.records + recording.left_out);
    mcap_reader reader = mcap_read(&file);
    const uint64_t since = asked[i].max_age == 0 || asked[i].max_age > 8 ? 0 : 8 - asked[i].max_age;
    for (uint64_t sequence = asked[i].first; sequence < COUNT; sequence++) {
      if (times[sequence] >= since) {
        check_time(&reader, 1, sequence, times[sequence]);
      }
    }
    check_end(&reader, 1);
    mcap_clear(&file);
  }
  alog_log_release(log);
}

/* The file has their channels, and no chunk. */
static void bounds_leave_nothing_of_empty_logs(void) {
  alog_log *logs[] = {log_of_times(64), log_of_times(64), create_bytes(bytes_options(1024, 256))};
  alog_writer *writer = claim(logs[1]);
  append_time(writer, 10);
  CHECK_OK(alog_writer_skip(writer, 1000));
  static const uint64_t bounds[] = {0, 1, 8, UINT64_MAX};
  for (size_t i = 0; i < 16; i++) {
    alog_channel channel = channel_of_times();
    channel.max_records = bounds[i / 4];
    channel.max_age = bounds[i % 4];
    mcap_file file;
    const alog_recording recording = write_of(recorder_of(&file, logs, 3, &channel), &file);
    CHECK_U64(0, recording.records);
    CHECK_U64(0, recording.left_out);
    CHECK_U64(1, recording.older);
    CHECK_RANGE(1000, 1000, recording.ranges[1]);
    mcap_reader reader = mcap_read(&file);
    check_end(&reader, 0);
    CHECK(reader.channels[3].known && !reader.channels[4].known);
    mcap_clear(&file);
  }
  alog_writer_release(writer);
  for (size_t i = 0; i < 3; i++) {
    alog_log_release(logs[i]);
  }
}

/* A sink that appends to logs whenever it is given a piece. */
typedef struct appending {
  mcap_file file;
  alog_log *logs[LOGS];
  alog_writer *writers[LOGS];
} appending;

static alog_status append_and_write(void *context, const void *data, size_t size) {
  appending *self = (appending *)context;
  for (size_t i = 0; i < LOGS; i++) {
    check_views(self->logs[i], 1);
    for (int k = 0; k < 100; k++) { /* some rolls */
      append_time(self->writers[i], 1 + alog_writer_next_sequence(self->writers[i]));
    }
  }
  return mcap_write(&self->file, data, size);
}

/* The first log takes many pieces, and the others are written behind it. */
static void a_file_shows_its_logs_at_one_moment(void) {
  static alog_recorder recorder;
  appending self;
  self.file = mcap_empty();
  const alog_sink sink = {&self, append_and_write};
  CHECK_OK(alog_recorder_init(&recorder, &sink));
  const alog_channel channel = channel_of_times();
  alog_range ranges[LOGS];
  for (size_t i = 0; i < LOGS; i++) {
    self.logs[i] = log_of_times(i == 0 ? 5000 : 16);
    self.writers[i] = claim(self.logs[i]);
    for (uint64_t k = 0; k < (i == 0 ? 5000 : 20 * (2 - i)); k++) { /* the last is empty */
      append_time(self.writers[i], 1 + k);
    }
    ranges[i] = log_range_of(self.logs[i]);
    CHECK_OK(alog_recorder_add(&recorder, self.logs[i], &channel));
  }
  const alog_recording recording = write_of(&recorder, &self.file);
  CHECK(self.file.pieces > 10);
  mcap_reader reader = mcap_read(&self.file);
  for (size_t i = 0; i < LOGS; i++) {
    CHECK_RANGE(ranges[i].begin, ranges[i].end, recording.ranges[i]);
    for (uint64_t sequence = ranges[i].begin; sequence < ranges[i].end; sequence++) {
      check_time(&reader, (uint16_t)(i + 1), sequence, 1 + sequence);
    }
    check_views(self.logs[i], 0);
    alog_writer_release(self.writers[i]);
    alog_log_release(self.logs[i]);
  }
  check_end(&reader, 2);
  mcap_clear(&self.file);
}

static void a_refusal_lets_every_view_go(void) {
  alog_log *logs[LOGS];
  const alog_channel channel = channel_of_times();
  for (size_t i = 0; i < LOGS; i++) {
    static const uint64_t times[] = {1, 2, 3};
    logs[i] = log_of_times(64);
    append_times(logs[i], times, 3);
  }
  mcap_file file;
  alog_recorder *recorder = recorder_of(&file, logs, LOGS, &channel);
  file.refuse_at = 0;
  file.refusal = ALOG_ERR_IO;
  CHECK_STATUS(ALOG_ERR_IO, alog_recorder_write(recorder, NULL));
  for (size_t i = 0; i < LOGS; i++) {
    check_views(logs[i], 0);
    alog_log_release(logs[i]);
  }
  mcap_clear(&file);
}

int main(void) {
  RUN(each_log_with_records_is_a_chunk_of_its_own);
  RUN(times_may_be_in_any_order);
  RUN(bounds_leave_nothing_of_empty_logs);
  RUN(a_file_shows_its_logs_at_one_moment);
  RUN(a_refusal_lets_every_view_go);
  return 0;
}
