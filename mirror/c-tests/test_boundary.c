/*
 * Holds up, of every function of atomic_log_nats.h: for NULLs, wrong handles, misaligned pointers, and sizes and values
 * that are not allowed, it returns the status that its comment or the header's defaults tell, and writes no output.
 * Needs no server: nothing listens at the URL.
 *
 * scripts/mirror-test.sh checks that each function of the header is named here.
 */
#include <atomic_log_nats.h>

#include "test.h"

#define UNTOUCHED ((void *)(uintptr_t)0x5a5a5a5a5a5a5a5aull)

static alog_options log_options(void) {
  alog_options options = ALOG_OPTIONS_INIT;
  options.retained_capacity = 64;
  options.segment_capacity = 16;
  options.record_size = 8;
  return options;
}

static alog_log *log_of_numbers(void) {
  const alog_options options = log_options();
  alog_log *log;
  CHECK_OK(alog_log_create_fixed(&options, &log));
  return log;
}

static alog_nats_options good(void) {
  alog_nats_options options = ALOG_NATS_OPTIONS_INIT;
  options.url = "nats://127.0.0.1:1";
  options.stream = "ticks";
  return options;
}

/* Both functions that take options refuse these, and alog_nats_options_problem says why. */
static void refused(int32_t status, const alog_nats_options *options, const char *words) {
  char text[256];
  memset(text, 'x', sizeof text);
  CHECK_STATUS(status, alog_nats_options_problem(options, text, sizeof text));
  if (strstr(text, words) == NULL) {
    fprintf(stderr, "\"%s\" does not say \"%s\"", text, words);
    CHECK(false);
  }
  alog_log *log = log_of_numbers();
  alog_nats_publisher *publisher = (alog_nats_publisher *)UNTOUCHED;
  CHECK_STATUS(status, alog_nats_publish(log, options, &publisher));
  CHECK_POINTER(UNTOUCHED, publisher);
  alog_log_release(log);
  alog_nats_mirror *mirror = (alog_nats_mirror *)UNTOUCHED;
  alog_options mirrored = log_options();
  CHECK_STATUS(status, alog_nats_mirror_open(options, &mirrored, &mirror));
  CHECK_POINTER(UNTOUCHED, mirror);
}

static void structs_lie_as_they_are_documented(void) {
  _Static_assert(sizeof(alog_nats_options) == 144, "alog_nats_options");
  _Static_assert(offsetof(alog_nats_options, message_size) == 96, "message_size");
  _Static_assert(offsetof(alog_nats_options, max_age_ns) == 112, "max_age_ns");
  _Static_assert(offsetof(alog_nats_options, origin) == 128, "origin");
  _Static_assert(sizeof(alog_nats_stats) == 376, "alog_nats_stats");
  _Static_assert(offsetof(alog_nats_stats, origin) == 16, "origin");
  _Static_assert(offsetof(alog_nats_stats, reconnects) == 112, "reconnects");
  _Static_assert(offsetof(alog_nats_stats, last_error) == 120, "last_error");
}

static void init_is_the_macro(void) {
  alog_nats_options macro = ALOG_NATS_OPTIONS_INIT;
  alog_nats_options function;
  memset(&function, 0x5a, sizeof function);
  alog_nats_options_init(&function);
  CHECK_MEMORY(&macro, &function, sizeof macro);
  alog_nats_options_init(NULL);
}

static void good_options_have_no_problem(void) {
  alog_nats_options options = good();
  char text[8];
  memset(text, 'x', sizeof text);
  CHECK_OK(alog_nats_options_problem(&options, text, sizeof text));
  CHECK(text[0] == '\0');
  CHECK_OK(alog_nats_options_problem(&options, NULL, 0));
  CHECK_STATUS(ALOG_ERR_NULL, alog_nats_options_problem(&options, NULL, 1));
  /* Of a later version, with nothing in it that this one does not know. */
  struct {
    alog_nats_options options;
    uint64_t later;
  } larger = {good(), 0};
  larger.options.struct_size = sizeof larger;
  CHECK_OK(alog_nats_options_problem(&larger.options, text, sizeof text));
  larger.later = 1;
  refused(ALOG_ERR_ARGUMENT, &larger.options, "members which this library does not know");
  options.replicas = 6;
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_nats_options_problem(&options, text, sizeof text));
  CHECK(strcmp(text, "replica") == 0); /* cut */
}

/* Good options except for one, which is refused. */
#define REFUSED(status, change, words)  \
  do {                                  \
    alog_nats_options options = good(); \
    options.change;                     \
    refused(status, &options, words);   \
  } while (0)

static void wrong_options_are_refused(void) {
  refused(ALOG_ERR_NULL, NULL, "the options are NULL");
  REFUSED(ALOG_ERR_NULL, url = NULL, "url is NULL");
  REFUSED(ALOG_ERR_NULL, stream = NULL, "stream is NULL");
  REFUSED(ALOG_ERR_ARGUMENT, struct_size = 143, "struct_size");
  REFUSED(ALOG_ERR_ARGUMENT, struct_size = 4097, "struct_size");
  REFUSED(ALOG_ERR_ARGUMENT, flags = 4, "flags 4");
  REFUSED(ALOG_ERR_ARGUMENT, url = "nats://127.0.0.1:none", "url \"nats://127.0.0.1:none\"");
  REFUSED(ALOG_ERR_ARGUMENT, stream = "a b", "stream \"a b\"");
  REFUSED(ALOG_ERR_ARGUMENT, stream = "\xff", "stream is not UTF-8");
  REFUSED(ALOG_ERR_ARGUMENT, subject = "a.*", "subject \"a.*\"");
  REFUSED(ALOG_ERR_ARGUMENT, user = "me", "user and password");
  REFUSED(ALOG_ERR_ARGUMENT, tls_key = "key.pem", "tls_cert and tls_key");
  REFUSED(ALOG_ERR_ARGUMENT, message_size = 1023, "message_size 1023");
  REFUSED(ALOG_ERR_ARGUMENT, start = 2, "start 2");
  REFUSED(ALOG_ERR_ARGUMENT, replicas = 6, "replicas 6");
  REFUSED(ALOG_ERR_ARGUMENT, reserved = 1, "reserved 1");
  REFUSED(ALOG_ERR_ARGUMENT, max_bytes = UINT64_MAX, "max_bytes");
  REFUSED(ALOG_ERR_ARGUMENT, max_age_ns = UINT64_MAX, "max_age_ns");
  REFUSED(ALOG_ERR_ARGUMENT, url = "nats://me:secret@one", "url has an @");
  /* An array of twice the size has room for one that is not aligned. */
  alog_nats_options two[2] = {good(), good()};
  unsigned char *bytes = (unsigned char *)two;
  const alog_nats_options options = good();
  memcpy(bytes + 1, &options, sizeof options);
  refused(ALOG_ERR_ARGUMENT, (const alog_nats_options *)(void *)(bytes + 1), "not aligned");
}

/* What a handle is not. */
static uint64_t not_a_handle[8];

static void stats_of_any_size(int32_t (*stats)(const void *, alog_nats_stats *), const void *handle) {
  struct {
    alog_nats_stats stats;
    unsigned char later[8];
  } out;
  memset(&out, 0x5a, sizeof out);
  out.stats.struct_size = sizeof out;
  CHECK_OK(stats(handle, &out.stats));
  CHECK_U64(sizeof out, out.stats.struct_size);
  CHECK(out.stats.state == ALOG_NATS_CONNECTING);
  CHECK_U64(0, out.stats.records);
  CHECK(memchr(out.stats.last_error, '\0', sizeof out.stats.last_error) != NULL);
  unsigned char zeros[8] = {0};
  CHECK_MEMORY(zeros, out.later, sizeof zeros);
  memset(&out, 0x5a, sizeof out);
  for (uint32_t size = 375; size != 0; size = size == 375 ? 4097 : 0) {
    out.stats.struct_size = size;
    CHECK_STATUS(ALOG_ERR_ARGUMENT, stats(handle, &out.stats));
    CHECK(out.stats.state == 0x5a5a5a5a);
  }
  CHECK_STATUS(ALOG_ERR_NULL, stats(NULL, &out.stats));
  CHECK_STATUS(ALOG_ERR_NULL, stats(handle, NULL));
  CHECK_STATUS(ALOG_ERR_HANDLE, stats(not_a_handle, &out.stats));
  CHECK_STATUS(ALOG_ERR_HANDLE, stats((const unsigned char *)handle + 1, &out.stats));
  CHECK_STATUS(ALOG_ERR_ARGUMENT, stats(handle, (alog_nats_stats *)(void *)((unsigned char *)&out + 1)));
  CHECK(out.stats.state == 0x5a5a5a5a);
}

static int32_t publisher_stats(const void *handle, alog_nats_stats *out) {
  return alog_nats_publisher_stats((const alog_nats_publisher *)handle, out);
}

static int32_t mirror_stats(const void *handle, alog_nats_stats *out) {
  return alog_nats_mirror_stats((const alog_nats_mirror *)handle, out);
}

static void a_publisher_without_a_server_is_one(void) {
  alog_log *log = log_of_numbers();
  alog_nats_options options = good();
  alog_nats_publisher *publisher = (alog_nats_publisher *)UNTOUCHED;
  CHECK_STATUS(ALOG_ERR_NULL, alog_nats_publish(NULL, &options, &publisher));
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_nats_publish((alog_log *)not_a_handle, &options, &publisher));
  CHECK_STATUS(ALOG_ERR_NULL, alog_nats_publish(log, &options, NULL));
  alog_nats_publisher *places[2] = {NULL, NULL};
  alog_nats_publisher **misaligned = (alog_nats_publisher **)(void *)((unsigned char *)places + 1);
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_nats_publish(log, &options, misaligned));
  CHECK_POINTER(UNTOUCHED, publisher);
  CHECK_OK(alog_nats_publish(log, &options, &publisher));
  stats_of_any_size(publisher_stats, publisher);

  alog_writer *writer;
  uint64_t record = 7;
  CHECK_OK(alog_writer_claim(log, &writer));
  CHECK_OK(alog_writer_append(writer, &record, sizeof record));
  alog_writer_release(writer);
  alog_nats_stats stats = ALOG_NATS_STATS_INIT;
  CHECK_OK(alog_nats_publisher_stats(publisher, &stats));
  CHECK_U64(1, stats.lag_records);
  unsigned char zeros[16] = {0};
  CHECK(memcmp(stats.origin, zeros, sizeof zeros) != 0);

  uint64_t left[2] = {99, 99};
  CHECK_STATUS(ALOG_ERR_HANDLE, alog_nats_publisher_close((alog_nats_publisher *)not_a_handle, 0, left));
  uint64_t *odd = (uint64_t *)(void *)((unsigned char *)left + 1);
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_nats_publisher_close(publisher, 0, odd));
  CHECK_U64(99, left[0]);
  CHECK_STATUS(ALOG_TIMEOUT, alog_nats_publisher_close(publisher, 1000000, left));
  CHECK_U64(1, left[0]);
  CHECK_OK(alog_nats_publisher_close(NULL, 0, left));
  CHECK_U64(0, left[0]);
  CHECK_OK(alog_nats_publisher_close(NULL, ALOG_WAIT_FOREVER, NULL));
  alog_log_release(log);
}

static void a_mirror_without_a_server_is_one(void) {
  alog_nats_options options = good();
  alog_options mirrored = log_options();
  alog_nats_mirror *mirror = (alog_nats_mirror *)UNTOUCHED;
  CHECK_STATUS(ALOG_ERR_NULL, alog_nats_mirror_open(&options, NULL, &mirror));
  CHECK_STATUS(ALOG_ERR_NULL, alog_nats_mirror_open(&options, &mirrored, NULL));
  alog_nats_mirror *places[2] = {NULL, NULL};
  alog_nats_mirror **misaligned = (alog_nats_mirror **)(void *)((unsigned char *)places + 1);
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_nats_mirror_open(&options, &mirrored, misaligned));
  mirrored.struct_size = 55;
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_nats_mirror_open(&options, &mirrored, &mirror));
  mirrored = log_options(), mirrored.retained_capacity = 0;
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_nats_mirror_open(&options, &mirrored, &mirror));
  mirrored = log_options();
  const alog_allocator nothing = {NULL, NULL, NULL};
  mirrored.allocator = &nothing;
  CHECK_STATUS(ALOG_ERR_NULL, alog_nats_mirror_open(&options, &mirrored, &mirror));
  alog_options two[2];
  mirrored = log_options();
  memcpy((unsigned char *)two + 1, &mirrored, sizeof mirrored);
  const alog_options *odd = (const alog_options *)(void *)((unsigned char *)two + 1);
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_nats_mirror_open(&options, odd, &mirror));
  CHECK_POINTER(UNTOUCHED, mirror);

  CHECK_OK(alog_nats_mirror_open(&options, &mirrored, &mirror));
  stats_of_any_size(mirror_stats, mirror);
  CHECK_POINTER(NULL, alog_nats_mirror_log(NULL));
  CHECK_POINTER(NULL, alog_nats_mirror_log((const alog_nats_mirror *)not_a_handle));
  alog_log *log = alog_nats_mirror_log(mirror);
  alog_options made = ALOG_OPTIONS_INIT;
  CHECK_OK(alog_log_options(log, &made));
  CHECK_U64(8, made.record_size);
  alog_writer *writer;
  CHECK_STATUS(ALOG_ERR_CLAIMED, alog_writer_claim(log, &writer));
  alog_nats_mirror_close(NULL);
  alog_nats_mirror_close((alog_nats_mirror *)not_a_handle);
  alog_nats_mirror_close(mirror);
  CHECK(!alog_log_is_finished(log) && !alog_log_has_writer(log));
  alog_log_release(log);

  mirrored.record_size = 0;
  CHECK_OK(alog_nats_mirror_open(&options, &mirrored, &mirror));
  log = alog_nats_mirror_log(mirror);
  CHECK_OK(alog_log_options(log, &made));
  CHECK_U64(0, made.record_size);
  alog_nats_mirror_close(mirror);
  alog_log_release(log);
}

int main(void) {
  RUN(structs_lie_as_they_are_documented);
  RUN(init_is_the_macro);
  RUN(good_options_have_no_problem);
  RUN(wrong_options_are_refused);
  RUN(a_publisher_without_a_server_is_one);
  RUN(a_mirror_without_a_server_is_one);
  return 0;
}
