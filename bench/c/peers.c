/* What else a C programmer could use to hand one thread's records to others, beside the log. All run on one thread
 * without a function call on either side: the cost of each when nothing stands in the way. `c-peers FILE`.
 *
 * - publish: 64 bytes, for one reader.
 * - follow: the same, and the reader receives the record.
 * - look: a reader asks whether there is something new, which there is not, and reads the newest record.
 *
 * In these, every reader gets every record, and the log is compared with the fastest of them:
 *
 * - atomic-log: published once for any number of readers, and read in place. The writer waits for no reader. A reader
 * that was overtaken learns what it lost.
 * - ck_ring, spsc: Concurrency Kit's ring, one for each reader, of records and of pointers to them. When a reader's
 * ring is full, the writer waits or drops.
 * - ck_fifo, spsc: its linked queue, one for each reader.
 * - wfcqueue: liburcu's linked queue, one for each reader. Nothing here tells when a node may be used again; a program
 * must know that.
 * - liburcu, list: records linked by RCU pointers, of the flavour qsbr, whose read sections cost nothing. Published
 * once for any number of readers, read in place, and a reader that was overtaken knows it. The writer waits for a grace
 * period every 8 Ki records, and so for readers.
 *
 * These are measured beside them, and do less:
 *
 * - ck_ring, spmc: each record goes to ONE reader.
 * - liburcu: the newest record only.
 * - ck_sequence: the newest record only, and a reader may have to copy it again.
 * - mutex: a ring under a pthread mutex. Every reader gets every record, but the writer waits for readers.
 */
#define _POSIX_C_SOURCE 200809L

#include "peers.h"

#include <ck_fifo.h>
#include <ck_sequence.h>
#include <pthread.h>
#include <urcu/urcu-qsbr.h>
#include <urcu/wfcqueue.h>

/* Each peer has these: handles, which a program holds in variables; publish; next, which returns the record to be read
 * next or NULL; and newest, which first asks whether there is something new. What was received stays valid until the
 * next is asked for. */

/* The control. No reader may use such a ring while the writer writes. */
static struct ring ring;
static uint64_t ring_read;
typedef struct ring *control_handles;
static inline control_handles control_take(void) { return &ring; }

INLINE void control_publish(control_handles it, const struct record *record) {
  ring_push_masked(it, record, sizeof *record, copy_plain);
}

INLINE const struct record *control_next(control_handles it) {
  if (atomic_load_explicit(&it->published, memory_order_acquire) == ring_read) return NULL;
  return (const struct record *)it->slots + (ring_read++ & it->mask);
}

INLINE const struct record *control_newest(control_handles it) {
  uint64_t count = atomic_load_explicit(&it->published, memory_order_acquire);
  return (const struct record *)it->slots + ((count - 1) & it->mask);
}

static void control_drain(void *context, size_t times) {
  (void)context, (void)times;
  ring_read = atomic_load_explicit(&ring.published, memory_order_relaxed);
}

static alog_cursor *cursor;
static alog_snapshot *snapshot;
static const struct record *log_seen;
typedef struct {
  alog_writer *writer;
  alog_hot *hot;
  alog_cursor *cursor;
  alog_follower *follower;
  alog_snapshot *snapshot;
  const alog_glance *glance;
} log_handles;

static inline log_handles log_take(void) {
  return (log_handles){writer, hot, cursor, alog_cursor_follower(cursor), snapshot, alog_snapshot_glance(snapshot)};
}

INLINE void log_publish(log_handles it, const struct record *record) {
  OK(alog_append_inline(it.writer, it.hot, record, sizeof *record));
}

/* Across segments. */
static __attribute__((noinline)) const struct record *log_next_segment(log_handles it) {
  alog_delta delta;
  alog_chunk chunk;
  check(alog_cursor_refresh(it.cursor, &delta) >= ALOG_OK && delta.lost == 0, "alog_cursor_refresh");
  if (alog_cursor_next(it.cursor, &chunk) != ALOG_OK) return NULL;
  /* A program would go through the chunk. Here the reader is never more than one record behind. */
  check(chunk.count == 1, "the check that one record is new");
  return chunk.data;
}

INLINE const struct record *log_next(log_handles it) {
  const struct record *record = alog_next_inline(it.follower);
  return ALOG_LIKELY_(record) ? record : log_next_segment(it);
}

static __attribute__((noinline)) void log_find_newest(log_handles it) {
  alog_range range;
  alog_slice newest;
  OK(alog_snapshot_range(it.snapshot, &range));
  OK(alog_snapshot_record(it.snapshot, range.end - 1, &newest));
  log_seen = newest.data;
}

INLINE const struct record *log_newest(log_handles it) {
  if (!ALOG_LIKELY_(alog_refresh_inline(it.snapshot, it.glance) == ALOG_UNCHANGED)) log_find_newest(it);
  return log_seen;
}

static void log_drain(void *context, size_t times) {
  alog_chunk chunk;
  (void)context, (void)times;
  while (alog_cursor_refresh(cursor, NULL) == ALOG_OK) {
  }
  while (alog_cursor_next(cursor, &chunk) == ALOG_OK) {
  }
  (void)alog_snapshot_refresh(snapshot, NULL);
  log_find_newest(log_take());
}

/* The same with the functions of atomic_log.h alone. */
typedef log_handles calls_handles;
static inline calls_handles calls_take(void) { return log_take(); }

INLINE void calls_publish(calls_handles it, const struct record *record) {
  OK(alog_writer_append(it.writer, record, sizeof *record));
}

INLINE const struct record *calls_next(calls_handles it) { return log_next_segment(it); }

INLINE const struct record *calls_newest(calls_handles it) {
  if (alog_snapshot_refresh(it.snapshot, NULL) != ALOG_UNCHANGED) log_find_newest(it);
  return log_seen;
}

static void calls_drain(void *context, size_t times) { log_drain(context, times); }

/* The last record that a queue gave is its newest, for a reader that takes all that the queue holds. */
#define NEWEST(who)                                                                      \
  static const struct record *who##_last;                                                \
  INLINE const struct record *who##_newest(who##_handles it) {                           \
    for (const struct record *next; (next = who##_next(it)) != NULL;) who##_last = next; \
    return who##_last;                                                                   \
  }                                                                                      \
  static void who##_drain(void *context, size_t times) {                                 \
    (void)context, (void)times;                                                          \
    (void)who##_newest(who##_take());                                                    \
  }

static struct {
  struct ck_ring ring;
  struct record *slots, seen;
} spsc;
typedef struct ck_ring *spsc_handles;
static inline spsc_handles spsc_take(void) { return &spsc.ring; }

INLINE void spsc_publish(spsc_handles it, const struct record *record) {
  check(CK_RING_ENQUEUE_SPSC(record, it, spsc.slots, (struct record *)(uintptr_t)record), "ck_ring_enqueue_spsc");
}

INLINE const struct record *spsc_next(spsc_handles it) {
  return CK_RING_DEQUEUE_SPSC(record, it, spsc.slots, &spsc.seen) ? &spsc.seen : NULL;
}
NEWEST(spsc)

/* As many records as pointers, used in turns. A record that is still to be read has its pointer in the ring. */
static struct {
  struct ck_ring ring;
  struct ck_ring_buffer *slots;
  struct record *records;
  size_t next;
} pointers;
typedef struct ck_ring *pointers_handles;
static inline pointers_handles pointers_take(void) { return &pointers.ring; }

INLINE void pointers_publish(pointers_handles it, const struct record *record) {
  struct record *mine = &pointers.records[pointers.next++ % RECORDS];
  *mine = *record;
  check(ck_ring_enqueue_spsc(it, pointers.slots, mine), "ck_ring_enqueue_spsc");
}

INLINE const struct record *pointers_next(pointers_handles it) {
  void *record;
  return ck_ring_dequeue_spsc(it, pointers.slots, &record) ? record : NULL;
}
NEWEST(pointers)

struct fifo_node {
  struct ck_fifo_spsc_entry entry;
  struct record record;
};
static struct {
  struct ck_fifo_spsc queue;
  struct fifo_node *nodes;
  size_t used;
} fifo;
typedef struct ck_fifo_spsc *fifo_handles;
static inline fifo_handles fifo_take(void) { return &fifo.queue; }

INLINE void fifo_publish(fifo_handles it, const struct record *record) {
  struct fifo_node *node;
  if (CK_CC_LIKELY(fifo.used == RECORDS)) {
    node = (struct fifo_node *)ck_fifo_spsc_recycle(it);
    check(node != NULL, "ck_fifo_spsc_recycle");
  } else {
    node = &fifo.nodes[fifo.used++];
  }
  node->record = *record;
  ck_fifo_spsc_enqueue(it, &node->entry, &node->record);
}

INLINE const struct record *fifo_next(fifo_handles it) {
  void *record;
  return ck_fifo_spsc_dequeue(it, &record) ? record : NULL;
}
NEWEST(fifo)

struct wfc_node {
  struct cds_wfcq_node node;
  struct record record;
};
static struct {
  struct __cds_wfcq_head head;
  struct cds_wfcq_tail tail;
  struct wfc_node *nodes;
  size_t next;
} wfc;
typedef struct wfc_node *wfc_handles;
static inline wfc_handles wfc_take(void) { return wfc.nodes; }

INLINE void wfc_publish(wfc_handles it, const struct record *record) {
  struct wfc_node *node = &it[wfc.next++ % RECORDS];
  node->record = *record;
  cds_wfcq_node_init(&node->node);
  (void)cds_wfcq_enqueue(&wfc.head, &wfc.tail, &node->node);
}

INLINE const struct record *wfc_next(wfc_handles it) {
  struct cds_wfcq_node *node = __cds_wfcq_dequeue_nonblocking(&wfc.head, &wfc.tail);
  (void)it;
  check(node != CDS_WFCQ_WOULDBLOCK, "__cds_wfcq_dequeue_nonblocking");
  return node ? &((struct wfc_node *)node)->record : NULL;
}
NEWEST(wfc)

/* A reader may go on from where it was in an earlier critical section if that position is not older than `oldest`. The
 * writer raises `oldest` before it waits for the grace period after which it may use older nodes again. */
struct list_node {
  struct record record;
  struct list_node *next;
};
static struct {
  struct list_node *nodes, *last;
  uint64_t count;
  _Alignas(128) uint64_t oldest;
  _Alignas(128) struct list_node *position;
  uint64_t sequence; /* of the position */
} list;
typedef struct list_node *list_handles;
static inline list_handles list_take(void) { return list.nodes; }

INLINE void list_publish(list_handles it, const struct record *record) {
  if (list.count % (RECORDS / 2) == 0) {
    if (list.count >= RECORDS) CMM_STORE_SHARED(list.oldest, list.count - RECORDS / 2);
    urcu_qsbr_synchronize_rcu();
  }
  struct list_node *node = &it[list.count++ % RECORDS];
  node->record = *record;
  node->next = NULL;
  rcu_assign_pointer(list.last->next, node);
  list.last = node;
}

INLINE const struct record *list_next(list_handles it) {
  (void)it;
  urcu_qsbr_quiescent_state(); /* what was received before is no longer read */
  urcu_qsbr_read_lock();
  check(list.sequence >= CMM_LOAD_SHARED(list.oldest), "the check that nothing was lost");
  struct list_node *next = rcu_dereference(list.position->next);
  urcu_qsbr_read_unlock();
  if (next == NULL) return NULL;
  list.position = next;
  list.sequence++;
  return &next->record;
}
NEWEST(list)

typedef struct ck_ring *spmc_handles;
static struct record spmc_seen;
static inline spmc_handles spmc_take(void) { return &queue; }

INLINE void spmc_publish(spmc_handles it, const struct record *record) {
  (void)it;
  ck_publish(record);
}

INLINE const struct record *spmc_next(spmc_handles it) {
  (void)it;
  return ck_look(&spmc_seen) ? &spmc_seen : NULL;
}
NEWEST(spmc)

typedef struct record *only_handles;
static struct record only_seen;
static inline only_handles only_take(void) { return &only_seen; }

INLINE void only_publish(only_handles it, const struct record *record) {
  (void)it;
  rcu_publish(record);
}

INLINE const struct record *only_newest(only_handles it) {
  check(rcu_look(it), "rcu_look");
  return it;
}

static struct {
  struct ck_sequence sequence;
  struct record record, seen;
} seq;
typedef struct ck_sequence *seq_handles;
static inline seq_handles seq_take(void) { return &seq.sequence; }

INLINE void seq_publish(seq_handles it, const struct record *record) {
  ck_sequence_write_begin(it);
  seq.record = *record;
  ck_sequence_write_end(it);
}

INLINE const struct record *seq_newest(seq_handles it) {
  unsigned int version;
  do {
    version = ck_sequence_read_begin(it);
    seq.seen = seq.record;
  } while (ck_sequence_read_retry(it, version));
  return &seq.seen;
}

static struct {
  pthread_mutex_t mutex;
  uint64_t count, read;
  struct record *slots, seen;
} locked = {.mutex = PTHREAD_MUTEX_INITIALIZER};
typedef struct record *mutex_handles;
static inline mutex_handles mutex_take(void) { return locked.slots; }

INLINE void mutex_publish(mutex_handles it, const struct record *record) {
  OK(pthread_mutex_lock(&locked.mutex));
  it[locked.count++ % RECORDS] = *record;
  OK(pthread_mutex_unlock(&locked.mutex));
}

INLINE const struct record *mutex_next(mutex_handles it) {
  bool more;
  OK(pthread_mutex_lock(&locked.mutex));
  more = locked.read != locked.count;
  if (more) locked.seen = it[locked.read++ % RECORDS];
  OK(pthread_mutex_unlock(&locked.mutex));
  return more ? &locked.seen : NULL;
}
NEWEST(mutex)

/* The next one of the peers that show only the newest. */
INLINE const struct record *only_next(only_handles it) { return only_newest(it); }
INLINE const struct record *seq_next(seq_handles it) { return seq_newest(it); }
static void only_drain(void *context, size_t times) { (void)context, (void)times; }
static void seq_drain(void *context, size_t times) { (void)context, (void)times; }

/* Looks at both ends of the record, to see that it is the one published last, and whole. */
static inline void check_is(const struct record *record, uint64_t value) {
  check(record && record->words[0] == value && record->words[7] == value,
        "the check that each record is the one published");
}

#define TURNS(who)                                                                                          \
  static void who##_publishes(void *context, size_t times) {                                                \
    const who##_handles it = who##_take();                                                                  \
    const struct record *const source = records;                                                            \
    (void)context;                                                                                          \
    for (size_t i = 0; i < times; i++) who##_publish(it, &source[i % DISTINCT]);                            \
  }                                                                                                         \
  static void who##_follows(void *context, size_t times) {                                                  \
    const who##_handles it = who##_take();                                                                  \
    const struct record *const source = records;                                                            \
    (void)context;                                                                                          \
    for (size_t i = 0; i < times; i++) {                                                                    \
      who##_publish(it, &source[i % DISTINCT]);                                                             \
      check_is(opaque((void *)(uintptr_t)who##_next(it)), i % DISTINCT);                                    \
    }                                                                                                       \
  }                                                                                                         \
  /* Before that, so that all have received the newest, and nothing is new. */                              \
  static void who##_renew(void *context, size_t times) {                                                    \
    who##_publishes(context, DISTINCT);                                                                     \
    who##_drain(context, times);                                                                            \
  }                                                                                                         \
  static void who##_looks(void *context, size_t times) {                                                    \
    const who##_handles it = who##_take();                                                                  \
    (void)context;                                                                                          \
    for (size_t i = 0; i < times; i++) check_is(opaque((void *)(uintptr_t)who##_newest(it)), DISTINCT - 1); \
  }

TURNS(control)
TURNS(log)
TURNS(calls)
TURNS(spsc)
TURNS(pointers)
TURNS(fifo)
TURNS(wfc)
TURNS(list)
TURNS(spmc)
TURNS(only)
TURNS(seq)
TURNS(mutex)

enum { CONTROL, OURS, FIRST };
static const struct peer {
  const char *name;
  bool all; /* every reader gets every record, and the writer does not wait while a reader reads */
  turn *drain, *publishes, *follows, *renew, *looks;
} peers[] = {
#define PEER(name, who, all) {name, all, who##_drain, who##_publishes, who##_follows, who##_renew, who##_looks}
    [CONTROL] = PEER("ring + store", control, false),
    [OURS] = PEER("atomic-log", log, false),
    PEER("atomic-log, calls", calls, false),
    PEER("ck_ring, spsc", spsc, true),
    PEER("ck_ring, pointers", pointers, true),
    PEER("ck_fifo, spsc", fifo, true),
    PEER("wfcqueue", wfc, true),
    PEER("liburcu, list", list, true),
    PEER("ck_ring", spmc, false),
    PEER("liburcu", only, false),
    PEER("ck_sequence", seq, false),
    PEER("mutex", mutex, true),
};
enum { PEERS = sizeof peers / sizeof *peers };

/* The row of the table compares the log with the fastest peer that gives every reader every record. Each peer has a row
 * of its own against the ring. */
static void compare_peers(const char *what, const struct side *sides) {
  char row[64];
  int best = 0;
  struct outcome against_best = {0};
  take_turns(sides, FIRST, PEERS, TIMES);
  snprintf(row, sizeof row, "peers/c/%s/64", what);
  results_row(row, peers[OURS].name, held_against(rounds[0].taken[OURS], rounds[0].taken[CONTROL], rounds[0].count),
              NULL);
  for (int i = FIRST; i < PEERS; i++) {
    const struct rounds *mine = &rounds[i - FIRST];
    results_row(row, peers[i].name, held_against(mine->taken[FIRST], mine->taken[CONTROL], mine->count), NULL);
    struct outcome against = held_against(mine->taken[OURS], mine->taken[FIRST], mine->count);
    if (peers[i].all && (best == 0 || against.ratio > against_best.ratio)) best = i, against_best = against;
  }
  snprintf(row, sizeof row, "c/%s/64", what);
  results_row(row, peers[OURS].name, against_best, peers[best].name);
}

static void *waits(void *barrier) {
  (void)pthread_barrier_wait(barrier);
  return NULL;
}

int main(int argc, char **argv) {
  results_open(argc, argv);
  records_create();
  urcu_memb_register_thread();
  urcu_qsbr_register_thread();
  ring_create(&ring, RECORDS, RECORDS * sizeof *records, 0);
  queued = room(64, RECORDS * sizeof *queued);
  ck_ring_init(&queue, RECORDS);
  spsc.slots = room(64, RECORDS * sizeof *spsc.slots);
  ck_ring_init(&spsc.ring, RECORDS);
  pointers.slots = room(64, RECORDS * sizeof *pointers.slots);
  pointers.records = room(64, RECORDS * sizeof *pointers.records);
  ck_ring_init(&pointers.ring, RECORDS);
  fifo.nodes = room(64, (RECORDS + 1) * sizeof *fifo.nodes);
  ck_fifo_spsc_init(&fifo.queue, &fifo.nodes[RECORDS].entry);
  wfc.nodes = room(64, RECORDS * sizeof *wfc.nodes);
  __cds_wfcq_init(&wfc.head, &wfc.tail);
  list.nodes = room(64, (RECORDS + 1) * sizeof *list.nodes);
  list.last = list.position = &list.nodes[RECORDS];
  list.last->next = NULL;
  versions = room(64, RECORDS * sizeof *versions);
  locked.slots = room(64, RECORDS * sizeof *locked.slots);
  log_create();
  OK(alog_writer_append(writer, records, sizeof *records));
  OK(alog_cursor_open(log_of_all, ALOG_START_NEXT, &cursor));
  OK(alog_snapshot_create(log_of_all, &snapshot));

  /* A libc may skip locking its mutexes while there is only one thread. So there is another thread, which sleeps. */
  pthread_barrier_t barrier;
  pthread_t sleeper;
  OK(pthread_barrier_init(&barrier, NULL, 2));
  OK(pthread_create(&sleeper, NULL, waits, &barrier));

  struct side publishes[PEERS], follows[PEERS], looks[PEERS];
  for (int i = 0; i < PEERS; i++) {
    const struct peer *peer = &peers[i];
    /* All have gone round once. */
    for (int j = 0; j < 8; j++) {
      peer->publishes(NULL, TIMES);
      peer->drain(NULL, TIMES);
    }
    publishes[i] = (struct side){peer->name, NULL, peer->publishes, peer->drain};
    follows[i] = (struct side){peer->name, NULL, peer->follows, peer->drain};
    looks[i] = (struct side){peer->name, NULL, peer->looks, peer->renew};
  }
  compare_peers("publish", publishes);
  compare_peers("follow", follows);
  compare_peers("look", looks);

  (void)pthread_barrier_wait(&barrier);
  OK(pthread_join(sleeper, NULL));
  OK(pthread_barrier_destroy(&barrier));
  urcu_qsbr_unregister_thread();
  urcu_memb_unregister_thread();
  alog_snapshot_destroy(snapshot);
  alog_cursor_destroy(cursor);
  log_destroy();
  ring_destroy(&ring);
  free(records), free(queued), free(spsc.slots), free(pointers.slots), free(pointers.records), free(fifo.nodes);
  free(wfc.nodes), free(list.nodes), free(versions), free(locked.slots);
  results_close();
  return 0;
}
