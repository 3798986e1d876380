/* What else a C programmer would choose to hand the newest records of one thread to others, held against the log.
 * `c-peers FILE`. All keep 16 Ki records of 64 bytes.
 *
 * - atomic-log: every reader sees the newest 16 Ki records, where they lie, as one view that stays as it is until it is
 *   refreshed, and is told what it missed. The writer waits for nobody.
 * - ck_ring: Concurrency Kit's ring for one producer and many consumers. A queue: each record goes to ONE reader, in
 *   order, and nobody looks at the newest without taking all others. When it is full it refuses; here the writer then
 *   takes the oldest out, since a log's writer goes on too.
 * - liburcu: userspace RCU of the flavour memb, its functions inlined. A reader sees the newest record only, while it
 *   is in its critical section. The writer waits for readers: here for a grace period each 8 Ki records, so that it
 *   uses versions again without malloc and keeps no more of them than the log keeps records.
 * - mutex: a ring under a pthread mutex. Every reader sees all of the newest 16 Ki records, but the writer waits
 *   meanwhile, so a reader copies what it wants and lets go.
 *
 * On one thread: `publish`; `look`, which copies the newest record, with nothing new since the last look (ck_ring has
 * something to take each time); and `follow`, the two in turns. Then a writer as fast as it can, with readers that look
 * all the time. There may be more threads than cores, so what the scheduler does is in these.
 */
#define _POSIX_C_SOURCE 200809L
#define _LGPL_SOURCE /* inlines liburcu's functions, as it offers to programs with compatible licences */

#include <ck_ring.h>
#include <pthread.h>
#include <sched.h>
#include <urcu/urcu-memb.h>

#include "atomic_log.h"
#include "turns.h"

enum { RECORDS = 16 * 1024, SEGMENT = 1024, TIMES = 4096, DISTINCT = 16, MOST_READERS = 4, RUNS = 9 };
static const uint64_t RUN_NS = 100000000;

/* All words of a record are the same, so that half of one and half of another is found out. */
struct record {
  uint64_t words[8];
};

static struct record *records;

static inline void check_whole(const struct record *record) {
  uint64_t differs = record->words[0] & ~(uint64_t)(DISTINCT - 1);
  for (int i = 1; i < 8; i++) differs |= record->words[i] ^ record->words[0];
  check(differs == 0, "the check that every record seen is whole");
}

/* Each of them has: a view, which a reader's thread opens and closes; publish; and look, which says whether there was a
 * record to look at. */

/* The control: no reader may look while the writer writes, so that readers only poll the counter. */
static struct ring ring;

static void *control_open(void) { return &ring; }
static void control_close(void *view) { (void)view; }

static inline void control_publish(const struct record *record) {
  OK(c_floor(&ring, record, sizeof *record));
  ring_push(&ring, record, sizeof *record);
}

static inline bool control_look(void *view, struct record *seen) {
  (void)view;
  uint64_t count = atomic_load_explicit(&ring.published, memory_order_acquire);
  memcpy(seen, ring.slots + (count - 1) % RECORDS * sizeof *seen, sizeof *seen);
  return true;
}

static alog_log *log_of_all;
static alog_writer *writer;

static void *log_open(void) {
  alog_snapshot *view;
  OK(alog_snapshot_create(log_of_all, &view));
  return view;
}

static void log_close(void *view) { alog_snapshot_destroy(view); }

static inline void log_publish(const struct record *record) { OK(alog_writer_append(writer, record, sizeof *record)); }

static inline bool log_look(void *view, struct record *seen) {
  alog_delta delta;
  alog_slice newest;
  check(alog_snapshot_refresh(view, &delta) >= ALOG_OK, "alog_snapshot_refresh");
  OK(alog_snapshot_record(view, delta.first_sequence + delta.appended - 1, &newest));
  memcpy(seen, newest.data, sizeof *seen);
  return true;
}

CK_RING_PROTOTYPE(record, record)
static struct ck_ring queue;
static struct record *queued;

static void *ck_open(void) { return &queue; }
static void ck_close(void *view) { (void)view; }

static inline bool ck_look(void *view, struct record *seen) {
  return CK_RING_DEQUEUE_SPMC(record, (struct ck_ring *)view, queued, seen);
}

static inline void ck_publish(struct record *record) {
  while (!CK_RING_ENQUEUE_SPMC(record, &queue, queued, record)) {
    struct record oldest;
    (void)ck_look(&queue, &oldest);
  }
}

static void ck_drain(void *context, size_t times) {
  struct record oldest;
  (void)context, (void)times;
  while (ck_look(&queue, &oldest)) check_whole(&oldest);
}

static void ck_fill(void *context, size_t times) {
  ck_drain(context, times);
  for (size_t i = 0; i < times; i++) ck_publish(&records[i % DISTINCT]);
}

static struct record *versions, *newest_version;
static size_t next_version;

static void *rcu_open(void) {
  urcu_memb_register_thread();
  return &newest_version;
}

static void rcu_close(void *view) {
  (void)view;
  urcu_memb_unregister_thread();
}

static inline void rcu_publish(const struct record *record) {
  if (next_version % (RECORDS / 2) == 0) {
    /* Behind this nobody looks at versions of the half that comes next: the newest is of the other one. */
    urcu_memb_synchronize_rcu();
    next_version %= RECORDS;
  }
  struct record *version = &versions[next_version++];
  *version = *record;
  rcu_assign_pointer(newest_version, version);
}

static inline bool rcu_look(void *view, struct record *seen) {
  (void)view;
  urcu_memb_read_lock();
  *seen = *rcu_dereference(newest_version);
  urcu_memb_read_unlock();
  return true;
}

static struct {
  pthread_mutex_t mutex;
  uint64_t count;
  struct record *slots;
} locked = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void *mutex_open(void) { return &locked; }
static void mutex_close(void *view) { (void)view; }

static inline void mutex_publish(const struct record *record) {
  OK(pthread_mutex_lock(&locked.mutex));
  locked.slots[locked.count++ % RECORDS] = *record;
  OK(pthread_mutex_unlock(&locked.mutex));
}

static inline bool mutex_look(void *view, struct record *seen) {
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

/* The turns of one of them, with a view for context. */
#define TURNS(who)                                                            \
  static void who##_publishes(void *view, size_t times) {                     \
    (void)view;                                                               \
    for (size_t i = 0; i < times; i++) who##_publish(&records[i % DISTINCT]); \
  }                                                                           \
  static void who##_looks(void *view, size_t times) {                         \
    struct record seen;                                                       \
    for (size_t i = 0; i < times; i++) {                                      \
      check(who##_look(view, &seen), #who "_look");                           \
      check_whole(opaque(&seen));                                             \
    }                                                                         \
  }                                                                           \
  static void who##_follows(void *view, size_t times) {                       \
    struct record seen;                                                       \
    for (size_t i = 0; i < times; i++) {                                      \
      who##_publish(&records[i % DISTINCT]);                                  \
      check(who##_look(view, &seen), #who "_look");                           \
      check_whole(opaque(&seen));                                             \
    }                                                                         \
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

TURNS(control)
TURNS(log)
TURNS(ck)
TURNS(rcu)
TURNS(mutex)
READS(log)
READS(ck)
READS(rcu)
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
  void *(*open)(void);
  void (*close)(void *);
  turn *publishes, *looks, *follows;
  turn *drain, *fill; /* what has to be done before a turn of publishes, of looks */
  void *(*reads)(void *);
} peers[] = {
#define PEER(name, who, drain, fill) \
  { name, who##_open, who##_close, who##_publishes, who##_looks, who##_follows, drain, fill, who##_reads }
    PEER("control", control, NULL, NULL), /* the control, and so not a subject */
    PEER("atomic-log", log, NULL, NULL),  PEER("ck_ring", ck, ck_drain, ck_fill),
    PEER("liburcu", rcu, NULL, NULL),     PEER("mutex", mutex, NULL, NULL),
};
enum { PEERS = sizeof peers / sizeof *peers };

static void *waits(void *barrier) {
  (void)pthread_barrier_wait(barrier);
  return NULL;
}

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
    peer->publishes(NULL, 256);
    count += 256;
    time = now();
  } while (time - begin < RUN_NS);
  atomic_store(&running.stop, true);
  for (int i = 0; i < readers; i++) OK(pthread_join(threads[i], NULL));
  return (double)(time - begin) / (double)count;
}

/* Runs take turns too, and each is held against the control's of the same round. */
static void with_readers(int readers) {
  static double taken[PEERS][RUNS];
  char row[32];
  for (int round = 0; round < RUNS; round++)
    for (int i = 0; i < PEERS; i++) taken[(i + round) % PEERS][round] = run(&peers[(i + round) % PEERS], readers);
  snprintf(row, sizeof row, "peers/c/readers/%d", readers);
  for (int i = 1; i < PEERS; i++) {
    for (int round = 0; round < RUNS; round++) round_taken(taken[i][round], taken[0][round]);
    results_row(row, peers[i].name);
  }
}

int main(int argc, char **argv) {
  alog_options options = ALOG_OPTIONS_INIT;
  results_open(argc, argv);
  records = room(64, DISTINCT * sizeof *records);
  for (uint64_t i = 0; i < DISTINCT; i++)
    for (int j = 0; j < 8; j++) records[i].words[j] = i;
  ring_create(&ring, RECORDS * sizeof *records, 0);
  queued = room(64, RECORDS * sizeof *queued);
  versions = room(64, RECORDS * sizeof *versions);
  locked.slots = room(64, RECORDS * sizeof *locked.slots);
  ck_ring_init(&queue, RECORDS);
  options.record_size = sizeof *records;
  options.retained_capacity = RECORDS;
  options.segment_capacity = SEGMENT;
  OK(alog_log_create_fixed(&options, &log_of_all));
  OK(alog_writer_claim(log_of_all, &writer));
  /* All have gone round once. */
  for (int i = 0; i < PEERS; i++) peers[i].publishes(NULL, 2 * RECORDS);

  /* A libc may leave its mutexes unlocked while there is one thread only, so there is another one, which sleeps. */
  pthread_barrier_t barrier;
  pthread_t sleeper;
  OK(pthread_barrier_init(&barrier, NULL, 2));
  OK(pthread_create(&sleeper, NULL, waits, &barrier));

  /* The control takes no notice of its view, and is content with anybody's. */
  for (int i = 1; i < PEERS; i++) {
    const struct peer *peer = &peers[i];
    void *view = peer->open();
    compare_prepared("peers/c/publish/64", peer->name, view, TIMES, peer->drain, control_publishes, peer->publishes);
    compare_prepared("peers/c/look/64", peer->name, view, TIMES, peer->fill, control_looks, peer->looks);
    if (peer->drain) peer->drain(view, TIMES);
    compare("peers/c/follow/64", peer->name, view, TIMES, control_follows, peer->follows);
    peer->close(view);
  }

  (void)pthread_barrier_wait(&barrier);
  OK(pthread_join(sleeper, NULL));
  OK(pthread_barrier_destroy(&barrier));
  with_readers(1);
  with_readers(MOST_READERS);

  alog_writer_release(writer);
  alog_log_release(log_of_all);
  ring_destroy(&ring);
  free(records), free(queued), free(versions), free(locked.slots);
  results_close();
  return 0;
}
