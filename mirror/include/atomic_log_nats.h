/*
 * atomic_log_nats.h: logs on other machines. A publisher follows a log and publishes it to a stream of NATS JetStream.
 * A mirror reads the stream and writes a log of its own, with the same records under the same sequences.
 *
 *   alog_nats_options options = ALOG_NATS_OPTIONS_INIT;
 *   options.url = "nats://10.0.0.1:4222";
 *   options.stream = "ticks";
 *   options.flags = ALOG_NATS_CREATE; // make the stream if it is not there
 *
 *   alog_nats_publisher *publisher; // beside the log's writer
 *   if (alog_nats_publish(log, &options, &publisher) != ALOG_OK) return 1;
 *   ...
 *   uint64_t left; // records that the stream did not acknowledge within 5 seconds
 *   if (alog_nats_publisher_close(publisher, 5000000000, &left) != ALOG_OK) return 1;
 *
 *   alog_nats_mirror *mirror; // on another machine
 *   if (alog_nats_mirror_open(&options, &log_options, &mirror) != ALOG_OK) return 1;
 *   alog_log *mirrored = alog_nats_mirror_log(mirror); // for snapshots and cursors, as any log
 *   ...
 *   alog_log_release(mirrored);
 *   alog_nats_mirror_close(mirror);
 *
 * Contents, from simple to advanced
 *  1. Options     2. Publisher     3. Mirror     4. State and figures
 *
 * Conventions: those of atomic_log.h, and its statuses. Besides:
 * - The library calls the functions of atomic_log.h, of the program's libatomic_log. Link both.
 * - A server and a stream need not be there. The library tries until they are, and goes on after they were away.
 * - Statuses tell what was wrong with a call. What goes wrong later is told in alog_nats_stats, in words.
 * - Only the close of its handle ends a publisher or a mirror. There is one exception: a second publisher of the same
 *   stream ends the first.
 * - The text of alog_nats_options_problem is always written. Other outputs are written only on success.
 * - Only alog_nats_publisher_close and alog_nats_mirror_close block.
 * - A bug of the library ends no process: a call returns ALOG_ERR_INTERNAL, and a thread tells it in its stats.
 * - The library's threads block no signals. They end with the close of their handle.
 *
 * Defaults. They are those of atomic_log.h, except the first two. A comment tells only what differs from these:
 * - Progress: not promised. A call may wait for a lock that another thread holds for a moment.
 * - Allocates: yes, from the system. A process without memory ends. The memory of a log comes from its allocator: if
 *   there is none, a call returns ALOG_ERR_NO_MEMORY, and a mirror waits for some.
 * - Threads: the type of the first parameter tells. If it is no handle: any.
 * - Blocking: never.
 * - Lifetime: a handle that you receive lives until you give it to its close or release function.
 * - Since: 0.1.0.
 * - Safety: each pointer is NULL, or points to what its type and comment tell: a live handle, a struct of struct_size
 *   bytes, size bytes, a text that ends with a NUL. What a call reads does not change during the call.
 * - A pointer is required, unless its comment tells when it may be NULL.
 * - A function that returns a status also returns ALOG_ERR_NULL if a required pointer is NULL, ALOG_ERR_HANDLE if a
 *   handle is wrong, and ALOG_ERR_ARGUMENT if a pointer is misaligned. Wrong means: not a live handle of this type.
 * - A function without a status does nothing with NULL, a wrong handle or a misaligned pointer, and returns NULL if it
 *   returns something.
 *
 * Words
 * - origin: 128 random bits that stand for one life of a log. A program that starts again has another log, and another
 *   origin.
 * - evict, publish, any, owner: as in atomic_log.h.
 *
 * Generated from mirror/src/ffi by cbindgen (make mirror-header). Do not edit.
 */

#ifndef ALOG_ATOMIC_LOG_NATS_H
#define ALOG_ATOMIC_LOG_NATS_H

#include "atomic_log.h"

#ifdef __cplusplus
extern "C" {
#endif

/* =================================================================================================================
 * 1. Options
 *
 * Say which server and which stream. If a call then fails, ask what is wrong:
 *
 *   char problem[256];
 *   if (alog_nats_publish(log, &options, &publisher) != ALOG_OK) {
 *     alog_nats_options_problem(&options, problem, sizeof problem);
 *     fprintf(stderr, "%s\n", problem);
 *   }
 * ============================================================================================================== */

/**
 * Which server, which stream, and as which user. All texts are UTF-8, and copied. Mirrors ignore what is for
 * publishers.
 *
 * 144 bytes on 64-bit targets. Later versions may add members at the end. struct_size may be anything from the first
 * release's size to 4096. Bytes that the library does not know must be zero.
 */
typedef struct alog_nats_options {
  /** Set by ALOG_NATS_OPTIONS_INIT or alog_nats_options_init. */
  uint32_t struct_size;
  /** ALOG_NATS_CREATE and ALOG_NATS_MEMORY combined by |, or 0. For publishers. */
  uint32_t flags;
  /**
   * The server, such as "nats://127.0.0.1:4222", without a user. Several servers of a cluster have commas between
   * them. Required.
   */
  const char *url;
  /** The stream's name. It carries one log. Required. */
  const char *stream;
  /** The subject of the messages. NULL: the stream's name. For publishers. */
  const char *subject;
  /** What the server calls the connection where it lists connections, or NULL. */
  const char *name;
  /** A file of credentials, which has a JWT and the seed of an NKey; or NULL. */
  const char *credentials;
  /** A user, with a password; or NULL. */
  const char *user;
  /** The user's password, or NULL. */
  const char *password;
  /** A token, or NULL. */
  const char *token;
  /** TLS: a file of the certificates of those that may sign the server's. NULL: those that the system has. */
  const char *tls_ca;
  /** TLS: the file of the certificate that the server is shown, with tls_key; or NULL. */
  const char *tls_cert;
  /** TLS: the file of its key, or NULL. */
  const char *tls_key;
  /**
   * Most bytes of a message's payload, 1024 to 8388608. A larger record has a message of its own. The server's own
   * limit holds, too. 0: 65536. For publishers.
   */
  uint32_t message_size;
  /**
   * One of ALOG_START_*. A publisher begins at the oldest record that the log retains, or at the next that is
   * published. A mirror begins at the stream's oldest message, or at its next.
   */
  uint32_t start;
  /** A stream that is made: how many servers of a cluster have each message, at most 5. 0: 1. */
  uint32_t replicas;
  /** 0. */
  uint32_t reserved;
  /** A stream that is made: how old a message may become, in nanoseconds, at most 2^63 - 1. 0: any age. */
  uint64_t max_age_ns;
  /**
   * A stream that is made: how many bytes it may have, at most 2^63 - 1, beyond which its oldest messages go. 0: any
   * number.
   */
  uint64_t max_bytes;
  /**
   * All zero: a new life of a log. If the log had a publisher before: the origin of its stats. The publisher then
   * goes on behind what the stream has. For publishers.
   */
  uint8_t origin[16];
} alog_nats_options;

/** Initialises an alog_nats_options: alog_nats_options options = ALOG_NATS_OPTIONS_INIT; */
#define ALOG_NATS_OPTIONS_INIT                                                                                     \
  {sizeof(alog_nats_options), 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, \
   {0}}

/** The publisher makes the stream if it is not there, as the other members tell. */
#define ALOG_NATS_CREATE 1
/** A stream that is made lies in the servers' memory. Without this flag it lies in files. */
#define ALOG_NATS_MEMORY 2

/**
 * Sets struct_size, and everything else to zero. For languages that cannot use ALOG_NATS_OPTIONS_INIT.
 *
 * @param options  What to initialise. The function writes the first release's 144 bytes (on 64-bit targets) in every
 *                 version, so it never overruns the struct of a program that was compiled with an older header.
 *
 * Allocates: never.
 */
ALOG_API void alog_nats_options_init(alog_nats_options *options);

/**
 * Tells in words which option is wrong and what is allowed: "replicas 6 is more than 5". Does not look whether a
 * server is there.
 *
 * @param options  The options, of struct_size bytes.
 * @param text     Receives one line of text, whatever is returned. The text is cut to size, always ends with a NUL,
 *                 and is empty if nothing is wrong. May be NULL if size is 0.
 * @param size     Bytes at text, with the NUL. 256 hold every text, except for the texts of the caller that it
 *                 repeats.
 * @return ALOG_OK: nothing is wrong; ALOG_ERR_NULL: also if url or stream is NULL; ALOG_ERR_ARGUMENT: a member is not
 *         allowed.
 */
ALOG_API alog_status alog_nats_options_problem(const alog_nats_options *options, char *text, size_t size);

/* =================================================================================================================
 * 2. Publisher
 *
 * A publisher is a reader of the log, with one view. It never slows the writer. It sleeps while nothing is new, sees at
 * once what the writer notifies, and after at most 10 ms what the writer does not.
 * ============================================================================================================== */

/**
 * Follows a log, and publishes what it reads to a stream. You own it.
 *
 * Threads: any for const calls, owner for others.
 */
typedef struct alog_nats_publisher alog_nats_publisher;

/**
 * Begins to publish a log, in two threads of the publisher's own. The log may have records of one size or of any. What
 * the log evicts before it was sent is lost to the stream, and counted.
 *
 * @param log      The log. The publisher has a count of its own on it.
 * @param options  The options, of struct_size bytes.
 * @param out      Receives the publisher.
 * @return ALOG_OK; ALOG_ERR_NULL: also if url or stream is NULL; ALOG_ERR_ARGUMENT: a member of options is not
 *         allowed, and alog_nats_options_problem tells which; ALOG_ERR_NO_MEMORY: the log's allocator refused a view;
 *         ALOG_ERR_IO: the system refused a thread, or random numbers.
 */
ALOG_NODISCARD ALOG_API alog_status alog_nats_publish(alog_log *log, const alog_nats_options *options,
                                                      alog_nats_publisher **out);

/**
 * Sends what is in the log now, waits until the stream has acknowledged it, and ends the publisher. It does not send
 * what comes later. The log stays.
 *
 * @param publisher       The publisher. May be NULL: then nothing ends.
 * @param timeout_ns      How long to wait, in nanoseconds. 0: not at all. ALOG_WAIT_FOREVER: as long as it takes.
 * @param unacknowledged  Receives how many of these records the stream did not acknowledge. May be NULL.
 * @return ALOG_OK: the stream acknowledged all; ALOG_TIMEOUT: it did not acknowledge some.
 *
 * Blocking: yes, up to the timeout, and for a moment more until its threads have ended.
 * Safety: publisher ends here, unless the call returns ALOG_ERR_HANDLE or ALOG_ERR_ARGUMENT.
 */
ALOG_API alog_status alog_nats_publisher_close(alog_nats_publisher *publisher, uint64_t timeout_ns,
                                               uint64_t *unacknowledged);

/* =================================================================================================================
 * 3. Mirror
 *
 * A mirror is the writer of its log: the origin's records, under the origin's sequences. Publications stay whole, and
 * what is lost is counted. At a gap the records before it leave the view.
 * ============================================================================================================== */

/**
 * Reads a stream, and writes its records into a log of its own. You own it.
 *
 * Threads: any for const calls, owner for others.
 */
typedef struct alog_nats_mirror alog_nats_mirror;

/**
 * Begins to mirror a stream into a log of its own, in a thread of the mirror's own.
 *
 * @param options      The options, of struct_size bytes.
 * @param log_options  What the log is, of struct_size bytes. record_size 0: records of any size. The log should show
 *                     a segment more than the origin's: a publication that does not fit is lost. The allocator
 *                     must serve until the mirror is closed and the last handle of its logs is gone.
 * @param out          Receives the mirror.
 * @return ALOG_OK; ALOG_ERR_NULL: also if url or stream is NULL, or the allocator lacks a function;
 *         ALOG_ERR_ARGUMENT: a member of options or log_options is not allowed, and alog_nats_options_problem or
 *         alog_options_problem tells which; ALOG_ERR_NO_MEMORY: the log's allocator refused; ALOG_ERR_IO: the system
 *         refused a thread.
 */
ALOG_NODISCARD ALOG_API alog_status alog_nats_mirror_open(const alog_nats_options *options,
                                                          const alog_options *log_options, alog_nats_mirror **out);

/**
 * The mirror's log, for its readers. Another log takes its place when another life of the origin's log began with
 * earlier sequences, or after the end of the life before. The earlier log is then finished: a reader that is told so
 * (ALOG_FINISHED) asks again.
 *
 * @param mirror  The mirror.
 * @return The log, with one count of the caller's. The mirror is its writer.
 *
 * Allocates: never.
 * Lifetime: until alog_log_release, also after alog_nats_mirror_close.
 */
ALOG_API alog_log *alog_nats_mirror_log(const alog_nats_mirror *mirror);

/**
 * Ends a mirror. Its log stays for those that have it. It is not finished, has no writer any more, and gets no more
 * records.
 *
 * @param mirror  The mirror.
 *
 * Blocking: yes, for a moment, until its thread has ended.
 * Allocates: never.
 * Safety: mirror ends here.
 */
ALOG_API void alog_nats_mirror_close(alog_nats_mirror *mirror);

/* =================================================================================================================
 * 4. State and figures
 *
 * What a publisher sent, what a mirror received, and what went wrong:
 *
 *   alog_nats_stats stats = ALOG_NATS_STATS_INIT;
 *   if (alog_nats_publisher_stats(publisher, &stats) != ALOG_OK) return 1;
 *   if (stats.state == ALOG_NATS_STOPPED) fprintf(stderr, "%s\n", stats.last_error);
 * ============================================================================================================== */

/**
 * What a publisher sent, or a mirror received, and how it is. The figures may be a moment old.
 *
 * 376 bytes. Later versions may add members at the end.
 */
typedef struct alog_nats_stats {
  /** Set by ALOG_NATS_STATS_INIT. */
  uint32_t struct_size;
  /** ALOG_NATS_CONNECTING, ALOG_NATS_RUNNING, ALOG_NATS_FINISHED or ALOG_NATS_STOPPED. */
  uint32_t state;
  /**
   * Why it stopped, an alog_status. Until then 0. ALOG_ERR_CLAIMED: another publisher writes to the stream.
   * ALOG_ERR_INTERNAL: a bug in the library. ALOG_ERR_IO: the system refused something.
   */
  int32_t status;
  /** 0. */
  uint32_t reserved;
  /** The origin of the log that is carried. All zero: none yet. */
  uint8_t origin[16];
  /** How many origins there were. */
  uint64_t origins;
  /** Publisher: records that the stream acknowledged. Mirror: records that its log has got. */
  uint64_t records;
  /** Payload bytes of the messages that were acknowledged, or received. */
  uint64_t bytes;
  /** How many messages these were. */
  uint64_t messages;
  /**
   * Publisher: the sequence behind the last record that the stream acknowledged. Mirror: the sequence of the record
   * that comes next.
   */
  uint64_t next_sequence;
  /**
   * Records that the stream or the mirror's log never gets. They were evicted before they were sent, or are larger
   * than the server takes. Mirror: or they expired in the stream, or are of a publication that does not fit its log.
   */
  uint64_t lost;
  /** Records that were sent again, or came again. */
  uint64_t repeated;
  /** Mirror: messages that are none of a log, or whose records are of another kind than the mirror's log has. */
  uint64_t garbage;
  /**
   * Publisher: records of the log that are not acknowledged. Mirror: about how many records of the stream it did not
   * read. 0 is exact.
   */
  uint64_t lag_records;
  /**
   * Publisher: the age of the oldest message that is not acknowledged, in nanoseconds. 0: there is none. Mirror:
   * nanoseconds from when the newest message was made until it was in the log, by the clocks of two machines.
   */
  uint64_t lag_ns;
  /** How often the connection came back. */
  uint64_t reconnects;
  /** What went wrong last, in words that end with a NUL. Empty: nothing did. */
  char last_error[256];
} alog_nats_stats;

/** Initialises an alog_nats_stats: alog_nats_stats stats = ALOG_NATS_STATS_INIT; */
#define ALOG_NATS_STATS_INIT {sizeof(alog_nats_stats), 0, 0, 0, {0}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0}}

/** State: there is no connection yet, or no stream. It goes on trying. */
#define ALOG_NATS_CONNECTING 0
/** State: it carries records. */
#define ALOG_NATS_RUNNING 1
/** State: the log was finished, and all of it has arrived. A mirror goes on if another life of the log comes. */
#define ALOG_NATS_FINISHED 2
/** State: it ended for good, and status and last_error tell why. */
#define ALOG_NATS_STOPPED 3

/**
 * What a publisher sent, and how it is.
 *
 * @param publisher  The publisher.
 * @param out        Receives the figures. struct_size must be set: 376 to 4096. Bytes that the library does not know
 *                   become 0.
 * @return ALOG_OK; ALOG_ERR_ARGUMENT: bad struct_size.
 */
ALOG_API alog_status alog_nats_publisher_stats(const alog_nats_publisher *publisher, alog_nats_stats *out);

/**
 * What a mirror received, and how it is.
 *
 * @param mirror  The mirror.
 * @param out     Receives the figures. struct_size must be set: 376 to 4096. Bytes that the library does not know
 *                become 0.
 * @return ALOG_OK; ALOG_ERR_ARGUMENT: bad struct_size.
 */
ALOG_API alog_status alog_nats_mirror_stats(const alog_nats_mirror *mirror, alog_nats_stats *out);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* ALOG_ATOMIC_LOG_NATS_H */
