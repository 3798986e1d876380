/* What the programs about peers share: the records, the log, and two peers that also run with readers in other threads.
 * All keep 16 Ki records of 64 bytes. Each peer's functions are inlined, in the way that it offers: Concurrency Kit's
 * are in its headers, liburcu's are for programs with licences compatible with its own.
 */
#ifndef ATOMIC_LOG_BENCH_PEERS_H
#define ATOMIC_LOG_BENCH_PEERS_H

#define _LGPL_SOURCE

#include <ck_ring.h>
#include <urcu/urcu-memb.h>

#include "atomic_log_inline.h"
#include "turns.h"

/* The compiler may or may not inline a program's own function around one of these. Here all are inlined. */
#define INLINE static inline __attribute__((always_inline))

enum { RECORDS = 16 * 1024, SEGMENT = 1024, TIMES = 4096, DISTINCT = 16 };

/* All words of a record are the same, so a record made of halves of two is detected. */
struct record {
  uint64_t words[8];
};

static struct record *records;

static inline void records_create(void) {
  records = room(64, DISTINCT * sizeof *records);
  for (uint64_t i = 0; i < DISTINCT; i++)
    for (int j = 0; j < 8; j++) records[i].words[j] = i;
}

static inline void check_whole(const struct record *record) {
  uint64_t differs = record->words[0] & ~(uint64_t)(DISTINCT - 1);
  for (int i = 1; i < 8; i++) differs |= record->words[i] ^ record->words[0];
  check(differs == 0, "the check that every record seen is whole");
}

static alog_log *log_of_all;
static alog_writer *writer;
static alog_hot *hot;

static inline void log_create(void) {
  alog_options options = ALOG_OPTIONS_INIT;
  options.record_size = sizeof *records;
  options.retained_capacity = RECORDS;
  options.segment_capacity = SEGMENT;
  OK(alog_log_create_fixed(&options, &log_of_all));
  OK(alog_writer_claim(log_of_all, &writer));
  hot = alog_writer_hot(writer);
}

static inline void log_destroy(void) {
  alog_writer_release(writer);
  alog_log_release(log_of_all);
}

/* Concurrency Kit's ring for one producer and many consumers, which gives each record to one of them. A full ring
 * refuses a record. The writer then takes the oldest out, because a log's writer goes on too. */
CK_RING_PROTOTYPE(record, record)
static struct ck_ring queue;
static struct record *queued;

INLINE bool ck_look(struct record *seen) { return CK_RING_DEQUEUE_SPMC(record, &queue, queued, seen); }

INLINE void ck_publish(const struct record *record) {
  while (!CK_RING_ENQUEUE_SPMC(record, &queue, queued, (struct record *)(uintptr_t)record)) {
    struct record oldest;
    (void)ck_look(&oldest);
  }
}

/* Userspace RCU of the flavour memb: a reader sees the newest record only, while it is in its critical section. The
 * writer waits for a grace period every 8 Ki records. So it uses versions again without malloc, and keeps no more of
 * them than the log keeps records. */
static struct record *versions, *newest_version;
static size_t next_version;

INLINE void rcu_publish(const struct record *record) {
  if (next_version % (RECORDS / 2) == 0) {
    /* After this no reader looks at versions of the half that comes next: the newest is in the other half. */
    urcu_memb_synchronize_rcu();
    next_version %= RECORDS;
  }
  struct record *version = &versions[next_version++];
  *version = *record;
  rcu_assign_pointer(newest_version, version);
}

INLINE bool rcu_look(struct record *seen) {
  urcu_memb_read_lock();
  *seen = *rcu_dereference(newest_version);
  urcu_memb_read_unlock();
  return true;
}

#endif
