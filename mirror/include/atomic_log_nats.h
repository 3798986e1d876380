/*
 * atomic_log_nats.h: logs on other machines. A publisher follows a log and publishes it to a stream of NATS JetStream;
 * a mirror reads the stream and writes a log of its own, with the same records under the same sequences.
 *
 *   alog_nats_options options = ALOG_NATS_OPTIONS_INIT;
 *   options.url = "nats://10.0.0.1:4222";
 *   options.stream = "ticks";
 *   options.flags = ALOG_NATS_CREATE;
 *   alog_nats_publisher *publisher;                               // beside the log's writer
 *   if (alog_nats_publish(log, &options, &publisher) != ALOG_OK) return 1;
 *   ...
 *   if (alog_nats_publisher_close(publisher, 5000000000, &left) == ALOG_TIMEOUT) complain(left);
 *
 *   alog_nats_mirror *mirror;                                     // on another machine
 *   if (alog_nats_mirror_open(&options, &log_options, &mirror) != ALOG_OK) return 1;
 *   alog_log *log = alog_nats_mirror_log(mirror);                 // for snapshots and cursors, as any log
 *   ...
 *   alog_log_release(log), alog_nats_mirror_close(mirror);
 *
 * The conventions are those of atomic_log.h, and so are the statuses. Besides:
 * - The library calls atomic_log.h's functions, of the program's libatomic_log; link both.
 * - What happens later than the call is told in stats, in words. Nothing but its handle's close ends a publisher or a
 * mirror, except a
 *   second publisher of the same stream.
 * - Threads that the library makes block no signals. Memory that is the system's ends the process when there is none; a
 * log's
 *   memory does not.
 *
 * Generated from mirror/src/ffi by cbindgen (scripts/mirror-test.sh). Do not edit.
 */

#ifndef ALOG_ATOMIC_LOG_NATS_H
#define ALOG_ATOMIC_LOG_NATS_H

#include "atomic_log.h"

/** Initialises an alog_nats_options: alog_nats_options options = ALOG_NATS_OPTIONS_INIT; */
#define ALOG_NATS_OPTIONS_INIT                                                                     \
  {sizeof(alog_nats_options), 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
   0, 0, 0, 0, 0, 0, {0}}

/** Initialises an alog_nats_stats: alog_nats_stats stats = ALOG_NATS_STATS_INIT; */
#define ALOG_NATS_STATS_INIT                                                                       \
  {sizeof(alog_nats_stats), 0, 0, 0, {0}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0}}

/**
 * The stream is made if it is not there, as the other members say.
 */
#define ALOG_NATS_CREATE 1

/**
 * A stream that is made lies in the servers' memory; otherwise in files.
 */
#define ALOG_NATS_MEMORY 2

/**
 * As alog_nats_stats.state: no connection yet, or no stream; it goes on trying.
 */
#define ALOG_NATS_CONNECTING 0

/**
 * It carries records.
 */
#define ALOG_NATS_RUNNING 1

/**
 * The log was finished, and all of it has arrived. A mirror goes on if another life of the log comes.
 */
#define ALOG_NATS_FINISHED 2

/**
 * It ended for good: status and last_error say why.
 */
#define ALOG_NATS_STOPPED 3

/**
 * Reads a stream, and writes what it says into a log of its own. Unique; stats and log from any thread, close alone.
 */
typedef struct alog_nats_mirror alog_nats_mirror;

/**
 * Follows a log, and publishes what it reads to a stream. Unique; stats from any thread, close alone.
 */
typedef struct alog_nats_publisher alog_nats_publisher;

/**
 * The server, the stream, and who one is. All texts are UTF-8, and copied. What is for publishers only, mirrors
 * ignore.
 *
 * 144 bytes on 64-bit targets. Grows at the end; any struct_size from the first release's to 4096 is accepted, and
 * bytes past the library's own must be zero.
 */
typedef struct alog_nats_options {
  /**
   * ALOG_NATS_OPTIONS_INIT sets it.
   */
  uint32_t struct_size;
  /**
   * Any of ALOG_NATS_CREATE and ALOG_NATS_MEMORY, or 0. For publishers.
   */
  uint32_t flags;
  /**
   * The server, such as "nats://127.0.0.1:4222", or several of a cluster with commas between them. Required.
   */
  const char *url;
  /**
   * The stream's name. It carries one log. Required.
   */
  const char *stream;
  /**
   * The subject of the messages; NULL: the stream's name. For publishers.
   */
  const char *subject;
  /**
   * What the server calls the connection where it lists them, or NULL.
   */
  const char *name;
  /**
   * A file of credentials, or NULL: a JWT, and the seed of an NKey.
   */
  const char *credentials;
  /**
   * A user, with a password; or NULL.
   */
  const char *user;
  /**
   * The user's password, or NULL.
   */
  const char *password;
  /**
   * A token, or NULL.
   */
  const char *token;
  /**
   * TLS: a file of the certificates of those who may sign the server's; NULL: those that the system has.
   */
  const char *tls_ca;
  /**
   * TLS: the file of the certificate that one shows to the server, with tls_key; or NULL.
   */
  const char *tls_cert;
  /**
   * TLS: the file of its key, or NULL.
   */
  const char *tls_key;
  /**
   * Bytes of a message's payload at most, 1024 to 8388608; a larger record has a message of its own. The server's
   * own limit holds, too. 0: 65536. For publishers.
   */
  uint32_t message_size;
  /**
   * One of ALOG_START_*. A publisher begins at the oldest record that the log retains, or at what is published next;
   * a mirror at the stream's oldest message, or at the next one.
   */
  uint32_t start;
  /**
   * A stream that is made: how many servers of a cluster have each message, at most 5; 0: 1.
   */
  uint32_t replicas;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * A stream that is made: how old a message may become, in nanoseconds; 0: any age.
   */
  uint64_t max_age_ns;
  /**
   * A stream that is made: how many bytes it may have; the oldest messages go. 0: any number.
   */
  uint64_t max_bytes;
  /**
   * All zero: a new life of a log. A publisher of a log that had one before is given what its stats said: it then
   * goes on behind what the stream has.
   */
  uint8_t origin[16];
} alog_nats_options;

/**
 * What a publisher sent, or a mirror received, and how it is. The figures may be a moment old. Grows at the end.
 */
typedef struct alog_nats_stats {
  /**
   * ALOG_NATS_STATS_INIT sets it.
   */
  uint32_t struct_size;
  /**
   * One of ALOG_NATS_CONNECTING, _RUNNING, _FINISHED, _STOPPED.
   */
  uint32_t state;
  /**
   * Why it stopped, an alog_status; until then 0. ALOG_ERR_CLAIMED: another publisher writes to the stream;
   * ALOG_ERR_INTERNAL: a bug in the library; ALOG_ERR_IO: the system refused something.
   */
  int32_t status;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * The life of a log that is carried, 128 random bits; all zero: none yet.
   */
  uint8_t origin[16];
  /**
   * How many lives of a log there were.
   */
  uint64_t origins;
  /**
   * Publisher: records that the stream acknowledged. Mirror: records that its log has got.
   */
  uint64_t records;
  /**
   * Bytes of the messages' payloads: of those that were acknowledged, or received.
   */
  uint64_t bytes;
  /**
   * The messages themselves.
   */
  uint64_t messages;
  /**
   * Publisher: the sequence behind the last record that the stream acknowledged. Mirror: of the record that comes
   * next.
   */
  uint64_t next_sequence;
  /**
   * Records that the stream or the mirror's log never gets: evicted before they were sent, or larger than the server
   * takes; for a mirror also expired in the stream, or of a publication that does not fit its log.
   */
  uint64_t lost;
  /**
   * Records that were sent again, or came again.
   */
  uint64_t repeated;
  /**
   * Messages that were none of a log, or whose records are not what the mirror's log has.
   */
  uint64_t garbage;
  /**
   * Publisher: records of the log that are not acknowledged. Mirror: about how many the stream has that it did not
   * read; 0 is exact.
   */
  uint64_t lag_records;
  /**
   * Publisher: nanoseconds since the oldest message was made that is not acknowledged; 0: there is none. Mirror:
   * nanoseconds from when the newest message was made to when it was in the log, by two clocks.
   */
  uint64_t lag_ns;
  /**
   * How often the connection came back.
   */
  uint64_t reconnects;
  /**
   * The last thing that went wrong, in words, with a NUL behind them; empty: nothing did.
   */
  char last_error[256];
} alog_nats_stats;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Sets all options to their defaults, as ALOG_NATS_OPTIONS_INIT does: for languages without macros.
 *
 * @param options  Receives the first release's 144 bytes. NULL is ignored.
 *
 * Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
 * Safety: options must be NULL, or there must be room.
 */
ALOG_API void alog_nats_options_init(struct alog_nats_options *options);

/**
 * Says in words which option is wrong, and what it may be: "replicas 6 is more than 5". Does not look whether a server
 * is there.
 *
 * @param options  The options, of struct_size bytes.
 * @param text     Receives, whatever is returned, one line of text, cut off if it is longer than that, and a NUL
 *                 behind it; an empty one if nothing is wrong. May be NULL if size is 0.
 * @param size     Bytes that there is room for, the NUL's included. 256 are enough beside a text of the caller's.
 * @return ALOG_OK: nothing is wrong; ALOG_ERR_NULL: options, its url or its stream is NULL, or text;
 *         ALOG_ERR_ARGUMENT: options is misaligned, or struct_size or another member is not what alog_nats_options
 *         says.
 *
 * Threads: any. Blocking: never. Allocates: yes. Since: 0.1.0.
 * Safety: options must be NULL or point to as many bytes as its struct_size says, and its texts end with NUL; text
 * must have room for size bytes.
 */
ALOG_API
alog_status alog_nats_options_problem(const struct alog_nats_options *options,
                                      char *text,
                                      size_t size);

/**
 * Begins to publish a log, of records of one size or of any, in two threads of its own. To the log it is a reader with
 * one view; the writer is never slowed, and what is evicted before it was sent is lost to the stream and counted. It
 * sleeps when nothing is new, and sees at once what the writer notifies, and after 10 ms what it does not.
 *
 * The server need not be there: it tries until it is, and tells in its stats what goes wrong.
 *
 * @param log      The log. The publisher has a count of its own on it.
 * @param options  The options, of struct_size bytes.
 * @param out      Receives the publisher.
 * @return ALOG_OK; ALOG_ERR_NULL: log, options, its url or its stream, or out is NULL; ALOG_ERR_HANDLE: log is none;
 *         ALOG_ERR_ARGUMENT: options or out is misaligned, or a member is not what alog_nats_options says
 *         (alog_nats_options_problem says which); ALOG_ERR_NO_MEMORY: the log's allocator refused a view; ALOG_ERR_IO:
 *         the system refused a thread, or random numbers.
 *
 * Threads: any. Blocking: never. Allocates: yes. Lifetime: until alog_nats_publisher_close. Since: 0.1.0.
 * Safety: log must be NULL or a live handle; options as for alog_nats_options_problem; out must be NULL or have room.
 */
ALOG_NODISCARD
ALOG_API
alog_status alog_nats_publish(alog_log *log,
                              const struct alog_nats_options *options,
                              struct alog_nats_publisher **out);

/**
 * What a publisher did, and how it is.
 *
 * @param publisher  The publisher.
 * @param out        Receives at most struct_size bytes, which it must say; what this library does not know becomes 0.
 * @return ALOG_OK; ALOG_ERR_NULL: publisher or out is NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: out is misaligned, or
 *         struct_size is smaller than the first release's 376 bytes, or larger than 4096.
 *
 * Threads: any. Blocking: never. Allocates: yes. Since: 0.1.0.
 * Safety: publisher must be NULL or a live handle; out must be NULL or have room for struct_size bytes.
 */
ALOG_API
alog_status alog_nats_publisher_stats(const struct alog_nats_publisher *publisher,
                                      struct alog_nats_stats *out);

/**
 * Sends what is in the log by now, waits until the stream has acknowledged it, but no longer than the timeout, and
 * ends the publisher. The log stays.
 *
 * @param publisher       The publisher; NULL is ALOG_OK.
 * @param timeout_ns      Nanoseconds; 0: what is not acknowledged is given up; ALOG_WAIT_FOREVER.
 * @param unacknowledged  Receives how many of the log's records the stream did not acknowledge. May be NULL.
 * @return ALOG_OK: all are acknowledged; ALOG_TIMEOUT: some are not; ALOG_ERR_HANDLE, ALOG_ERR_ARGUMENT:
 *         unacknowledged is misaligned: nothing ends then.
 *
 * Threads: owner. Blocking: up to the timeout, and until its threads have ended, a moment later. Allocates: yes.
 * Since: 0.1.0.
 * Safety: publisher must be NULL or a live handle, which ends here; unacknowledged must be NULL or have room.
 */
ALOG_API
alog_status alog_nats_publisher_close(struct alog_nats_publisher *publisher,
                                      uint64_t timeout_ns,
                                      uint64_t *unacknowledged);

/**
 * Begins to mirror a stream into a log of its own, in a thread of its own: with the origin's records under the
 * origin's sequences, publications whole, and losses counted. At a gap the records before it leave the log.
 *
 * The server and the stream need not be there: it tries until they are, and tells in its stats what goes wrong.
 *
 * @param options      The options, of struct_size bytes.
 * @param log_options  What the log is, of struct_size bytes; the allocator must serve until the mirror is closed and
 *                     the last handle of its logs is gone. A record_size of 0: records of any size. It should show as
 *                     much as the origin's log, if not more: a publication that does not fit is lost.
 * @param out          Receives the mirror.
 * @return ALOG_OK; ALOG_ERR_NULL: an argument is NULL, or the options' url or stream, or a function of the allocator;
 *         ALOG_ERR_ARGUMENT: an argument is misaligned, or a member of the options or of log_options is not what it
 *         may be (alog_nats_options_problem and alog_options_problem say which); ALOG_ERR_NO_MEMORY: the log cannot be
 *         made; ALOG_ERR_IO: the system refused a thread.
 *
 * Threads: any. Blocking: never. Allocates: yes. Lifetime: until alog_nats_mirror_close. Since: 0.1.0.
 * Safety: options as for alog_nats_options_problem; log_options as for alog_log_create_fixed; out must be NULL or have
 * room.
 */
ALOG_NODISCARD
ALOG_API
alog_status alog_nats_mirror_open(const struct alog_nats_options *options,
                                  const alog_options *log_options,
                                  struct alog_nats_mirror **out);

/**
 * The mirror's log, for its readers. It is another one when a new life of the origin's log began with earlier
 * sequences, or began after the end of the one before: the earlier log is finished then, and readers who are told so
 * (ALOG_FINISHED) ask again.
 *
 * @param mirror  The mirror.
 * @return The log, with a count of the caller's, for alog_log_release; NULL for NULL and a wrong handle. Its writer is
 *         the mirror's.
 *
 * Threads: any. Blocking: never. Allocates: never. Lifetime: until alog_log_release, also after
 * alog_nats_mirror_close. Since: 0.1.0.
 * Safety: mirror must be NULL or a live handle.
 */
ALOG_API
alog_log *alog_nats_mirror_log(const struct alog_nats_mirror *mirror);

/**
 * What a mirror received, and how it is.
 *
 * @param mirror  The mirror.
 * @param out     Receives at most struct_size bytes, which it must say; what this library does not know becomes 0.
 * @return ALOG_OK; ALOG_ERR_NULL: mirror or out is NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: out is misaligned, or
 *         struct_size is smaller than the first release's 376 bytes, or larger than 4096.
 *
 * Threads: any. Blocking: never. Allocates: yes. Since: 0.1.0.
 * Safety: mirror must be NULL or a live handle; out must be NULL or have room for struct_size bytes.
 */
ALOG_API
alog_status alog_nats_mirror_stats(const struct alog_nats_mirror *mirror,
                                   struct alog_nats_stats *out);

/**
 * Ends a mirror. Its log stays for those who have it: it is not finished, has no writer any more, and nothing more
 * comes.
 *
 * @param mirror  The mirror. NULL and a wrong handle are ignored.
 *
 * Threads: owner. Blocking: until its thread has ended, a moment later. Allocates: never. Since: 0.1.0.
 * Safety: mirror must be NULL or a live handle, which ends here.
 */
ALOG_API
void alog_nats_mirror_close(struct alog_nats_mirror *mirror);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ALOG_ATOMIC_LOG_NATS_H */
