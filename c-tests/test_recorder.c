/*
 * The recorder: what logs hold, as a file of MCAP. A reader of the test's own (mcap.h) reads back what is written.
 * Scripts and tests of other languages read it with the libraries that users have (docs/TESTING.md).
 */
#include "counting.h"
#include "fixture.h"
#include "mcap.h"
#include "sample.h"

static alog_channel channel_of_texts(void) {
  alog_channel channel = ALOG_CHANNEL_INIT;
  channel.topic = "/texts";
  channel.message_encoding = "octets";
  return channel;
}

static void append_samples(alog_writer *writer, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) {
    const sample s = sample_of(alog_writer_next_sequence(writer), 0xee);
    CHECK_OK(alog_writer_append(writer, &s, sizeof s));
  }
}

/* Checks that a message is this sample: its bytes, with zeros between the members. */
static void check_sample(const mcap_message *message, uint64_t sequence) {
  const sample expected = sample_of(sequence, 0);
  const size_t size = offsetof(sample, last) + sizeof expected.last;
  CHECK_U64((uint32_t)sequence, message->sequence);
  CHECK_U64(expected.time, message->log_time);
  CHECK_U64(expected.time, message->publish_time);
  CHECK_U64(4 + size, message->size);
  const uint16_t one = 1;
  const unsigned char encapsulation[4] = {0, *(const unsigned char *)&one, 0, 0}; /* CDR of this byte order */
  CHECK_MEMORY(encapsulation, message->data, 4);
  CHECK_MEMORY(&expected, message->data + 4, size);
}

/* Reads the messages of one log that come next: the samples of a range. */
static void check_samples(mcap_reader *reader, uint16_t channel, alog_range range) {
  mcap_message message;
  for (uint64_t sequence = range.begin; sequence < range.end; sequence++) {
    CHECK(mcap_next(reader, &message));
    CHECK_U64(channel, message.channel);
    check_sample(&message, sequence);
  }
}

static void check_end(mcap_reader *reader) {
  mcap_message message;
  CHECK(!mcap_next(reader, &message));
}

static alog_recording recording_of(alog_recorder *recorder, mcap_file *file) {
  mcap_clear(file);
  alog_recording recording;
  memset(&recording, 0xaa, sizeof recording);
  CHECK_OK(alog_recorder_write(recorder, &recording));
  CHECK_U64(file->size, recording.bytes);
  return recording;
}

static alog_recorder *new_recorder(mcap_file *file) {
  static alog_recorder recorder;
  *file = mcap_empty();
  const alog_sink sink = mcap_sink(file);
  CHECK_OK(alog_recorder_init(&recorder, &sink));
  return &recorder;
}

static void every_record_of_fields_is_a_message(void) {
  alog_log *log = create_fixed(fixed_options(16, 4, sizeof(sample)));
  alog_writer *writer = claim(log);
  mcap_file file;
  alog_recorder *recorder = new_recorder(&file);
  const alog_channel channel = channel_of_samples();
  CHECK_OK(alog_recorder_add(recorder, log, &channel));
  /* Empty, within a segment, after rolls, and when the oldest records are gone. Each time the file is whole. */
  for (int round = 0; round < 40; round++) {
    const alog_range range = log_range_of(log);
    const alog_recording recording = recording_of(recorder, &file);
    CHECK_U64(range.end - range.begin, recording.records);
    CHECK_U64(range.begin, recording.older);
    CHECK_U64(0, recording.left_out);
    CHECK_RANGE(range.begin, range.end, recording.ranges[0]);
    CHECK_RANGE(0, 0, recording.ranges[1]);
    mcap_reader reader = mcap_read(&file);
    CHECK(mcap_is(reader.profile, "ros2"));
    CHECK(reader.library.size > 11 && memcmp(reader.library.data, "atomic-log ", 11) == 0);
    check_samples(&reader, 1, range);
    check_end(&reader);
    CHECK(mcap_is(reader.channels[1].topic, "/samples"));
    CHECK(mcap_is(reader.channels[1].message_encoding, "cdr"));
    CHECK(mcap_is(reader.channels[1].schema_name, "test/msg/Sample"));
    CHECK(mcap_is(reader.channels[1].schema_encoding, "ros2msg"));
    CHECK(mcap_is(reader.channels[1].schema_text, sample_schema));
    append_samples(writer, 1);
  }
  mcap_clear(&file);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void records_of_any_size_are_messages_as_they_are(void) {
  alog_log *log = create_bytes(bytes_options(1024, 256));
  alog_writer *writer = claim(log);
  mcap_file file;
  alog_recorder *recorder = new_recorder(&file);
  alog_channel channel = channel_of_texts();
  CHECK_OK(alog_recorder_add(recorder, log, &channel));
  channel.topic = "/texts with a schema";
  channel.schema_name = "Text";
  channel.schema_encoding = "prose";
  channel.schema = "any bytes";
  channel.schema_size = 9;
  CHECK_OK(alog_recorder_add(recorder, log, &channel));
  for (int i = 0; i < 300; i++) {
    CHECK_OK(append_text(writer));
  }
  const alog_range range = log_range_of(log);
  const alog_recording recording = recording_of(recorder, &file);
  CHECK_U64(2 * (range.end - range.begin), recording.records);
  CHECK_U64(2 * range.begin, recording.older);
  mcap_reader reader = mcap_read(&file);
  CHECK(mcap_is(reader.profile, ""));
  for (uint16_t id = 1; id <= 2; id++) {
    for (uint64_t sequence = range.begin; sequence < range.end; sequence++) {
      mcap_message message;
      CHECK(mcap_next(&reader, &message));
      CHECK_U64(id, message.channel);
      CHECK_U64(sequence, message.log_time); /* there is no time in them */
      const alog_slice record = {message.data, message.size};
      check_text(sequence, record);
    }
  }
  check_end(&reader);
  CHECK_U64(0, reader.channels[1].schema);
  CHECK(mcap_is(reader.channels[1].message_encoding, "octets"));
  CHECK_U64(2, reader.channels[2].schema);
  CHECK(mcap_is(reader.channels[2].schema_name, "Text"));
  CHECK(mcap_is(reader.channels[2].schema_encoding, "prose"));
  CHECK(mcap_is(reader.channels[2].schema_text, "any bytes"));
  mcap_clear(&file);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void times_of_byte_records_are_where_they_are_said_to_be(void) {
  alog_log *log = create_bytes(bytes_options(1024, 256));
  alog_writer *writer = claim(log);
  mcap_file file;
  alog_recorder *recorder = new_recorder(&file);
  alog_channel channel = channel_of_texts();
  channel.time_offset = 3;
  CHECK_OK(alog_recorder_add(recorder, log, &channel));
  unsigned char record[3 + sizeof(uint64_t)] = {0};
  const uint64_t times[] = {7, 9};
  for (int i = 0; i < 2; i++) {
    memcpy(record + 3, &times[i], sizeof times[i]);
    CHECK_OK(alog_writer_append(writer, record, sizeof record));
    CHECK_OK(alog_writer_append(writer, record, sizeof record - 1)); /* too short: that of the one before it */
  }
  recording_of(recorder, &file);
  mcap_reader reader = mcap_read(&file);
  for (int i = 0; i < 4; i++) {
    mcap_message message;
    CHECK(mcap_next(&reader, &message));
    CHECK_U64(times[i / 2], message.log_time);
  }
  check_end(&reader);
  mcap_clear(&file);
  /* Also if it is the newest record, or the oldest that is written. */
  static const struct {
    uint64_t max_records, max_age, expected;
  } asked[] = {{1, 0, 1}, {1, 1, 1}, {0, 1, 2}, {0, 2, 4}, {3, 2, 3}};
  for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
    recorder = new_recorder(&file);
    channel.max_records = asked[i].max_records;
    channel.max_age = asked[i].max_age;
    CHECK_OK(alog_recorder_add(recorder, log, &channel));
    CHECK_U64(asked[i].expected, recording_of(recorder, &file).records);
    mcap_reader newest = mcap_read(&file);
    mcap_message message;
    while (mcap_next(&newest, &message)) {
      CHECK_U64(times[message.sequence / 2], message.log_time);
    }
    mcap_clear(&file);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void large_records_and_schemas_are_whole(void) {
  /* About the size of what is written at once, and far beyond it. */
  static const uint64_t sizes[] = {2000, 4061, 4095, 4096, 4097, 8192, 16383, 16384, 16385, 100000};
  static unsigned char record[100000], schema[5000];
  for (size_t i = 0; i < sizeof record; i++) {
    record[i] = (unsigned char)mix(i);
  }
  memset(schema, 's', sizeof schema);
  for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
    alog_log *log = create_fixed(fixed_options(4, 2, sizes[s]));
    alog_writer *writer = claim(log);
    mcap_file file;
    alog_recorder *recorder = new_recorder(&file);
    alog_channel channel = channel_of_texts();
    channel.schema_name = "Large";
    channel.schema_encoding = "letters";
    channel.schema = schema;
    channel.schema_size = sizeof schema;
    CHECK_OK(alog_recorder_add(recorder, log, &channel));
    for (int i = 0; i < 9; i++) {
      CHECK_OK(alog_writer_append(writer, record, (size_t)sizes[s]));
    }
    const alog_recording recording = recording_of(recorder, &file);
    mcap_reader reader = mcap_read(&file);
    for (uint64_t i = 0; i < recording.records; i++) {
      mcap_message message;
      CHECK(mcap_next(&reader, &message));
      CHECK_U64(sizes[s], message.size);
      CHECK_MEMORY(record, message.data, message.size);
    }
    check_end(&reader);
    CHECK_U64(sizeof schema, reader.channels[1].schema_text.size);
    mcap_clear(&file);
    alog_writer_release(writer);
    alog_log_release(log);
  }
}

static void a_file_has_sixteen_logs(void) {
  alog_log *logs[ALOG_RECORDER_LOGS];
  mcap_file file;
  alog_recorder *recorder = new_recorder(&file);
  const alog_channel channel = channel_of_samples();
  for (uint64_t i = 0; i < ALOG_RECORDER_LOGS; i++) {
    logs[i] = create_fixed(fixed_options(8, 4, sizeof(sample)));
    CHECK_OK(alog_recorder_add(recorder, logs[i], &channel));
    alog_writer *writer = claim(logs[i]);
    append_samples(writer, 3 * i); /* the first is empty */
    alog_writer_release(writer);
  }
  CHECK_STATUS(ALOG_ERR_STATE, alog_recorder_add(recorder, logs[0], &channel));
  const alog_recording recording = recording_of(recorder, &file);
  mcap_reader reader = mcap_read(&file);
  uint64_t records = 0;
  for (uint16_t i = 0; i < ALOG_RECORDER_LOGS; i++) {
    const alog_range range = log_range_of(logs[i]);
    CHECK_RANGE(range.begin, range.end, recording.ranges[i]);
    check_samples(&reader, (uint16_t)(i + 1), range);
    records += range.end - range.begin;
  }
  check_end(&reader);
  CHECK_U64(records, recording.records);
  mcap_clear(&file);
  for (int i = 0; i < ALOG_RECORDER_LOGS; i++) {
    alog_log_release(logs[i]);
  }
}

static void a_recorder_without_logs_writes_an_empty_file(void) {
  mcap_file file;
  alog_recorder *recorder = new_recorder(&file);
  CHECK_U64(0, recording_of(recorder, &file).records);
  mcap_reader reader = mcap_read(&file);
  check_end(&reader);
  mcap_clear(&file);
}

static void an_open_group_is_not_written_and_a_published_one_is_whole(void) {
  alog_log *log = create_fixed(fixed_options(16, 4, sizeof(sample)));
  alog_writer *writer = claim(log);
  mcap_file file;
  alog_recorder *recorder = new_recorder(&file);
  const alog_channel channel = channel_of_samples();
  CHECK_OK(alog_recorder_add(recorder, log, &channel));
  append_samples(writer, 2);
  CHECK_OK(alog_writer_begin(writer));
  append_samples(writer, 9);
  CHECK_U64(2, recording_of(recorder, &file).records);
  CHECK_OK(alog_writer_publish(writer));
  CHECK_U64(11, recording_of(recorder, &file).records);
  /* Also when the writer is gone for good. */
  CHECK_OK(alog_writer_finish(writer));
  CHECK_U64(11, recording_of(recorder, &file).records);
  mcap_clear(&file);
  alog_log_release(log);
}

static void what_was_skipped_is_not_older(void) {
  alog_log *log = create_fixed(fixed_options(8, 4, sizeof(sample)));
  alog_writer *writer = claim(log);
  mcap_file file;
  alog_recorder *recorder = new_recorder(&file);
  const alog_channel channel = channel_of_samples();
  CHECK_OK(alog_recorder_add(recorder, log, &channel));
  append_samples(writer, 3);
  CHECK_OK(alog_writer_skip(writer, 1000));
  CHECK_U64(3, recording_of(recorder, &file).older);
  append_samples(writer, 30);
  const alog_recording recording = recording_of(recorder, &file);
  CHECK_U64(1030, recording.ranges[0].end);
  CHECK_U64(33, recording.older + recording.records);
  CHECK_U64(recording.records, recording.ranges[0].end - recording.ranges[0].begin);
  mcap_clear(&file);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void only_the_newest_are_written_if_asked(void) {
  alog_log *log = create_fixed(fixed_options(64, 8, sizeof(sample)));
  alog_writer *writer = claim(log);
  append_samples(writer, 100);
  const alog_range view = log_range_of(log);
  const uint64_t all = view.end - view.begin;
  /* At most this many records; and at most this much time, of which 10 lie between two records. */
  static const uint64_t counts[] = {0, 1, 3, 8, 9, 20, 1000, UINT64_MAX};
  static const uint64_t ages[] = {0, 1, 10, 19, 75, 10000, UINT64_MAX};
  for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
    for (size_t a = 0; a < sizeof ages / sizeof ages[0]; a++) {
      mcap_file file;
      alog_recorder *recorder = new_recorder(&file);
      alog_channel channel = channel_of_samples();
      channel.max_records = counts[c];
      channel.max_age = ages[a];
      CHECK_OK(alog_recorder_add(recorder, log, &channel));
      const alog_recording recording = recording_of(recorder, &file);
      uint64_t expected = counts[c] == 0 || counts[c] > all ? all : counts[c];
      if (ages[a] != 0 && ages[a] / 10 + 1 < expected) {
        expected = ages[a] / 10 + 1;
      }
      CHECK_U64(expected, recording.records);
      CHECK_U64(all - expected, recording.left_out);
      CHECK_U64(view.begin, recording.older);
      CHECK_RANGE(view.end - expected, view.end, recording.ranges[0]);
      mcap_reader reader = mcap_read(&file);
      check_samples(&reader, 1, recording.ranges[0]);
      check_end(&reader);
      mcap_clear(&file);
    }
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void what_the_sink_refuses_ends_the_recording(void) {
  alog_log *log = create_fixed(fixed_options(512, 64, sizeof(sample)));
  alog_writer *writer = claim(log);
  append_samples(writer, 500);
  mcap_file file;
  alog_recorder *recorder = new_recorder(&file);
  const alog_channel channel = channel_of_samples();
  CHECK_OK(alog_recorder_add(recorder, log, &channel));
  const alog_recording whole = recording_of(recorder, &file);
  const size_t pieces = file.pieces;
  CHECK(pieces == 4); /* 64 KB, by 16 KiB */
  static const struct {
    int32_t refusal, answer;
  } refusals[] = {{ALOG_ERR_NO_MEMORY, ALOG_ERR_NO_MEMORY},
                  {ALOG_ERR_IO, ALOG_ERR_IO},
                  {ALOG_UNCHANGED, ALOG_ERR_IO}, /* no error */
                  {-1000, ALOG_ERR_IO},          /* nor a status */
                  {1000, ALOG_ERR_IO}};
  for (size_t piece = 0; piece < pieces; piece++) {
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
      mcap_clear(&file);
      file.refuse_at = piece;
      file.refusal = (alog_status)refusals[i].refusal;
      alog_recording out = whole;
      out.records = 77;
      CHECK_STATUS(refusals[i].answer, alog_recorder_write(recorder, &out));
      CHECK_U64(77, out.records);
      CHECK_U64(piece + 1, file.pieces); /* it is not asked again */
    }
  }
  const alog_recording again = recording_of(recorder, &file);
  CHECK_MEMORY(&whole, &again, sizeof again);
  alog_stats stats = ALOG_STATS_INIT;
  CHECK_OK(alog_log_stats(log, &stats));
  CHECK_U64(0, stats.snapshots_live); /* whatever was refused, its view is gone */
  mcap_clear(&file);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void a_recording_allocates_nothing_and_holds_nothing(void) {
  counting counts;
  counting_init(&counts);
  alog_allocator allocator = {&counts, counting_allocate, counting_deallocate};
  alog_options options = fixed_options(64, 8, sizeof(sample));
  options.allocator = &allocator;
  alog_log *log = create_fixed(options);
  alog_writer *writer = claim(log);
  mcap_file file;
  alog_recorder *recorder = new_recorder(&file);
  const alog_channel channel = channel_of_samples();
  CHECK_OK(alog_recorder_add(recorder, log, &channel));
  append_samples(writer, 200);
  const size_t calls = atomic_load(&counts.calls);
  recording_of(recorder, &file);
  CHECK_OK(alog_recorder_write(recorder, NULL));
  CHECK_U64(calls, atomic_load(&counts.calls));
  mcap_clear(&file);
  /* The recorder has no count: the log is freed, and the recorder is only memory. */
  alog_writer_release(writer);
  alog_log_release(log);
  counting_done(&counts);
}

/* A sink that uses the same recorder while it is given the first piece of a recording. */
typedef struct nested {
  mcap_file inner;
  mcap_file outer;
  alog_recorder *recorder;
  int depth;
} nested;

static alog_status nested_write(void *context, const void *data, size_t size) {
  nested *self = (nested *)context;
  if (self->depth == 0 && self->outer.pieces == 1) {
    self->depth = 1;
    CHECK_OK(alog_recorder_write(self->recorder, NULL));
    self->depth = 0;
  }
  return mcap_write(self->depth == 0 ? &self->outer : &self->inner, data, size);
}

static void a_recording_may_interrupt_another(void) {
  alog_log *log = create_fixed(fixed_options(512, 64, sizeof(sample)));
  alog_writer *writer = claim(log);
  append_samples(writer, 300);
  static alog_recorder recorder;
  nested self;
  self.inner = self.outer = mcap_empty();
  self.recorder = &recorder;
  self.depth = 0;
  const alog_sink sink = {&self, nested_write};
  CHECK_OK(alog_recorder_init(&recorder, &sink));
  const alog_channel channel = channel_of_samples();
  CHECK_OK(alog_recorder_add(&recorder, log, &channel));
  CHECK_OK(alog_recorder_write(&recorder, NULL));
  mcap_file *files[] = {&self.outer, &self.inner};
  for (int i = 0; i < 2; i++) {
    mcap_reader reader = mcap_read(files[i]);
    check_samples(&reader, 1, log_range_of(log));
    check_end(&reader);
    mcap_clear(files[i]);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

/* ------------------------------------------------------------------------------ what is refused */

/* Checks that the channel is refused for a log in these words, and that a recorder refuses it too. */
static void check_problem(alog_log *log, const alog_channel *channel, const char *words) {
  static alog_recorder recorder;
  char problem[300];
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_channel_check(log, channel, problem, sizeof problem));
  if (strstr(problem, words) == NULL) {
    fprintf(stderr, "expected %s\nsaid     %s", words, problem);
    test_fail(__FILE__, __LINE__);
  }
  CHECK(strlen(problem) < 240);
  CHECK_OK(alog_recorder_init(&recorder, NULL));
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_recorder_add(&recorder, log, channel));
}

static void each_wrong_layout_is_told_in_words(void) {
  alog_log *log = create_fixed(fixed_options(8, 4, 32));
  static const struct {
    alog_field fields[3];
    size_t count;
    const char *words;
  } wrong[] = {
      {{{"a", ALOG_TYPE_U32, 0, 1}, {"b", ALOG_TYPE_U64, 4, 1}},
       2,
       "field b: offset 4 is not a multiple of the type's size; the field can be at 8"},
      {{{"a", ALOG_TYPE_U64, 0, 1}, {"b", ALOG_TYPE_U32, 4, 1}}, 2, "field b: offset 4 overlaps the field before it"},
      {{{"a", ALOG_TYPE_U64, 8, 1}, {"b", ALOG_TYPE_U64, 0, 1}},
       2,
       "field a: offset 8 leaves bytes before the field that belong to no other"},
      {{{"a", ALOG_TYPE_U8, 0, 1}, {"b", ALOG_TYPE_U8, 2, 1}},
       2,
       "field b: offset 2 leaves bytes before the field that belong to no other; list a field for them, which begins "
       "at or before 1"},
      {{{"a", ALOG_TYPE_U32, 0, 1}, {"b", ALOG_TYPE_U32, 8, 1}}, 2, "field b: offset 8 leaves bytes"},
      {{{"a", ALOG_TYPE_U64, 0, 5}}, 1, "field a: its last byte is before 40, beyond a record's 32 bytes"},
      {{{"a", ALOG_TYPE_U64, 0, UINT32_MAX}}, 1, "beyond a record's 32 bytes"},
      {{{"a", ALOG_TYPE_U8, UINT32_MAX, 1}}, 1, "field a: offset 4294967295 leaves bytes"},
      {{{"a", ALOG_TYPE_U64, 0, 0}}, 1, "field a: count is 0"},
      {{{"a", 0, 0, 1}}, 1, "field a: type 0 is none of ALOG_TYPE_*"},
      {{{"a", 0x108, 0, 1}}, 1, "field a: type 264 is none of ALOG_TYPE_*"},
      {{{"a", 0x100, 0, 1}}, 1, "field a: type 256 is none of ALOG_TYPE_*"},
      {{{NULL, ALOG_TYPE_U8, 0, 1}}, 1, "field 0 (the first is 0) has no name"},
      {{{"", ALOG_TYPE_U8, 0, 1}}, 1, "field 0 (the first is 0) has no name"},
      {{{"camelCase", ALOG_TYPE_U8, 0, 1}}, 1, "field camelCase: the name is none that readers of ROS 2 messages take"},
      {{{"a b", ALOG_TYPE_U8, 0, 1}}, 1, "field a b: the name"},
      {{{"1a", ALOG_TYPE_U8, 0, 1}}, 1, "field 1a: the name"},
      {{{"_a", ALOG_TYPE_U8, 0, 1}}, 1, "field _a: the name"},
      {{{"a_", ALOG_TYPE_U8, 0, 1}}, 1, "field a_: the name"},
      {{{"a__b", ALOG_TYPE_U8, 0, 1}}, 1, "field a__b: the name"},
      {{{"\xff", ALOG_TYPE_U8, 0, 1}}, 1, "field (not UTF-8): the name"},
      {{{"a", ALOG_TYPE_U8, 0, 1}, {"a", ALOG_TYPE_U8, 1, 1}}, 2, "field a: two fields have this name"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    alog_channel channel = channel_of_samples();
    channel.time_offset = ALOG_NO_TIME;
    channel.fields = wrong[i].fields;
    channel.field_count = wrong[i].count;
    check_problem(log, &channel, wrong[i].words);
  }
  alog_log_release(log);
}

static void each_wrong_channel_is_told_in_words(void) {
  alog_log *samples = create_fixed(fixed_options(8, 4, sizeof(sample)));
  alog_log *texts = create_bytes(bytes_options(64, 32));
  const alog_channel good = channel_of_samples(), plain = channel_of_texts();
  CHECK_OK(alog_channel_check(samples, &good, NULL, 0));
  CHECK_OK(alog_channel_check(samples, &plain, NULL, 0));
  CHECK_OK(alog_channel_check(texts, &plain, NULL, 0));
  alog_channel c;
#define WRONG(log, from, member, value, words) c = from, c.member = value, check_problem(log, &c, words)
  WRONG(samples, good, topic, NULL, "topic is empty");
  WRONG(samples, good, topic, "", "topic is empty");
  WRONG(samples, good, topic, "\xc3", "topic is not UTF-8");
  WRONG(samples, good, flags, 4, "flags 4 has a bit that this library does not know");
  char too_small[64];
  snprintf(too_small, sizeof too_small, "struct_size %zu is not the size of alog_channel", sizeof good - 1);
  WRONG(samples, good, struct_size, (uint32_t)sizeof good - 1, too_small);
  WRONG(samples, good, struct_size, 4097, "struct_size 4097 is not the size of alog_channel");
  WRONG(samples, good, schema_name, NULL, "schema_name is none that readers of ROS 2 messages take");
  WRONG(samples, good, schema_name, "Sample", "schema_name is none");
  WRONG(samples, good, schema_name, "test/msg/sample", "schema_name is none");
  WRONG(samples, good, schema_name, "Test/msg/Sample", "schema_name is none");
  WRONG(samples, good, schema_name, "test/srv/Sample", "schema_name is none");
  WRONG(samples, good, schema_name, "\xc3/msg/Sample", "schema_name is not UTF-8");
  WRONG(samples, good, field_count, 0, "field_count is 0");
  WRONG(samples, good, fields, NULL, "field_count 13, and fields is NULL");
  WRONG(samples, good, message_encoding, "json", "message_encoding is for records without fields");
  WRONG(samples, good, schema_encoding, "jsonschema", "the schema is for records without fields");
  WRONG(samples, good, schema_size, 7, "schema_size 7, and schema is NULL");
  WRONG(samples, good, time_offset, sizeof(sample) - 7, " leaves no 8 bytes for the time in a record of 80 bytes");
  WRONG(texts, good, flags, 0, "fields are for logs of records of one size");
  WRONG(texts, plain, message_encoding, NULL, "neither fields nor a message_encoding");
  WRONG(texts, plain, message_encoding, "\xc3", "message_encoding is not UTF-8");
  WRONG(texts, plain, schema_encoding, "\xc3", "schema_encoding is not UTF-8");
  c = plain, c.schema = "x", c.schema_size = 1, check_problem(texts, &c, "no schema_name or no schema_encoding");
  c.schema_name = "X", check_problem(texts, &c, "no schema_name or no schema_encoding");
  c = good, c.schema = "x", c.schema_size = 1, check_problem(samples, &c, "the schema is for records without fields");
  c = good, c.fields = (const alog_field *)(const void *)((const char *)sample_fields + 1);
  check_problem(samples, &c, "fields is not aligned");
#undef WRONG
  /* Of a later header: what this library does not know is zero, or refused. */
  struct {
    alog_channel channel;
    uint64_t newer;
  } later;
  memset((void *)&later, 0, sizeof later);
  later.channel = good;
  later.channel.struct_size = sizeof later;
  CHECK_OK(alog_channel_check(samples, &later.channel, NULL, 0));
  later.newer = 1;
  check_problem(samples, &later.channel, "says that there are members which this library does not know");
  /* A good one has no text, and a text that is too long is cut off. */
  char text[16];
  memset(text, 'x', sizeof text);
  CHECK_OK(alog_channel_check(samples, &good, text, sizeof text));
  CHECK(text[0] == '\0');
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_channel_check(texts, &good, text, 8));
  CHECK(strcmp(text, "fields ") == 0);
  alog_log_release(samples);
  alog_log_release(texts);
}

int main(void) {
  RUN(every_record_of_fields_is_a_message);
  RUN(records_of_any_size_are_messages_as_they_are);
  RUN(times_of_byte_records_are_where_they_are_said_to_be);
  RUN(large_records_and_schemas_are_whole);
  RUN(a_file_has_sixteen_logs);
  RUN(a_recorder_without_logs_writes_an_empty_file);
  RUN(an_open_group_is_not_written_and_a_published_one_is_whole);
  RUN(what_was_skipped_is_not_older);
  RUN(only_the_newest_are_written_if_asked);
  RUN(what_the_sink_refuses_ends_the_recording);
  RUN(a_recording_allocates_nothing_and_holds_nothing);
  RUN(a_recording_may_interrupt_another);
  RUN(each_wrong_layout_is_told_in_words);
  RUN(each_wrong_channel_is_told_in_words);
  return 0;
}
