/* What else a C programmer could use to hand the newest records of one thread to others, compared with the log. A
 * writer runs as fast as it can, with readers in other threads that look all the time. There may be more threads than
 * cores, so the results include what the scheduler does. `c-readers FILE`.
 *
 * - atomic-log: every reader sees the newest 16 Ki records in place, as one view that does not change until the reader
 *   refreshes it. A refresh tells what the reader missed. The writer waits for no reader.
 * - ck_ring: see peers.h. A queue: each record goes to ONE reader, in order, and no reader sees the newest without
 *   taking all others.
 * - liburcu: see peers.h. The newest record only, and the writer waits for readers.
 * - mutex: a ring under a pthread mutex. Every reader sees all of the newest 16 Ki records, but the writer waits
 *   meanwhile. So a reader copies what it wants and unlocks.
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <sched.h>

#include "peers.h"

enum { MOST_READERS = 4, RUNS = 9 };
static const uint64_t RUN_NS = 100000000;

/* Each of them has: a view, which a reader's thread opens and closes; publish; and look, which returns whether there
 * was a record to look at. */

/* The control. No reader may look while the writer writes, so readers only poll the counter. */
static struct ring ring;

INLINE void control_publish(const struct record *record) {
  ring_push_masked(&ring, record, sizeof *record, copy_plain);
}

static void *log_open(void) {
  alog_snapshot *view;
  OK(alog_snapshot_create(log_of_all, &view));
  return view;
}

static void log_close(void *view) { alog_snapshot_destroy(view); }

INLINE bool log_look(void *view, struct record *seen) {
  alog_delta delta;
  alog_slice newest;
  check(alog_snapshot_refresh(view, &delta) >= ALOG_OK, "alog_snapshot_refresh");
  OK(alog_snapshot_record(view, delta.first_sequence + delta.appended - 1, &newest));
  memcpy(seen, newest.data, sizeof *seen);
  return true;
}

INLINE void log_publish(const struct record *record) { OK(alog_append_inline(writer, hot, record, sizeof *record)); }

static void *queue_open(void) { return &queue; }
static void queue_close(void *view) { (void)view; }

INLINE bool queue_look(void *view, struct record *seen) {
  (void)view;
  return ck_look(seen);
}

INLINE void queue_publish(const struct record *record) { ck_publish(record); }

static void *newest_open(void) {
  urcu_memb_register_thread();
  return &newest_version;
}

static void newest_close(void *view) {
  (void)view;
  urcu_memb_unregister_thread();
}

INLINE bool newest_look(void *view, struct record *seen) {
  (void)view;
  return rcu_look(seen);
}

INLINE void newest_publish(const struct record *record) { rcu_publish(record); }

static struct {
  pthread_mutex_t mutex;
  uint64_t count;
  struct record *slots;
} locked = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void *mutex_open(void) { return &locked; }
static void mutex_close(void *view) { (void)view; }

INLINE void mutex_publish(const struct record *record) {
  OK(pthread_mutex_lock(&locked.mutex));
  locked.slots[locked.count++ % RECORDS] = *record;
  OK(pthread_mutex_unlock(&locked.mutex));
}

INLINE bool mutex_look(void *view, struct record *seen) {
  (void)view;
  OK(pthread_mutex_lock(&locked.mutex));
  *seen = locked.slots[(locked.count - 1) % RECORDS];
  OK(pthread_mutex_unlock(&locked.mutex));
  return true;
}

static struct {
  atomic_int ready;
  atomic_bool stop;
} running;

#define PUBLISHES(who)                                                        \
  static void who##_publishes(size_t times) {                                 \
    for (size_t i = 0; i < times; i++) who##_publish(&records[i % DISTINCT]); \
  }
/* What its readers' threads do. */
#define READS(who)                                                     \
  static void *who##_reads(void *nothing) {                            \
    void *view = who##_open();                                         \
    struct record seen;                                                \
    atomic_fetch_add(&running.ready, 1);                               \
    while (!atomic_load_explicit(&running.stop, memory_order_relaxed)) \
      if (who##_look(view, &seen)) check_whole(opaque(&seen));         \
    who##_close(view);                                                 \
    return nothing;                                                    \
  }

PUBLISHES(control)
PUBLISHES(log)
PUBLISHES(queue)
PUBLISHES(newest)
PUBLISHES(mutex)
READS(log)
READS(queue)
READS(newest)
READS(mutex)

static void *control_reads(void *nothing) {
  uint64_t last = 0;
  atomic_fetch_add(&running.ready, 1);
  while (!atomic_load_explicit(&running.stop, memory_order_relaxed)) {
    uint64_t count = atomic_load_explicit(&ring.published, memory_order_acquire);
    check(count >= last, "the check that the counter grows");
    last = count;
  }
  return nothing;
}

static const struct peer {
  const char *name;
  void (*publishes)(size_t times);
  void *(*reads)(void *);
} peers[] = {
    {"control", control_publishes, control_reads}, /* and so not a subject */
    {"atomic-log", log_publishes, log_reads},      {"ck_ring", queue_publishes, queue_reads},
    {"liburcu", newest_publishes, newest_reads},   {"mutex", mutex_publishes, mutex_reads},
};
enum { PEERS = sizeof peers / sizeof *peers };

/* Nanoseconds per record of a writer that publishes while readers look. */
static double run(const struct peer *peer, int readers) {
  pthread_t threads[MOST_READERS];
  uint64_t begin, time, count = 0;
  atomic_store(&running.ready, 0);
  atomic_store(&running.stop, false);
  for (int i = 0; i < readers; i++) OK(pthread_create(&threads[i], NULL, peer->reads, NULL));
  while (atomic_load(&running.ready) < readers) OK(sched_yield());
  begin = now();
  do {
    peer->publishes(256);
    count += 256;
    time = now();
  } while (time - begin < RUN_NS);
  atomic_store(&running.stop, true);
  for (int i = 0; i < readers; i++) OK(pthread_join(threads[i], NULL));
  return (double)(time - begin) / (double)count;
}

/* Runs take turns too, and each is compared with the control's run of the same round. */
static void with_readers(int readers) {
  static double taken[PEERS][RUNS];
  char row[32];
  for (int round = 0; round < RUNS; round++)
    for (int i = 0; i < PEERS; i++) taken[(i + round) % PEERS][round] = run(&peers[(i + round) % PEERS], readers);
  snprintf(row, sizeof row, "peers/c/readers/%d", readers);
  for (int i = 1; i < PEERS; i++) {
    results_row(row, peers[i].name, held_against(taken[i], taken[0], RUNS), NULL);
  }
}

int main(int argc, char **argv) {
  results_open(argc, argv);
  records_create();
  ring_create(&ring, RECORDS, RECORDS * sizeof *records, 0);
  queued = room(64, RECORDS * sizeof *queued);
  versions = room(64, RECORDS * sizeof *versions);
  locked.slots = room(64, RECORDS * sizeof *locked.slots);
  ck_ring_init(&queue, RECORDS);
  log_create();
  /* All have gone round once. */
  for (int i = 0; i < PEERS; i++) peers[i].publishes(2 * RECORDS);

  with_readers(1);
  with_readers(MOST_READERS);

  log_destroy();
  ring_destroy(&ring);
  free(records), free(queued), free(versions), free(locked.slots);
  results_close();
  return 0;
}
