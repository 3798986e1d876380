/*
 * The log under many threads: what the stress programs share. Each program says for which geometry and roles it is.
 *
 * Writers hand the role over to each other and publish single records, batches, reservations and groups, some of which
 * they abandon. Each record holds its own sequence and size, and the first sequence and the length of its publication,
 * under a checksum. So a thread that reads a view can say, knowing nothing else, that
 *
 *   - each record is whole, at its place, and was published, not abandoned;
 *   - the view ends where a publication ended, and `latest` is exactly that publication, all of it (I7);
 *   - chunks abut, and so do publications (I8);
 *   - what a refresh reported is exact;
 *   - a recording that is made meanwhile is a whole file of all this;
 *   - no read returns an older state than one that had finished before it began (I10).
 *
 * To check the last claim, threads must tell each other what they saw. This orders them, and an order would hide a race
 * from ThreadSanitizer. So only every other thread of a role takes part in that. The rest share nothing but the
 * library.
 */
#ifndef STRESS_H
#define STRESS_H

#include "clock.h"
#include "counting.h"
#include "fixture.h"
#include "mcap.h"
#include "self_checked.h"

enum { RECORD_MAX = 96, BATCH_MAX = 40, MAILBOXES = 8, THREADS_MAX = 16 };
enum role { WRITERS, REFRESHERS, NEWCOMERS, FOLLOWERS, SHARERS, PINNERS, RECORDERS, ROLES };

/* What differs between the programs. */
typedef struct stress_kind {
  alog_status (*create)(const alog_allocator *allocator, alog_log **out);
  size_t (*record_size)(uint64_t sequence);
  alog_status (*append_batch)(alog_writer *writer, const unsigned char *data, size_t count, uint64_t first,
                              bool other_way);
  bool reserves_many;    /* whether a reservation is for records, or for bytes of one */
  uint64_t batch_max;    /* records; at most BATCH_MAX */
  uint64_t group_max;    /* records; more than fit in a view, now and then, is well */
  uint64_t nap_every;    /* publications, about, between two naps of a writer; 0: no thread naps or yields */
  size_t threads[ROLES]; /* how many of each role */
} stress_kind;

static const stress_kind *kind;

typedef struct thread_state {
  alog_log *log; /* a count of its own */
  random_source random;
  bool timekeeper;      /* tells others what it saw, and holds them to it */
  uint64_t newest_seen; /* by this thread */
  uint64_t checked;     /* records */
  uint64_t turns;
  uint64_t lost;
} thread_state;

typedef struct passed_pin {
  alog_segment *segment;
  alog_chunk chunk;
} passed_pin;

static atomic_bool stop;
static _Atomic(uint64_t) newest; /* the end of the newest state any timekeeper has seen, or published */
static _Atomic(passed_pin *) mailboxes[MAILBOXES];
static _Atomic(alog_writer *) parked_writer;     /* for the next writer */
static _Atomic(alog_snapshot *) passed_snapshot; /* for the next newcomer */
static alog_snapshot *shared_snapshot;
static alog_range shared_range;

static bool stopped(void) { return atomic_load_explicit(&stop, memory_order_relaxed); }

/* Each thread has a turn. On a busy machine the time may be over before it has begun. */
static bool goes_on(const thread_state *self) { return self->turns == 0 || !stopped(); }

/* Yields the processor, unless no thread yields; not always, because to go on at once finds other races. */
static void yield(random_source *random) {
  if (kind->nap_every > 0 && random_below(random, 4) > 0) {
    thread_yield();
  }
}

/* Naps for up to this many microseconds, unless no thread naps. */
static void nap(random_source *random, uint64_t microseconds) {
  if (kind->nap_every == 0) {
    return;
  }
  nap_for(1000 * random_below(random, microseconds + 1));
}

/* -------------------------------------------------------------------------------------- records */

static size_t write_record(unsigned char *out, uint64_t sequence, uint64_t first, uint32_t length) {
  return write_record_of(out, sequence, first, length, kind->record_size(sequence));
}

/* Checks a record; `last` is the one before it, if there is one, and becomes this one. */
static void check_next(uint64_t sequence, alog_slice record, record_head *last) {
  const record_head head = check_record(sequence, record);
  if (last->length > 0) {
    CHECK_U64(last->sequence + 1, sequence);
    const bool same = sequence - last->first < last->length;
    CHECK_U64(same ? last->first : sequence, head.first);
    CHECK(!same || head.length == last->length);
  }
  *last = head;
}

/* Checks the records of a chunk; `last` is the record before it, if there is one, and becomes its last. */
static void check_records(const alog_chunk *chunk, record_head *last, thread_state *self) {
  CHECK(chunk->count > 0);
  for (size_t i = 0; i < chunk->count; i++) {
    const uint64_t sequence = chunk->first_sequence + i;
    check_next(sequence, chunk_record(chunk, i, kind->record_size(sequence)), last);
  }
  self->checked += chunk->count;
}

/* ---------------------------------------------------------------------------------------- views */

/* Call this before a read begins. The read must not return an older state. */
static uint64_t oldest_allowed(const thread_state *self) {
  const uint64_t others = self->timekeeper ? atomic_load_explicit(&newest, memory_order_acquire) : 0;
  return others > self->newest_seen ? others : self->newest_seen;
}

static void saw(thread_state *self, uint64_t allowed, uint64_t end) {
  CHECK(end >= allowed);
  self->newest_seen = end;
  uint64_t now = atomic_load_explicit(&newest, memory_order_relaxed);
  while (self->timekeeper && now < end &&
         !atomic_compare_exchange_weak_explicit(&newest, &now, end, memory_order_release, memory_order_relaxed)) {
  }
}

static void check_latest(const alog_snapshot *snapshot, alog_range range, const record_head *last) {
  const alog_range latest = latest_of(snapshot);
  CHECK_U64(range.end, latest.end);
  CHECK_U64(last->first, latest.begin);
  CHECK_U64(range.end, last->first + last->length);
  CHECK(latest.begin >= range.begin);
}

/* The whole of a view. */
static void check_whole(const alog_snapshot *snapshot, thread_state *self) {
  const alog_range range = range_of(snapshot);
  const size_t count = alog_snapshot_chunk_count(snapshot);
  record_head last = {0, 0, 0, 0, 0};
  uint64_t next = range.begin;
  uint64_t segment = 0;
  for (size_t i = 0; i < count; i++) {
    const alog_chunk chunk = chunk_of(snapshot, i);
    CHECK_U64(next, chunk.first_sequence);
    CHECK(i == 0 || chunk.segment_sequence == segment + 1);
    check_records(&chunk, &last, self);
    next += chunk.count;
    segment = chunk.segment_sequence;
  }
  CHECK_U64(range.end, next);
  if (range.end > range.begin) {
    check_latest(snapshot, range, &last);
  }
}

/* The newest publication of a view and its oldest record: what has been there shortest and longest. */
static void check_ends(const alog_snapshot *snapshot, thread_state *self) {
  const alog_range range = range_of(snapshot);
  if (range.begin == range.end) {
    return;
  }
  alog_slice record = {NULL, 0};
  CHECK_OK(alog_snapshot_record(snapshot, range.begin, &record));
  check_record(range.begin, record);
  CHECK_OK(alog_snapshot_record(snapshot, range.end - 1, &record));
  const record_head last = check_record(range.end - 1, record);
  check_latest(snapshot, range, &last);
  CHECK_OK(alog_snapshot_record(snapshot, last.first, &record));
  check_record(last.first, record);
  self->checked += 3;
}

static void check_somehow(const alog_snapshot *snapshot, thread_state *self) {
  if (random_below(&self->random, 4) == 0) {
    check_whole(snapshot, self);
  } else {
    check_ends(snapshot, self);
  }
}

/* -------------------------------------------------------------------------------------- writers */

/* What a publication still needs. */
typedef struct plan {
  uint64_t first;
  uint32_t length; /* 0 if it is to be abandoned */
  uint64_t left;
} plan;

static alog_status write_one(alog_writer *writer, plan *p) {
  unsigned char record[RECORD_MAX];
  const size_t size = write_record(record, alog_writer_next_sequence(writer), p->first, p->length);
  const alog_status status = alog_writer_append(writer, record, size);
  p->left -= status == ALOG_OK ? 1 : 0;
  return status;
}

static alog_status write_batch(alog_writer *writer, plan *p, size_t count, random_source *random) {
  static _Thread_local unsigned char data[BATCH_MAX * RECORD_MAX];
  const uint64_t sequence = alog_writer_next_sequence(writer);
  size_t used = 0;
  for (size_t i = 0; i < count; i++) {
    used += write_record(data + used, sequence + i, p->first, p->length);
  }
  const alog_status status = kind->append_batch(writer, data, count, sequence, random_below(random, 2) == 0);
  CHECK_U64(sequence + (status == ALOG_OK ? count : 0), alog_writer_next_sequence(writer));
  p->left -= status == ALOG_OK ? count : 0;
  return status;
}

/* A reservation of `want` records, or of one record that may turn out smaller than reserved. Outside a group it is a
 * publication. Its length is known only when the room is. */
static alog_status write_in_place(alog_writer *writer, plan *p, size_t want, bool alone) {
  alog_reservation room = {NULL, 0, 0};
  const uint64_t sequence = alog_writer_next_sequence(writer);
  const alog_status status = alog_writer_reserve(writer, kind->reserves_many ? want : (size_t)RECORD_MAX, &room);
  if (status != ALOG_OK) {
    return status;
  }
  size_t used = kind->record_size(sequence);
  const size_t count = kind->reserves_many ? room.capacity : 1;
  if (alone) {
    p->length = (uint32_t)count;
    p->left = count;
  }
  for (size_t i = 0; i < count; i++) {
    used = write_record((unsigned char *)room.data + i * room.stride, sequence + i, p->first, p->length);
  }
  CHECK_OK(alog_writer_commit(writer, kind->reserves_many ? count : used));
  p->left -= count;
  return ALOG_OK;
}

static alog_status write_some(alog_writer *writer, plan *p, random_source *random) {
  const uint64_t most = p->left < kind->batch_max ? p->left : kind->batch_max;
  const size_t some = (size_t)(1 + random_below(random, most));
  switch (random_below(random, 4)) {
    case 0:
      return write_batch(writer, p, some, random);
    case 1:
      return write_in_place(writer, p, some, false);
    default:
      return write_one(writer, p);
  }
}

static void publish_group(alog_writer *writer, random_source *random) {
  const bool doomed = random_below(random, 4) == 0;
  const uint64_t count = 1 + random_below(random, random_below(random, 4) == 0 ? kind->group_max : kind->batch_max);
  plan p = {alog_writer_next_sequence(writer), doomed ? 0 : (uint32_t)count, count};
  CHECK_OK(alog_writer_begin(writer));
  alog_status status = ALOG_OK;
  while (p.left > 0 && status == ALOG_OK) {
    status = write_some(writer, &p, random);
    CHECK(status == ALOG_OK || status == ALOG_ERR_TOO_LARGE);
    if (random_below(random, 200) == 0) {
      yield(random);
    }
  }
  if (doomed || status != ALOG_OK) {
    CHECK_OK(alog_writer_abandon(writer));
    CHECK_U64(p.first, alog_writer_next_sequence(writer));
  } else {
    CHECK_OK(alog_writer_publish(writer));
    CHECK_U64(p.first + count, alog_writer_next_sequence(writer));
  }
}

static void publish_once(alog_writer *writer, random_source *random) {
  plan p = {alog_writer_next_sequence(writer), 1, 1};
  switch (random_below(random, 8)) {
    case 0:
      publish_group(writer, random);
      break;
    case 1: {
      p.left = 1 + random_below(random, kind->batch_max);
      p.length = (uint32_t)p.left;
      CHECK_OK(write_batch(writer, &p, (size_t)p.left, random));
      break;
    }
    case 2:
      CHECK_OK(write_in_place(writer, &p, (size_t)(1 + random_below(random, kind->batch_max)), true));
      break;
    default:
      CHECK_OK(write_one(writer, &p));
      break;
  }
}

/* The writer that another thread has parked, or a new one, or NULL. */
static alog_writer *take_role(const thread_state *self) {
  alog_writer *writer = atomic_exchange_explicit(&parked_writer, NULL, memory_order_acquire);
  if (writer == NULL) {
    const alog_status status = alog_writer_claim(self->log, &writer);
    CHECK(status == ALOG_OK || (status == ALOG_ERR_CLAIMED && writer == NULL));
  }
  return writer;
}

/* Gives the role back, sometimes in the middle of a group and a reservation, or parks the writer as it is. */
static void leave_role(alog_writer *writer, random_source *random) {
  if (random_below(random, 2) == 0) {
    plan p = {alog_writer_next_sequence(writer), 0, 1};
    CHECK_OK(alog_writer_begin(writer));
    CHECK_OK(write_one(writer, &p));
    alog_reservation room = {NULL, 0, 0};
    CHECK_OK(alog_writer_reserve(writer, 1, &room));
  } else if (random_below(random, 3) == 0) {
    CHECK(atomic_exchange_explicit(&parked_writer, writer, memory_order_release) == NULL);
    return;
  }
  alog_writer_release(writer);
}

/* Takes the role when it is free, and leaves it to another thread after a while. */
static void *run_writer(void *argument) {
  thread_state *self = (thread_state *)argument;
  while (goes_on(self)) {
    alog_writer *writer = take_role(self);
    if (writer == NULL) {
      nap(&self->random, 50);
      continue;
    }
    CHECK(alog_log_has_writer(self->log));
    self->turns++;
    for (uint64_t left = 1 + random_below(&self->random, 500); left > 0 && !stopped(); left--) {
      const uint64_t allowed = oldest_allowed(self);
      publish_once(writer, &self->random);
      saw(self, allowed, alog_writer_next_sequence(writer));
      if (kind->nap_every > 0 && random_below(&self->random, kind->nap_every) == 0) {
        nap(&self->random, 100);
      }
    }
    leave_role(writer, &self->random);
    yield(&self->random);
  }
  alog_log_release(self->log);
  return NULL;
}

/* -------------------------------------------------------------------------------------- readers */

/* One snapshot, refreshed all the time; held for a while now and then. */
static void *run_refresher(void *argument) {
  thread_state *self = (thread_state *)argument;
  alog_snapshot *snapshot = snapshot_of(self->log);
  alog_log_release(self->log);
  alog_range before = range_of(snapshot);
  uint64_t total = before.end;
  while (goes_on(self)) {
    const uint64_t allowed = oldest_allowed(self);
    alog_delta delta = {0, 0, 0};
    const alog_status status = alog_snapshot_refresh(snapshot, &delta);
    const alog_range range = range_of(snapshot);
    saw(self, allowed, range.end);
    const uint64_t first = before.end > range.begin ? before.end : range.begin;
    CHECK_STATUS(range.end == before.end ? ALOG_UNCHANGED : ALOG_OK, status);
    CHECK_DELTA(first, range.end - first, first - before.end, delta);
    total += delta.appended + delta.lost;
    CHECK_U64(range.end, total);
    self->lost += delta.lost;
    self->turns++;
    before = range;
    if (status == ALOG_UNCHANGED) {
      yield(&self->random);
    }
    check_somehow(snapshot, self);
    if (random_below(&self->random, 50) == 0) {
      nap(&self->random, 3000);
      CHECK_RANGE(range.begin, range.end, range_of(snapshot));
      check_whole(snapshot, self);
    }
  }
  alog_snapshot_destroy(snapshot);
  return NULL;
}

/* A new snapshot each time, sometimes two in a row. Some are passed on, and another thread destroys them. */
static void *run_newcomer(void *argument) {
  thread_state *self = (thread_state *)argument;
  while (goes_on(self)) {
    uint64_t allowed = oldest_allowed(self);
    alog_snapshot *snapshot = snapshot_of(self->log);
    saw(self, allowed, range_of(snapshot).end);
    self->turns++;
    if (random_below(&self->random, 2) == 0) {
      allowed = oldest_allowed(self);
      const alog_range range = log_range_of(self->log);
      saw(self, allowed, range.end);
      allowed = oldest_allowed(self);
      alog_snapshot *second = snapshot_of(self->log);
      saw(self, allowed, range_of(second).end);
      alog_snapshot_destroy(snapshot);
      snapshot = second;
    }
    check_somehow(snapshot, self);
    if (random_below(&self->random, 8) == 0) {
      snapshot = atomic_exchange_explicit(&passed_snapshot, snapshot, memory_order_acq_rel);
    }
    alog_snapshot_destroy(snapshot);
  }
  alog_log_release(self->log);
  return NULL;
}

/* Reads all that there is to read, in order, and counts what it missed. */
static void *run_follower(void *argument) {
  thread_state *self = (thread_state *)argument;
  alog_cursor *cursor = cursor_on(self->log, self->timekeeper ? ALOG_START_NEXT : ALOG_START_OLDEST);
  alog_log_release(self->log);
  uint64_t total = alog_cursor_position(cursor); /* read, lost, skipped and not yet read again */
  while (goes_on(self)) {
    const uint64_t allowed = oldest_allowed(self);
    const uint64_t old = alog_cursor_position(cursor);
    alog_delta delta = {0, 0, 0};
    const alog_status status = alog_cursor_refresh(cursor, &delta);
    CHECK(status == ALOG_OK || status == ALOG_UNCHANGED);
    CHECK_U64(old + delta.lost, delta.first_sequence);
    CHECK_U64(delta.first_sequence, alog_cursor_position(cursor));
    const uint64_t end = delta.first_sequence + delta.appended;
    saw(self, allowed, end);
    total += delta.lost;
    self->lost += delta.lost;
    self->turns++;
    if (status == ALOG_UNCHANGED) {
      yield(&self->random);
    }

    record_head last = {0, 0, 0, 0, 0};
    uint64_t next = delta.first_sequence;
    while (next < end && random_below(&self->random, 40) > 0) {
      alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
      CHECK_OK(alog_cursor_next(cursor, &chunk));
      CHECK_U64(next, chunk.first_sequence);
      check_records(&chunk, &last, self);
      next += chunk.count;
      total += chunk.count;
      CHECK_U64(next, alog_cursor_position(cursor));
    }
    if (next == end) {
      alog_chunk chunk;
      CHECK_STATUS(ALOG_END, alog_cursor_next(cursor, &chunk));
      CHECK(last.length == 0 || last.first + last.length == end);
    }
    CHECK_U64(total, alog_cursor_position(cursor));
    if (next > delta.first_sequence && random_below(&self->random, 10) == 0) {
      const uint64_t to = delta.first_sequence + random_below(&self->random, end - delta.first_sequence + 1);
      CHECK_OK(alog_cursor_seek(cursor, to));
      total = to;
    }
  }
  alog_cursor_destroy(cursor);
  return NULL;
}

/* All of them read one snapshot at once, and make their own snapshots from it. */
static void *run_sharer(void *argument) {
  thread_state *self = (thread_state *)argument;
  alog_log_release(self->log);
  while (goes_on(self)) {
    CHECK_RANGE(shared_range.begin, shared_range.end, range_of(shared_snapshot));
    check_somehow(shared_snapshot, self);
    alog_snapshot *clone = clone_of(shared_snapshot);
    CHECK_RANGE(shared_range.begin, shared_range.end, range_of(clone));
    const uint64_t allowed = oldest_allowed(self);
    CHECK(alog_snapshot_refresh(clone, NULL) >= ALOG_OK);
    saw(self, allowed, range_of(clone).end);
    check_somehow(clone, self);
    alog_cursor *cursor = cursor_over(shared_snapshot);
    alog_chunk chunk = {NULL, 0, 0, NULL, 0, 0};
    record_head last = {0, 0, 0, 0, 0};
    while (alog_cursor_next(cursor, &chunk) == ALOG_OK) {
      check_records(&chunk, &last, self);
    }
    alog_cursor_destroy(cursor);
    alog_snapshot_destroy(clone);
    self->turns++;
    nap(&self->random, 200);
  }
  return NULL;
}

static void check_pin(const passed_pin *pin, thread_state *self) {
  record_head last = {0, 0, 0, 0, 0};
  CHECK_U64(pin->chunk.segment_sequence, alog_segment_sequence(pin->segment));
  check_records(&pin->chunk, &last, self);
}

static void drop_pin(passed_pin *pin, thread_state *self) {
  if (pin != NULL) {
    check_pin(pin, self);
    alog_segment_release(pin->segment);
    free(pin);
  }
}

/* A pin on one of the segments of a view. The view is gone when this returns. */
static passed_pin *take_pin(thread_state *self) {
  alog_snapshot *snapshot = snapshot_of(self->log);
  const size_t count = alog_snapshot_chunk_count(snapshot);
  passed_pin *pin = NULL;
  if (count > 0) {
    const size_t index = (size_t)random_below(&self->random, count);
    pin = (passed_pin *)malloc(sizeof *pin);
    CHECK(pin != NULL);
    pin->chunk = chunk_of(snapshot, index);
    pin->segment = pin_of(snapshot, index);
  }
  alog_snapshot_destroy(snapshot);
  return pin;
}

/* Takes pins, passes them to the thread that looks into the mailbox next, and checks the pins that it finds there. */
static void *run_pinner(void *argument) {
  thread_state *self = (thread_state *)argument;
  while (goes_on(self)) {
    passed_pin *pin = take_pin(self);
    if (pin == NULL) {
      yield(&self->random);
      continue;
    }
    const size_t box = (size_t)random_below(&self->random, MAILBOXES);
    alog_segment *kept = alog_segment_retain(pin->segment);
    const passed_pin copy = *pin;
    passed_pin *found = atomic_exchange_explicit(&mailboxes[box], pin, memory_order_acq_rel);
    drop_pin(found, self);
    check_pin(&copy, self);
    alog_segment_release(kept);
    self->turns++;
    nap(&self->random, 50);
  }
  alog_log_release(self->log);
  return NULL;
}

/* ------------------------------------------------------------------------------------ recordings */

/* Every message of a file, which must be whole, is the record of its sequence; and the newest publication is all there.
 */
static void check_file(const mcap_file *file, alog_range range, thread_state *self) {
  mcap_reader reader = mcap_read(file);
  mcap_message message;
  record_head last = {0, 0, 0, 0, 0};
  uint64_t next = range.begin;
  while (mcap_next(&reader, &message)) {
    CHECK_U64((uint32_t)next, message.sequence);
    CHECK_U64(next, message.log_time);
    const alog_slice record = {message.data, message.size};
    check_next(next, record, &last);
    next++;
  }
  CHECK_U64(range.end, next);
  CHECK(range.begin == range.end || last.first + last.length == range.end);
  self->checked += range.end - range.begin;
}

static void *run_recorder(void *argument) {
  thread_state *self = (thread_state *)argument;
  mcap_file file = mcap_empty();
  const alog_sink sink = mcap_sink(&file);
  alog_channel channel = ALOG_CHANNEL_INIT;
  channel.topic = "/records";
  channel.message_encoding = "octets";
  alog_recorder recorder;
  CHECK_OK(alog_recorder_init(&recorder, &sink));
  CHECK_OK(alog_recorder_add(&recorder, self->log, &channel));
  while (goes_on(self)) {
    const uint64_t allowed = oldest_allowed(self);
    file.size = 0;
    alog_recording recording;
    CHECK_OK(alog_recorder_write(&recorder, &recording));
    saw(self, allowed, recording.ranges[0].end);
    CHECK_U64(file.size, recording.bytes);
    CHECK_U64(recording.ranges[0].begin, recording.older);
    check_file(&file, recording.ranges[0], self);
    self->turns++;
    nap(&self->random, 100);
  }
  mcap_clear(&file);
  alog_log_release(self->log);
  return NULL;
}

/* ------------------------------------------------------------------------------------------ all */

/* In the order of enum role. */
static const struct {
  const char *name;
  void *(*run)(void *);
} roles[ROLES] = {
    {"writers", run_writer}, {"refreshers", run_refresher}, {"newcomers", run_newcomer}, {"followers", run_follower},
    {"sharers", run_sharer}, {"pinners", run_pinner},       {"recorders", run_recorder},
};

/* Publishes a little, for the snapshot that the sharers share from the beginning to the end. */
static void share_a_snapshot(alog_log *log) {
  random_source random = {1};
  alog_writer *writer = claim(log);
  for (int i = 0; i < 100; i++) {
    publish_once(writer, &random);
  }
  alog_writer_release(writer);
  shared_snapshot = snapshot_of(log);
  shared_range = range_of(shared_snapshot);
}

/* The totals of the threads of one role. Each thread must have had its turn. */
static void report(size_t role, const thread_state *states, size_t count) {
  thread_state sum = {NULL, {0}, false, 0, 0, 0, 0};
  for (size_t i = 0; i < count; i++) {
    CHECK(states[i].turns > 0);
    sum.turns += states[i].turns;
    sum.checked += states[i].checked;
    sum.lost += states[i].lost;
  }
  printf("%zu %-10s %10" PRIu64 " turns, %11" PRIu64 " records checked, %11" PRIu64 " lost\n", count, roles[role].name,
         sum.turns, sum.checked, sum.lost);
}

/* Runs all roles for argv[1] seconds (2 by default), from the seed argv[2]. */
static int stress_main(const stress_kind *which, int argc, char **argv) {
  const long seconds = argc > 1 ? strtol(argv[1], NULL, 10) : 2;
  const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  static thread_state states[THREADS_MAX];
  thread threads[THREADS_MAX];
  size_t count = 0;
  counting memory;
  alog_log *log = NULL;

  kind = which;
  test_claim = "many_threads_see_one_log";
  CHECK(seconds > 0);
  counting_init(&memory);
  CHECK_OK(kind->create(&memory.allocator, &log));
  share_a_snapshot(log);

  for (size_t role = 0; role < ROLES; role++) {
    for (size_t i = 0; i < kind->threads[role]; i++, count++) {
      CHECK(count < THREADS_MAX);
      states[count].log = alog_log_retain(log);
      states[count].random.state = mix(seed * THREADS_MAX + count);
      states[count].timekeeper = i % 2 == 0;
      CHECK(thread_start(&threads[count], roles[role].run, &states[count]));
    }
  }
  alog_log_release(log);
  nap_for((uint64_t)seconds * SECOND);
  atomic_store_explicit(&stop, true, memory_order_relaxed);
  for (size_t i = 0; i < count; i++) {
    CHECK(thread_join(&threads[i]));
  }

  count = 0;
  for (size_t role = 0; role < ROLES; role++) {
    report(role, &states[count], kind->threads[role]);
    count += kind->threads[role];
  }
  alog_writer_release(atomic_load(&parked_writer));
  alog_snapshot_destroy(atomic_load(&passed_snapshot));
  log = alog_snapshot_log(shared_snapshot);
  CHECK(!alog_log_has_writer(log));
  check_whole(shared_snapshot, &states[0]);
  CHECK(alog_snapshot_refresh(shared_snapshot, NULL) >= ALOG_OK);
  check_whole(shared_snapshot, &states[0]);
  CHECK(range_of(shared_snapshot).end >= atomic_load(&newest));
  printf("%" PRIu64 " records published, %" PRIu64 " segments\n", range_of(shared_snapshot).end,
         chunk_of(shared_snapshot, alog_snapshot_chunk_count(shared_snapshot) - 1).segment_sequence + 1);
  alog_snapshot_destroy(shared_snapshot);
  for (size_t i = 0; i < MAILBOXES; i++) {
    drop_pin(atomic_load(&mailboxes[i]), &states[0]);
  }
  alog_log_release(log);
  counting_done(&memory);
  return 0;
}

#endif
