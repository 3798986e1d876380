/*
 * Holds up, of the C library beside the program's libatomic_log: what a publisher publishes is in a mirror's log, the
 * end too.
 *
 * Usage: test_carried URL, of a server with JetStream.
 */
#include <atomic_log_nats.h>

#include "test.h"

enum { RECORDS = 50000 };

static const char *url;

static void carry(const char *stream, uint64_t record_size) {
  alog_options shape = ALOG_OPTIONS_INIT;
  shape.retained_capacity = record_size != 0 ? RECORDS : RECORDS * 16;
  shape.segment_capacity = shape.retained_capacity / 8;
  shape.record_size = record_size;
  shape.segment_records = record_size != 0 ? 0 : RECORDS;
  alog_log *log;
  alog_writer *writer;
  CHECK_OK(record_size != 0 ? alog_log_create_fixed(&shape, &log) : alog_log_create_bytes(&shape, &log));
  CHECK_OK(alog_writer_claim(log, &writer));

  alog_nats_options options = ALOG_NATS_OPTIONS_INIT;
  options.url = url;
  options.stream = stream;
  options.flags = ALOG_NATS_CREATE | ALOG_NATS_MEMORY;
  alog_nats_publisher *publisher;
  alog_nats_mirror *mirror;
  CHECK_OK(alog_nats_publish(log, &options, &publisher));
  CHECK_OK(alog_nats_mirror_open(&options, &shape, &mirror));
  alog_log *mirrored = alog_nats_mirror_log(mirror);
  alog_cursor *cursor;
  CHECK_OK(alog_cursor_open(mirrored, ALOG_START_OLDEST, &cursor));

  for (uint64_t i = 0; i < RECORDS; i++) CHECK_OK(alog_writer_append(writer, &i, record_size != 0 ? 8 : i % 9));
  CHECK_OK(alog_writer_finish(writer));

  uint64_t next = 0;
  while (alog_cursor_wait(cursor, 10000000000) == ALOG_OK) {
    alog_delta delta;
    alog_chunk chunk;
    CHECK(alog_cursor_refresh(cursor, &delta) >= 0);
    CHECK_U64(0, delta.lost);
    while (alog_cursor_next(cursor, &chunk) == ALOG_OK) {
      CHECK_U64(next, chunk.first_sequence);
      for (size_t i = 0; i < chunk.count; i++, next++) {
        const unsigned char *base = (const unsigned char *)chunk.data;
        const unsigned char *data = base + (chunk.spans != NULL ? chunk.spans[i].offset : i * chunk.stride);
        if (chunk.spans != NULL) CHECK_U64(next % 9, chunk.spans[i].size);
        CHECK_MEMORY(&next, data, chunk.spans != NULL ? chunk.spans[i].size : 8);
      }
    }
  }
  CHECK_U64(RECORDS, next);
  CHECK_STATUS(ALOG_FINISHED, alog_cursor_wait(cursor, 0));

  uint64_t left = 99;
  CHECK_OK(alog_nats_publisher_close(publisher, 10000000000, &left));
  CHECK_U64(0, left);
  alog_nats_stats stats = ALOG_NATS_STATS_INIT;
  CHECK_OK(alog_nats_mirror_stats(mirror, &stats));
  CHECK_U64(RECORDS, stats.records);
  CHECK_U64(RECORDS, stats.next_sequence);
  CHECK(stats.state == ALOG_NATS_FINISHED);
  alog_cursor_destroy(cursor);
  alog_log_release(mirrored);
  alog_nats_mirror_close(mirror);
  alog_log_release(log);
}

static void records_of_one_size_arrive(void) { carry("fixed", 8); }

static void records_of_any_size_arrive(void) { carry("bytes", 0); }

int main(int argc, char **argv) {
  CHECK(argc == 2);
  url = argv[1];
  RUN(records_of_one_size_arrive);
  RUN(records_of_any_size_arrive);
  return 0;
}
