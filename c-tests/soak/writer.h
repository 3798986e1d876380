/*
 * The writers: threads that go from log to log, take the role where it is free, write for a while in every way that
 * exists, and leave the role to another.
 */
#ifndef SOAK_WRITER_H
#define SOAK_WRITER_H

#include "room.h"

enum { ROOMS = 5 };
static room rooms[ROOMS];

/* What a publication still needs. */
typedef struct plan {
  uint64_t first;
  uint32_t length; /* 0 if it is to be abandoned */
  uint64_t left;
} plan;

static alog_status write_one(const room *it, alog_writer *writer, plan *p) {
  unsigned char record[RECORD_MAX];
  const uint64_t sequence = alog_writer_next_sequence(writer);
  const size_t size = write_record(it, record, sequence, p->first, p->length);
  const alog_status status = alog_writer_append(writer, record, size);
  CHECK_U64(sequence + (status == ALOG_OK ? 1 : 0), alog_writer_next_sequence(writer));
  p->left -= status == ALOG_OK ? 1 : 0;
  return status;
}

static alog_status write_batch(const room *it, alog_writer *writer, plan *p, size_t count, bool packed) {
  static _Thread_local unsigned char data[BATCH_MAX * RECORD_MAX];
  alog_slice slices[BATCH_MAX];
  uint32_t sizes[BATCH_MAX];
  const uint64_t sequence = alog_writer_next_sequence(writer);
  size_t used = 0;
  CHECK(count <= BATCH_MAX);
  for (size_t i = 0; i < count; i++) {
    const size_t size = write_record(it, data + used, sequence + i, p->first, p->length);
    slices[i].data = data + used;
    slices[i].size = size;
    sizes[i] = (uint32_t)size;
    used += size;
  }
  const alog_status status = !it->habits->bytes ? alog_writer_append_batch(writer, data, count)
                             : packed           ? alog_writer_append_packed(writer, data, sizes, count)
                                                : alog_writer_append_slices(writer, slices, count);
  CHECK_U64(sequence + (status == ALOG_OK ? count : 0), alog_writer_next_sequence(writer));
  p->left -= status == ALOG_OK ? count : 0;
  return status;
}

/* A reservation of up to `want` records, or of one record that may turn out smaller than reserved. Outside a group it
 * is a publication. Its length is known only when the room is. */
static alog_status write_in_place(const room *it, alog_writer *writer, plan *p, size_t want, bool alone) {
  alog_reservation place = {NULL, 0, 0};
  const bool bytes = it->habits->bytes;
  const uint64_t sequence = alog_writer_next_sequence(writer);
  const alog_status status = alog_writer_reserve(writer, bytes ? it->habits->record_size : want, &place);
  if (status != ALOG_OK) {
    return status;
  }
  size_t used = 0;
  const size_t count = bytes ? 1 : place.capacity;
  if (alone) {
    p->length = (uint32_t)count;
    p->left = count;
  }
  for (size_t i = 0; i < count; i++) {
    used = write_record(it, (unsigned char *)place.data + i * place.stride, sequence + i, p->first, p->length);
  }
  CHECK_OK(alog_writer_commit(writer, bytes ? used : count));
  p->left -= count;
  return ALOG_OK;
}

static alog_status write_some(worker *self, const room *it, alog_writer *writer, plan *p) {
  const uint64_t most = p->left < BATCH_MAX ? p->left : BATCH_MAX;
  const size_t some = (size_t)(1 + random_below(&self->random, most));
  switch (random_below(&self->random, 4)) {
    case 0:
      return write_batch(it, writer, p, some, one_in(self, 2));
    case 1:
      return write_in_place(it, writer, p, some, false);
    default:
      return write_one(it, writer, p);
  }
}

/* About how many records fill a segment. */
static uint64_t segment_records(const habits *h) {
  return h->bytes ? 2 * h->segment / (sizeof(record_head) + h->record_size) : h->segment;
}

/* A group: now and then of up to a view and a half, which is too large then; otherwise of a few records. */
static alog_status publish_group(worker *self, room *it, alog_writer *writer) {
  const bool doomed = one_in(self, 4);
  const uint64_t most = one_in(self, 4) ? segment_records(it->habits) * it->k * 3 / 2 : BATCH_MAX;
  const uint64_t count = 1 + random_below(&self->random, most);
  plan p = {alog_writer_next_sequence(writer), doomed ? 0 : (uint32_t)count, count};
  CHECK_OK(alog_writer_begin(writer));
  alog_status status = ALOG_OK;
  while (p.left > 0 && status == ALOG_OK) {
    status = write_some(self, it, writer, &p);
  }
  if (doomed || status != ALOG_OK) {
    CHECK_OK(alog_writer_abandon(writer));
    CHECK_U64(p.first, alog_writer_next_sequence(writer));
    addu(&it->abandoned, 1);
  } else {
    CHECK_OK(alog_writer_publish(writer));
    CHECK_U64(p.first + count, alog_writer_next_sequence(writer));
  }
  return status;
}

/* One publication. The budget decides which statuses it may return. */
static void publish(worker *self, room *it, alog_writer *writer) {
  const habits *h = it->habits;
  plan p = {alog_writer_next_sequence(writer), 1, 1};
  alog_status status = ALOG_OK;
  const uint64_t way = random_below(&self->random, 16);
  const bool group = way == 0 && h->groups;
  begin_call(self, WRITE);
  if (group) {
    status = publish_group(self, it, writer);
  } else if (way < 3) {
    const uint64_t most = segment_records(h) / 2 < BATCH_MAX ? segment_records(h) / 2 : BATCH_MAX;
    p.left = 1 + random_below(&self->random, most);
    p.length = (uint32_t)p.left;
    status = write_batch(it, writer, &p, (size_t)p.left, one_in(self, 2));
  } else if (way < 5) {
    status = write_in_place(it, writer, &p, (size_t)(1 + random_below(&self->random, BATCH_MAX)), true);
  } else {
    status = write_one(it, writer, &p);
  }
  end_call(self, 0, 0);
  if (status == ALOG_ERR_SEGMENT_LIMIT) {
    CHECK(h->budget == TIGHT || (h->budget == ENOUGH && group));
    addu(&it->refused, 1);
    set(&it->starved, true);
  } else if (status == ALOG_ERR_TOO_LARGE) {
    CHECK(group);
    addu(&it->too_large, 1);
  } else {
    CHECK_OK(status);
    if (is(&it->starved)) {
      set(&it->starved, false);
      addu(&it->recoveries, 1);
    }
  }
}

/* ----------------------------------------------------------------------------------- the role */

/* The writer that another thread has parked, or a new one, or NULL. */
static alog_writer *take_role(room *it) {
  alog_writer *writer = atomic_exchange_explicit(&it->parked_writer, NULL, memory_order_acquire);
  if (writer == NULL) {
    const alog_status status = alog_writer_claim(it->log, &writer);
    CHECK(status == ALOG_OK || (status == ALOG_ERR_CLAIMED && writer == NULL));
  } else {
    /* It may have been left in the middle of a group. */
    const alog_status status = alog_writer_abandon(writer);
    CHECK(status == ALOG_OK || status == ALOG_ERR_STATE);
  }
  return writer;
}

/* Gives the role back, or parks the writer as it is: sometimes in the middle of a group and a reservation. */
static void leave_role(worker *self, room *it, alog_writer *writer) {
  if (!(it->habits->flags & ALOG_FLAG_AUTO_NOTIFY)) {
    CHECK_OK(alog_writer_notify(writer));
  }
  if (one_in(self, 3)) {
    plan p = {alog_writer_next_sequence(writer), 0, 1};
    alog_reservation place = {NULL, 0, 0};
    CHECK_OK(alog_writer_begin(writer));
    alog_status status = write_one(it, writer, &p);
    if (status == ALOG_OK) {
      status = alog_writer_reserve(writer, 1, &place);
    }
    if (status != ALOG_OK) {
      CHECK_STATUS(ALOG_ERR_SEGMENT_LIMIT, status);
      CHECK(it->habits->budget == TIGHT);
      addu(&it->refused, 1);
    }
  }
  if (one_in(self, 2)) {
    CHECK(atomic_exchange_explicit(&it->parked_writer, writer, memory_order_release) == NULL);
  } else {
    alog_writer_release(writer);
  }
}

/* Writes nothing until every sleeper has seen what was published. A sleeper does not count while it is stopped, or
 * stands still for an audit that has begun meanwhile. No other thread wakes the sleepers: if a wake-up was lost, one of
 * them sleeps for ever. */
static void lull(room *it, uint64_t end) {
  set(&it->lull, true);
  for (size_t i = 0; i < SLEEPERS_MAX; i++) {
    const worker *sleeper = atomic_load_explicit(&it->sleepers[i], memory_order_acquire);
    watch w = watch_from_now();
    for (uint64_t turn = 0; sleeper != NULL && getu(&sleeper->seen) < end && is(&sleeper->running) &&
                            !is(&sleeper->still) && !is(&sleeper->paused) && !is(&stopping);
         turn++) {
      if (turn % 16 == 15) {
        nap_for(MILLISECOND / 20);
      }
      CHECK(how_late(sleeper, &w) != OVERSLEPT); /* or a wake-up was lost */
    }
  }
  addu(&it->lulls, 1);
  set(&it->lull, false);
}

static void begin_writer(worker *self) { (void)self; }

static void end_writer(worker *self) { (void)self; }

/* The writer of one log, for a while. */
static void turn_writer(worker *self) {
  room *it = &rooms[random_below(&self->random, ROOMS)];
  const bool notifies = (it->habits->flags & ALOG_FLAG_AUTO_NOTIFY) == 0;
  alog_writer *writer = take_role(it);
  if (writer == NULL) {
    rest_below(self, MILLISECOND);
    return;
  }
  addu(&it->handovers, 1);
  self->newest_seen = 0; /* of another log */
  for (uint64_t left = 1 + random_below(&self->random, 400); left > 0 && !is(&auditing) && !is(&stopping); left--) {
    const uint64_t allowed = oldest_allowed(self, it);
    publish(self, it, writer);
    const uint64_t end = alog_writer_next_sequence(writer);
    saw(self, it, allowed, end);
    atomic_store_explicit(&it->published, end, memory_order_relaxed);
    if (notifies && !one_in(self, 4)) {
      CHECK_OK(alog_writer_notify(writer));
    }
    if (one_in(self, 64)) {
      if (notifies) {
        CHECK_OK(alog_writer_notify(writer));
      }
      lull(it, end);
    }
    if (one_in(self, 16)) {
      nap_for(random_below(&self->random, MILLISECOND / 2));
    }
    if (one_in(self, 20000)) {
      CHECK_OK(alog_writer_trim(writer));
    }
    if (is(&it->starved)) {
      nap_for(MILLISECOND);
    }
  }
  leave_role(self, it, writer);
  rest_below(self, MILLISECOND / 2);
}

#endif
