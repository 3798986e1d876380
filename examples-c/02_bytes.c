/* 02_bytes: a log of records of any length, here the lines of a trace.
 *
 * Shows: appending one record, several slices, or one buffer that holds several; reading them in place through spans;
 * reading one record by its sequence; what the log returns for an evicted one.
 * Introduces: alog_log_create_bytes, alog_writer_append_slices, alog_writer_append_packed,
 *   alog_writer_next_sequence, alog_snapshot_range, alog_snapshot_record, alog_chunk.spans.
 *
 * Build: cc -Iinclude examples-c/02_bytes.c -Ltarget/lib -latomic_log -o 02_bytes
 * Run:   LD_LIBRARY_PATH=target/lib ./02_bytes
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atomic_log.h"

static bool failed(alog_status status, const char *what) {
  if (status >= ALOG_OK) return false;
  fprintf(stderr, "%s: %s: %s\n", what, alog_status_name(status), alog_status_message(status));
  return true;
}

/* A span is an offset from its chunk's data, and a size. Records do not end with a zero. */
static bool print_view(const alog_snapshot *view) {
  for (size_t i = 0; i < alog_snapshot_chunk_count(view); i++) {
    alog_chunk chunk;
    if (failed(alog_snapshot_chunk(view, i, &chunk), "chunk")) return false;
    printf("segment %" PRIu64 "\n", chunk.segment_sequence);
    for (size_t j = 0; j < chunk.count; j++) {
      const char *text = (const char *)chunk.data + chunk.spans[j].offset;
      printf("  #%-3" PRIu64 " %.*s\n", chunk.first_sequence + j, (int)chunk.spans[j].size, text);
    }
  }
  return true;
}

static bool print_record(const alog_snapshot *view, uint64_t sequence) {
  alog_slice record;
  alog_status status = alog_snapshot_record(view, sequence, &record);
  if (status == ALOG_ERR_OUT_OF_RANGE) {
    printf("  #%-3" PRIu64 " is not in this view\n", sequence);
    return true;
  }
  if (failed(status, "record")) return false;
  printf("  #%-3" PRIu64 " %.*s\n", sequence, (int)record.size, (const char *)record.data);
  return true;
}

static alog_slice text_slice(const char *text) { return (alog_slice){.data = text, .size = strlen(text)}; }

int main(void) {
  int result = EXIT_FAILURE;
  alog_log *log = NULL;
  alog_writer *writer = NULL;
  alog_snapshot *view = NULL;

  /* Capacities are bytes now: about 256 bytes of lines stay readable, in segments of 128. */
  alog_options options = ALOG_OPTIONS_INIT;
  options.retained_capacity = 256;
  options.segment_capacity = 128;
  if (failed(alog_log_create_bytes(&options, &log), "create")) goto done;
  if (failed(alog_writer_claim(log, &writer), "claim")) goto done;

  const char *hello = "boot: three lines will follow together";
  if (failed(alog_writer_append(writer, hello, strlen(hello)), "append")) goto done;

  /* Records that lie apart. Readers see all three, or none. */
  const alog_slice start[] = {text_slice("net: link up"), text_slice("net: address 192.0.2.7"),
                              text_slice("net: ready")};
  if (failed(alog_writer_append_slices(writer, start, 3), "append_slices")) goto done;

  /* Records that lie back to back in one buffer, as a parser or a socket leaves them. */
  const char packed[] = "job 1: startedjob 2: startedjob 1: done";
  const uint32_t sizes[] = {14, 14, 11};
  if (failed(alog_writer_append_packed(writer, packed, sizes, 3), "append_packed")) goto done;

  if (failed(alog_snapshot_create(log, &view), "snapshot")) goto done;
  if (!print_view(view)) goto done;

  printf("\ntwelve more lines, then a refresh\n");
  for (int i = 1; i <= 12; i++) {
    char line[64];
    int length = snprintf(line, sizeof line, "job %d: %d%% of the work is done", 2 + i % 3, 8 * i);
    if (length < 0 || (size_t)length >= sizeof line) goto done;
    if (failed(alog_writer_append(writer, line, (size_t)length), "append")) goto done;
  }
  if (failed(alog_snapshot_refresh(view, NULL), "refresh")) goto done;

  alog_range range;
  if (failed(alog_snapshot_range(view, &range), "range")) goto done;
  printf("%" PRIu64 " records were written, the view holds #%" PRIu64 " to #%" PRIu64 "\n",
         alog_writer_next_sequence(writer), range.begin, range.end - 1);
  if (!print_record(view, 0)) goto done;
  if (!print_record(view, range.begin) || !print_record(view, range.end - 1)) goto done;
  result = EXIT_SUCCESS;

done:
  alog_snapshot_destroy(view);
  alog_writer_release(writer);
  alog_log_release(log);
  return result;
}
