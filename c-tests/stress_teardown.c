/*
 * Holds up that any thread may give up handles in any order. Logs are made all the time. Their handles are dealt out to
 * threads that share nothing but a mailbox, used there, and given up. The thread that gives up the last handle frees
 * the log, and must do so after every other thread's last use of it.
 */
#include "clock.h"
#include "counting.h"
#include "fixture.h"

enum { THREADS = 4, MAILBOXES = 6, RETAINED = 4, SEGMENT = 2 };
enum handle { LOG, WRITER, SNAPSHOT, CURSOR, SEGMENT_PIN, HANDLES };

/* One handle, on its way to another thread. */
typedef struct parcel {
  enum handle type;
  void *handle;
  alog_chunk chunk; /* of a segment pin */
} parcel;

typedef struct thread_state {
  random_source random;
  uint64_t logs;
  uint64_t received;
} thread_state;

static atomic_bool stop;
static counting memory;
static _Atomic(parcel *) mailboxes[MAILBOXES];

static void use_log(alog_log *log) {
  const alog_range range = log_range_of(log);
  alog_snapshot *snapshot = snapshot_of(log);
  CHECK(range_of(snapshot).end >= range.end);
  check_numbers(snapshot, range_of(snapshot).begin, range_of(snapshot).end);
  alog_snapshot_destroy(snapshot);
  alog_log_release(log);
}

static void use_writer(alog_writer *writer) {
  append_numbers(writer, 3);
  alog_writer_release(writer);
}

static void use_snapshot(alog_snapshot *snapshot) {
  check_numbers(snapshot, range_of(snapshot).begin, range_of(snapshot).end);
  CHECK(alog_snapshot_refresh(snapshot, NULL) >= ALOG_OK);
  check_numbers(snapshot, range_of(snapshot).begin, range_of(snapshot).end);
  alog_snapshot_destroy(snapshot);
}

static void use_cursor(alog_cursor *cursor) {
  CHECK(alog_cursor_refresh(cursor, NULL) >= ALOG_OK);
  alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
  while (alog_cursor_next(cursor, &chunk) == ALOG_OK) {
    check_chunk(&chunk, sizeof(uint64_t), check_number);
  }
  alog_cursor_destroy(cursor);
}

static void use_segment(alog_segment *segment, const alog_chunk *chunk) {
  CHECK_U64(chunk->segment_sequence, alog_segment_sequence(segment));
  check_chunk(chunk, sizeof(uint64_t), check_number);
  alog_segment_release(segment);
}

/* Uses the handle, and gives it up. */
static void open_parcel(parcel *p) {
  switch (p->type) {
    case LOG:
      use_log((alog_log *)p->handle);
      break;
    case WRITER:
      use_writer((alog_writer *)p->handle);
      break;
    case SNAPSHOT:
      use_snapshot((alog_snapshot *)p->handle);
      break;
    case CURSOR:
      use_cursor((alog_cursor *)p->handle);
      break;
    case SEGMENT_PIN:
      use_segment((alog_segment *)p->handle, &p->chunk);
      break;
    case HANDLES:
      break;
  }
  free(p);
}

/* Leaves a parcel, or nothing, in a mailbox and takes what is there. */
static void exchange(parcel *p, thread_state *self) {
  const size_t box = (size_t)random_below(&self->random, MAILBOXES);
  parcel *found = atomic_exchange_explicit(&mailboxes[box], p, memory_order_acq_rel);
  if (found != NULL) {
    self->received++;
    open_parcel(found);
  }
}

/* A new log with some records, and a handle of each type. */
static void make_log(parcel *parcels[HANDLES]) {
  alog_options options = fixed_options(RETAINED, SEGMENT, sizeof(uint64_t));
  options.allocator = &memory.allocator;
  alog_log *log = create_fixed(options);
  alog_writer *writer = claim(log);
  append_numbers(writer, 7);
  alog_snapshot *snapshot = snapshot_of(log);
  const alog_chunk chunk = chunk_of(snapshot, 0);
  void *handles[HANDLES] = {log, writer, snapshot, cursor_over(snapshot), pin_of(snapshot, 0)};
  for (size_t type = LOG; type < HANDLES; type++) {
    const parcel made = {(enum handle)type, handles[type], chunk};
    parcels[type] = (parcel *)malloc(sizeof made);
    CHECK(parcels[type] != NULL);
    *parcels[type] = made;
  }
}

static void *run(void *argument) {
  thread_state *self = (thread_state *)argument;
  /* Until it received something. On a busy machine the time may be over before it has begun. */
  while (self->received == 0 || !atomic_load_explicit(&stop, memory_order_relaxed)) {
    parcel *parcels[HANDLES];
    make_log(parcels);
    self->logs++;
    const uint64_t first = random_below(&self->random, HANDLES);
    for (uint64_t i = 0; i < HANDLES; i++) {
      parcel *p = parcels[(first + i) % HANDLES];
      if (random_below(&self->random, 2) == 0) {
        exchange(p, self);
      } else {
        open_parcel(p);
      }
    }
  }
  return NULL;
}

int main(int argc, char **argv) {
  const long seconds = argc > 1 ? strtol(argv[1], NULL, 10) : 2;
  const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  static thread_state states[THREADS];
  thread threads[THREADS];

  test_claim = "the_last_handle_frees_the_log_on_any_thread";
  CHECK(seconds > 0);
  counting_init(&memory);
  for (size_t i = 0; i < THREADS; i++) {
    states[i].random.state = mix(seed * THREADS + i);
    CHECK(thread_start(&threads[i], run, &states[i]));
  }
  nap_for((uint64_t)seconds * SECOND);
  atomic_store_explicit(&stop, true, memory_order_relaxed);
  for (size_t i = 0; i < THREADS; i++) {
    CHECK(thread_join(&threads[i]));
    CHECK(states[i].logs > 0 && states[i].received > 0);
    printf("%" PRIu64 " logs made, %" PRIu64 " handles received\n", states[i].logs, states[i].received);
  }
  for (size_t i = 0; i < MAILBOXES; i++) {
    parcel *left = atomic_load(&mailboxes[i]);
    if (left != NULL) {
      open_parcel(left);
    }
  }
  counting_done(&memory);
  return 0;
}
