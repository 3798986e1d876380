/*
 * Holds up: reserve hands out memory of the log to write in; commit publishes the used part of it and cannot fail;
 * cancel forgets it. A reservation ends where the header says, and survives every call that is refused. Records that
 * lie in it, even in part, are refused by each function that would append them.
 */
#include "fixture.h"

static alog_reservation reserve(alog_writer *writer, size_t want) {
  alog_reservation reservation = {NULL, 0, 0};
  CHECK_OK(alog_writer_reserve(writer, want, &reservation));
  CHECK(reservation.data != NULL || want == 0);
  return reservation;
}

/* Writes numbers into the first `count` records of a reservation, the log's next ones. */
static void write_numbers(const alog_reservation *reservation, uint64_t first, size_t count) {
  CHECK(count <= reservation->capacity);
  for (size_t i = 0; i < count; i++) {
    const uint64_t value = number(first + i);
    memcpy((unsigned char *)reservation->data + i * reservation->stride, &value, sizeof value);
  }
}

static void check_no_reservation(alog_writer *writer) {
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_commit(writer, 0));
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_commit(writer, 1));
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_cancel(writer));
}

static void committed_records_are_one_publication(void) {
  alog_log *log = numbers(16, 4);
  alog_writer *writer = claim(log);
  uint64_t end = 0;
  for (size_t want = 1; want <= 9; want++) {
    for (size_t used = 1; used <= 4; used++) {
      const alog_reservation room = reserve(writer, want);
      CHECK(room.capacity >= 1 && room.capacity <= want && room.capacity <= 4);
      CHECK_U64(sizeof(uint64_t), room.stride);
      const size_t count = used < room.capacity ? used : room.capacity;
      write_numbers(&room, end, count);
      CHECK_U64(end, alog_writer_next_sequence(writer));
      CHECK_U64(end, log_range_of(log).end);
      CHECK_OK(alog_writer_commit(writer, count));
      alog_snapshot *snapshot = snapshot_of(log);
      check_numbers(snapshot, range_of(snapshot).begin, end + count);
      CHECK_RANGE(end, end + count, latest_of(snapshot));
      alog_snapshot_destroy(snapshot);
      end += count;
      check_no_reservation(writer);
    }
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void committed_records_are_read_where_they_were_written(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 1);
  const alog_reservation room = reserve(writer, 2);
  write_numbers(&room, 1, 2);
  CHECK_OK(alog_writer_commit(writer, 2));
  alog_snapshot *snapshot = snapshot_of(log);
  alog_slice record = {NULL, 0};
  CHECK_OK(alog_snapshot_record(snapshot, 1, &record));
  CHECK_POINTER(room.data, record.data);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void reservation_is_written_at_the_stride(void) {
  alog_options options = fixed_options(8, 4, 12);
  options.record_align = 32;
  alog_log *log = create_fixed(options);
  alog_writer *writer = claim(log);
  const alog_reservation room = reserve(writer, 3);
  CHECK_U64(32, room.stride);
  CHECK_U64(0, (uintptr_t)room.data % 32);
  for (size_t i = 0; i < room.capacity; i++) {
    memset((unsigned char *)room.data + i * room.stride, (int)('a' + i), 12);
  }
  CHECK_OK(alog_writer_commit(writer, room.capacity));
  alog_snapshot *snapshot = snapshot_of(log);
  for (uint64_t i = 0; i < room.capacity; i++) {
    unsigned char expected[12];
    memset(expected, (int)('a' + i), sizeof expected);
    alog_slice record = {NULL, 0};
    CHECK_OK(alog_snapshot_record(snapshot, i, &record));
    CHECK_U64(sizeof expected, record.size);
    CHECK_MEMORY(expected, record.data, sizeof expected);
  }
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void bytes_reservation_is_one_record_of_exactly_the_size(void) {
  alog_log *log = create_bytes(bytes_options(256, 64));
  alog_writer *writer = claim(log);
  for (uint64_t sequence = 0; sequence < 60; sequence++) {
    const size_t size = text_size(sequence);
    const size_t want = size + (size_t)(sequence % 30);
    const alog_reservation room = reserve(writer, want);
    CHECK_U64(want, room.capacity);
    CHECK_U64(0, room.stride);
    CHECK_U64(0, want > 0 ? (uintptr_t)room.data % 8 : 0);
    if (want > 0) {
      memset(room.data, 0xee, want);
      text_fill(sequence, room.data);
    }
    CHECK_U64(sequence, alog_writer_next_sequence(writer));
    CHECK_OK(alog_writer_commit(writer, size));
    alog_snapshot *snapshot = snapshot_of(log);
    check_texts(snapshot, range_of(snapshot).begin, sequence + 1);
    CHECK_RANGE(sequence, sequence + 1, latest_of(snapshot));
    alog_snapshot_destroy(snapshot);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void bytes_reservation_may_take_a_whole_segment_and_no_more(void) {
  alog_log *log = create_bytes(bytes_options(256, 64));
  alog_writer *writer = claim(log);
  const alog_reservation before = {&log, 1, 2};
  alog_reservation room = before;
  const size_t sizes[] = {65, 1000, SIZE_MAX};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    CHECK_STATUS(ALOG_ERR_TOO_LARGE, alog_writer_reserve(writer, sizes[i], &room));
    CHECK_MEMORY(&before, &room, sizeof room);
    check_no_reservation(writer);
  }
  for (uint64_t i = 0; i < 20; i++) {
    room = reserve(writer, 64);
    CHECK_U64(64, room.capacity);
    memset(room.data, (int)i, 64);
    CHECK_OK(alog_writer_commit(writer, 64));
    CHECK_U64(i + 1, log_range_of(log).end);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

/* What the committed record leaves over is available to the next. */
static void unused_bytes_are_not_lost(void) {
  alog_log *log = create_bytes(bytes_options(256, 64));
  alog_writer *writer = claim(log);
  for (int i = 0; i < 8; i++) {
    const alog_reservation room = reserve(writer, 8);
    memset(room.data, i, 8);
    CHECK_OK(alog_writer_commit(writer, 8));
  }
  alog_snapshot *snapshot = snapshot_of(log);
  CHECK_U64(1, alog_snapshot_chunk_count(snapshot));
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);

  alog_log *other = create_bytes(bytes_options(256, 64));
  writer = claim(other);
  for (int i = 0; i < 5; i++) {
    const alog_reservation room = reserve(writer, 32);
    memset(room.data, i, 8);
    CHECK_OK(alog_writer_commit(writer, 8));
  }
  snapshot = snapshot_of(other);
  CHECK_U64(1, alog_snapshot_chunk_count(snapshot));
  CHECK_U64(5, alog_snapshot_len(snapshot));
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(other);
  alog_log_release(log);
}

static void reserving_none_is_an_argument_or_an_empty_record(void) {
  alog_log *fixed = numbers(8, 4);
  alog_writer *writer = claim(fixed);
  const alog_reservation before = {&fixed, 1, 2};
  alog_reservation room = before;
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_reserve(writer, 0, &room));
  CHECK_MEMORY(&before, &room, sizeof room);
  check_no_reservation(writer);
  alog_writer_release(writer);
  alog_log_release(fixed);

  alog_log *bytes = create_bytes(bytes_options(256, 64));
  writer = claim(bytes);
  CHECK_OK(alog_writer_reserve(writer, 0, &room));
  CHECK_U64(0, room.capacity);
  CHECK_OK(alog_writer_commit(writer, 0));
  CHECK_RANGE(0, 1, log_range_of(bytes));
  alog_writer_release(writer);
  alog_log_release(bytes);
}

static void committing_none_publishes_nothing_or_an_empty_record(void) {
  alog_log *fixed = numbers(8, 4);
  alog_writer *writer = claim(fixed);
  for (uint64_t end = 0; end < 9; end++) {
    alog_snapshot *snapshot = snapshot_of(fixed);
    reserve(writer, 3);
    CHECK_OK(alog_writer_commit(writer, 0));
    CHECK_STATUS(ALOG_UNCHANGED, alog_snapshot_refresh(snapshot, NULL));
    CHECK_U64(end, alog_writer_next_sequence(writer));
    check_no_reservation(writer);
    alog_snapshot_destroy(snapshot);
    append_numbers(writer, 1);
  }
  alog_writer_release(writer);
  alog_log_release(fixed);

  alog_log *bytes = create_bytes(bytes_options(256, 64));
  writer = claim(bytes);
  reserve(writer, 10);
  CHECK_OK(alog_writer_commit(writer, 0));
  alog_snapshot *snapshot = snapshot_of(bytes);
  CHECK_RANGE(0, 1, range_of(snapshot));
  alog_slice record = {NULL, 1};
  CHECK_OK(alog_snapshot_record(snapshot, 0, &record));
  CHECK_U64(0, record.size);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(bytes);
}

static void cancelled_reservation_never_was(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  for (uint64_t end = 0; end < 20; end++) {
    for (size_t want = 1; want <= 5; want++) {
      const alog_reservation room = reserve(writer, want);
      memset(room.data, 0xee, room.capacity * room.stride);
      CHECK_OK(alog_writer_cancel(writer));
      CHECK_U64(end, alog_writer_next_sequence(writer));
      check_no_reservation(writer);
    }
    CHECK_U64(end, log_range_of(log).end);
    append_numbers(writer, 1);
    check_log_numbers(log, log_range_of(log).begin, end + 1);
  }
  alog_writer_release(writer);
  alog_log_release(log);
}

static void there_is_no_reservation_at_first(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  check_no_reservation(writer);
  alog_writer_release(writer);
  alog_log_release(log);
}

typedef void (*ending)(alog_writer *writer);

static void by_append(alog_writer *writer) { append_numbers(writer, 1); }
static void by_batch(alog_writer *writer) { CHECK_OK(append_number_batch(writer, 2)); }
static void by_begin(alog_writer *writer) { CHECK_OK(alog_writer_begin(writer)); }
static void by_publish(alog_writer *writer) { CHECK_OK(alog_writer_publish(writer)); }
static void by_abandon(alog_writer *writer) { CHECK_OK(alog_writer_abandon(writer)); }

static void reservation_ends_with(bool in_group, uint64_t before, ending end, uint64_t appended) {
  alog_log *log = numbers(12, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, before);
  if (in_group) {
    CHECK_OK(alog_writer_begin(writer));
  }
  const alog_reservation room = reserve(writer, 3);
  memset(room.data, 0xee, room.capacity * room.stride);
  end(writer);
  check_no_reservation(writer);
  CHECK_U64(before + appended, alog_writer_next_sequence(writer));
  alog_writer_release(writer);
  alog_log_release(log);
}

static void every_call_that_goes_on_ends_a_reservation(void) {
  for (uint64_t before = 0; before < 10; before++) {
    reservation_ends_with(false, before, by_append, 1);
    reservation_ends_with(false, before, by_batch, 2);
    reservation_ends_with(false, before, by_begin, 0);
    reservation_ends_with(true, before, by_append, 1);
    reservation_ends_with(true, before, by_batch, 2);
    reservation_ends_with(true, before, by_publish, 0);
    reservation_ends_with(true, before, by_abandon, 0);
  }
}

static void slices_end_a_reservation(void) {
  alog_log *log = create_bytes(bytes_options(256, 64));
  alog_writer *writer = claim(log);
  const alog_slice slice = {"ab", 2};
  const uint32_t size = 2;
  reserve(writer, 10);
  CHECK_OK(alog_writer_append_slices(writer, &slice, 1));
  check_no_reservation(writer);
  reserve(writer, 10);
  CHECK_OK(alog_writer_append_packed(writer, "ab", &size, 1));
  check_no_reservation(writer);
  CHECK_RANGE(0, 2, log_range_of(log));
  alog_writer_release(writer);
  alog_log_release(log);
}

static void another_reservation_replaces_the_first(void) {
  alog_log *log = numbers(12, 4);
  alog_writer *writer = claim(log);
  reserve(writer, 4);
  const alog_reservation room = reserve(writer, 2);
  CHECK(room.capacity <= 2);
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_commit(writer, 3));
  write_numbers(&room, 0, room.capacity);
  CHECK_OK(alog_writer_commit(writer, room.capacity));
  check_log_numbers(log, 0, room.capacity);
  check_no_reservation(writer);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void release_ends_a_reservation(void) {
  alog_log *log = numbers(12, 4);
  alog_writer *writer = claim(log);
  reserve(writer, 4);
  alog_writer_release(writer);
  writer = claim(log);
  check_no_reservation(writer);
  append_numbers(writer, 1);
  check_log_numbers(log, 0, 1);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void fixed_reservation_survives_what_is_refused(void) {
  alog_log *log = numbers(12, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 1);
  const alog_reservation room = reserve(writer, 3);
  write_numbers(&room, 1, room.capacity);

  alog_reservation other = {NULL, 0, 0};
  const alog_slice slice = {"ab", 2};
  const uint32_t size = 2;
  const uint64_t value = 0;
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_commit(writer, room.capacity + 1));
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_commit(writer, SIZE_MAX));
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_append(writer, &value, 7));
  CHECK_STATUS(ALOG_ERR_NULL, alog_writer_append(writer, NULL, 8));
  CHECK_STATUS(ALOG_ERR_NULL, alog_writer_append_batch(writer, NULL, 1));
  CHECK_OK(alog_writer_append_batch(writer, NULL, 0));
  CHECK_STATUS(ALOG_ERR_KIND, alog_writer_append_slices(writer, &slice, 1));
  CHECK_STATUS(ALOG_ERR_KIND, alog_writer_append_packed(writer, "ab", &size, 1));
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_publish(writer));
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_abandon(writer));
  CHECK_STATUS(ALOG_ERR_NULL, alog_writer_reserve(writer, 1, NULL));
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_reserve(writer, 0, &other));

  CHECK_OK(alog_writer_commit(writer, room.capacity));
  check_log_numbers(log, 0, 1 + room.capacity);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void bytes_reservation_survives_what_is_refused(void) {
  alog_log *log = create_bytes(bytes_options(256, 64));
  alog_writer *writer = claim(log);
  CHECK_OK(alog_writer_begin(writer));
  const alog_reservation room = reserve(writer, TEXT_MAX);
  text_fill(0, room.data);

  const alog_slice slice = {NULL, 1};
  const uint32_t size = 1;
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_commit(writer, TEXT_MAX + 1));
  CHECK_STATUS(ALOG_ERR_NULL, alog_writer_append(writer, NULL, 1));
  CHECK_STATUS(ALOG_ERR_NULL, alog_writer_append_slices(writer, NULL, 1));
  CHECK_STATUS(ALOG_ERR_NULL, alog_writer_append_slices(writer, &slice, 1));
  CHECK_OK(alog_writer_append_slices(writer, NULL, 0));
  CHECK_STATUS(ALOG_ERR_NULL, alog_writer_append_packed(writer, NULL, &size, 1));
  CHECK_STATUS(ALOG_ERR_NULL, alog_writer_append_packed(writer, "a", NULL, 1));
  CHECK_OK(alog_writer_append_packed(writer, NULL, NULL, 0));
  CHECK_STATUS(ALOG_ERR_KIND, alog_writer_append_batch(writer, "a", 1));
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_begin(writer));
  CHECK_STATUS(ALOG_ERR_NULL, alog_writer_reserve(writer, 1, NULL));

  CHECK_OK(alog_writer_commit(writer, text_size(0)));
  CHECK_OK(alog_writer_publish(writer));
  alog_snapshot *snapshot = snapshot_of(log);
  check_texts(snapshot, 0, 1);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void commit_in_a_group_belongs_to_it(void) {
  alog_log *log = numbers(20, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 1);
  CHECK_OK(alog_writer_begin(writer));
  uint64_t end = 1;
  while (end < 12) {
    const alog_reservation room = reserve(writer, 3);
    write_numbers(&room, end, room.capacity);
    CHECK_OK(alog_writer_commit(writer, room.capacity));
    end += room.capacity;
    CHECK_U64(end, alog_writer_next_sequence(writer));
    CHECK_RANGE(0, 1, log_range_of(log));
  }
  CHECK_OK(alog_writer_publish(writer));
  alog_snapshot *snapshot = snapshot_of(log);
  check_numbers(snapshot, 0, end);
  CHECK_RANGE(1, end, latest_of(snapshot));
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void reservation_counts_towards_the_limit_of_a_group(void) {
  alog_log *log = numbers(8, 4); /* K = 3 */
  alog_writer *writer = claim(log);
  append_numbers(writer, 2);
  CHECK_OK(alog_writer_begin(writer));
  append_numbers(writer, 10);
  alog_reservation room = {NULL, 0, 0};
  CHECK_STATUS(ALOG_ERR_TOO_LARGE, alog_writer_reserve(writer, 1, &room));
  check_no_reservation(writer);
  CHECK_OK(alog_writer_publish(writer));
  check_log_numbers(log, 0, 12);
  room = reserve(writer, 1);
  write_numbers(&room, 12, 1);
  CHECK_OK(alog_writer_commit(writer, 1));
  check_log_numbers(log, 4, 13);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* A view that was there before must not show writes into a reservation. */
static void reservation_is_outside_every_view(void) {
  alog_log *log = numbers(8, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, 12);
  alog_snapshot *held = snapshot_of(log);
  for (uint64_t i = 0; i < 30; i++) {
    const alog_reservation room = reserve(writer, 4);
    memset(room.data, 0xee, room.capacity * room.stride);
    check_numbers(held, 0, 12);
    CHECK_OK(alog_writer_commit(writer, room.capacity));
    check_numbers(held, 0, 12);
  }
  alog_snapshot_destroy(held);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* ------------------------------------------------------------------- what lies in the reservation */

/* This many bytes from a place. The place may lie before the room, where there is nothing to point to. */
static const void *at(const void *place, int64_t offset) {
  return (const void *)((uintptr_t)place + (uintptr_t)offset);
}

/* Checks that every function which could append `size` bytes from there refuses to, because they lie in the
 * reservation. */
static void check_refused(alog_writer *writer, bool bytes, const void *source, size_t size) {
  static const unsigned char elsewhere[8] = {0};
  if (!bytes) {
    const size_t record_size = sizeof(uint64_t);
    if (size == record_size) {
      CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_append(writer, source, size));
    }
    CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_append_batch(writer, source, size / record_size));
    return;
  }
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_append(writer, source, size));
  const alog_slice slices[] = {{elsewhere, 8}, {source, size}, {elsewhere, 0}};
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_append_slices(writer, &slices[1], 1));
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_append_slices(writer, slices, 3));
  const uint32_t sizes[] = {0, (uint32_t)size - 1, 1};
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_append_packed(writer, source, sizes, 3));
}

/* In a log of numbers, or of as many bytes: behind `before` records, in a group or not. The room begins a segment if
 * the last one has no space left. */
static void refuses_what_lies_in_the_reservation(bool bytes, bool in_group, uint64_t before) {
  const size_t number_size = sizeof(uint64_t);
  alog_log *log = bytes ? create_bytes(bytes_options(12 * number_size, 4 * number_size)) : numbers(12, 4);
  alog_writer *writer = claim(log);
  append_numbers(writer, before);
  if (in_group) {
    CHECK_OK(alog_writer_begin(writer));
    append_numbers(writer, 1);
    before++;
  }
  const alog_reservation room = reserve(writer, bytes ? 2 * number_size : 3);
  const size_t room_size = bytes ? room.capacity : room.capacity * room.stride;
  CHECK(room_size % number_size == 0);
  if (bytes) {
    const uint64_t values[] = {number(before), number(before + 1)};
    memcpy(room.data, values, sizeof values);
  } else {
    write_numbers(&room, before, room.capacity);
  }
  for (size_t records = 1; records <= 4; records++) {
    /* From the place where only their last byte lies in it to the place where only their first does. */
    const int64_t size = (int64_t)(records * number_size);
    for (int64_t offset = 1 - size; offset < (int64_t)room_size; offset++) {
      check_refused(writer, bytes, at(room.data, offset), (size_t)size);
      CHECK_U64(before, alog_writer_next_sequence(writer));
    }
  }
  if (bytes) {
    for (int64_t offset = 0; offset < (int64_t)room_size; offset++) {
      check_refused(writer, true, at(room.data, offset), 1);
    }
    /* Before it is too large. */
    CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_append(writer, room.data, 1000));
    CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_append(writer, room.data, SIZE_MAX));
  }

  /* It stays, with what was written. */
  const size_t committed = bytes ? 1 : room.capacity;
  CHECK_OK(alog_writer_commit(writer, bytes ? number_size : committed));
  if (in_group) {
    CHECK_OK(alog_writer_publish(writer));
  }
  alog_snapshot *snapshot = snapshot_of(log);
  const alog_range range = range_of(snapshot);
  CHECK_U64(before + committed, range.end);
  check_view(snapshot, range.begin, range.end, number_size, check_number);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

static void records_in_the_reservation_are_refused_and_it_stays(void) {
  for (uint64_t before = 0; before < 9; before++) {
    for (int in_group = 0; in_group < 2; in_group++) {
      refuses_what_lies_in_the_reservation(false, in_group, before);
      refuses_what_lies_in_the_reservation(true, in_group, before);
    }
  }
}

/* A record is 12 bytes, and the next begins 32 bytes after it. What lies between them is reserved, too. */
static void the_room_has_the_width_of_its_strides(void) {
  alog_options options = fixed_options(8, 4, 12);
  options.record_align = 32;
  alog_log *log = create_fixed(options);
  alog_writer *writer = claim(log);
  unsigned char *data = (unsigned char *)reserve(writer, 4).data;
  for (int i = 0; i < 4 * 32; i++) {
    data[i] = (unsigned char)i;
  }
  CHECK_OK(alog_writer_commit(writer, 1));
  const alog_reservation room = reserve(writer, 2);
  CHECK_POINTER(data + 32, room.data);
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_append(writer, data + 32 - 11, 12));
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_writer_append(writer, data + 96 - 1, 12));
  CHECK_OK(alog_writer_append(writer, data + 32 - 12, 12));
  check_no_reservation(writer);
  CHECK_POINTER(data + 64, reserve(writer, 1).data);
  CHECK_OK(alog_writer_append(writer, data + 96, 12));
  alog_snapshot *snapshot = snapshot_of(log);
  const unsigned char firsts[] = {0, 32 - 12, 96};
  for (uint64_t i = 0; i < 3; i++) {
    unsigned char expected[12];
    for (int j = 0; j < 12; j++) {
      expected[j] = (unsigned char)(firsts[i] + j);
    }
    alog_slice record = {NULL, 0};
    CHECK_OK(alog_snapshot_record(snapshot, i, &record));
    CHECK_U64(sizeof expected, record.size);
    CHECK_MEMORY(expected, record.data, sizeof expected);
  }
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

/* Appends two numbers from somewhere by each of the functions, while a reservation for one number is open beside
 * them. */
static alog_status append_two(alog_writer *writer, int function, const unsigned char *source) {
  const size_t size = sizeof(uint64_t);
  const alog_slice slices[] = {{source, size}, {source + size, size}};
  const uint32_t sizes[] = {sizeof(uint64_t), sizeof(uint64_t)};
  switch (function) {
    case 0:
      return alog_writer_append_batch(writer, source, 2);
    case 1:
      return alog_writer_append_slices(writer, slices, 2);
    case 2:
      return alog_writer_append_packed(writer, source, sizes, 2);
    default: {
      /* The first ends the reservation. */
      const alog_status status = alog_writer_append(writer, slices[0].data, size);
      return status == ALOG_OK ? alog_writer_append(writer, slices[1].data, size) : status;
    }
  }
}

/* In the same segment: what was published before the room, up to its first byte; and what lies after the room, from its
 * last byte on, which an earlier reservation wrote. */
static void records_beside_the_reservation_are_appended(void) {
  const size_t size = sizeof(uint64_t);
  for (int function = 0; function < 4; function++) {
    for (int kind = 0; kind < 2; kind++) {
      const bool bytes = kind == 1;
      if (function < 3 && (function == 0) == bytes) {
        continue;
      }
      for (int behind = 0; behind < 2; behind++) {
        alog_log *log = bytes ? create_bytes(bytes_options(32 * size, 16 * size)) : numbers(32, 16);
        alog_writer *writer = claim(log);
        append_numbers(writer, 2);
        const alog_reservation all = reserve(writer, bytes ? 8 * size : 8);
        unsigned char *data = (unsigned char *)all.data;
        for (uint64_t i = 0; i < 8; i++) {
          const uint64_t value = number(2 + i);
          memcpy(data + i * size, &value, size);
        }
        CHECK_OK(alog_writer_cancel(writer));
        CHECK_POINTER(data, reserve(writer, bytes ? 2 * size : 2).data);
        /* Numbers 0 and 1, or 4 and 5. */
        CHECK_OK(append_two(writer, function, behind ? data + 2 * size : data - 2 * size));
        check_no_reservation(writer);
        alog_snapshot *snapshot = snapshot_of(log);
        CHECK_RANGE(0, 4, range_of(snapshot));
        for (uint64_t i = 2; i < 4; i++) {
          alog_slice record = {NULL, 0};
          CHECK_OK(alog_snapshot_record(snapshot, i, &record));
          check_number(behind ? i + 2 : i - 2, record);
        }
        alog_snapshot_destroy(snapshot);
        alog_writer_release(writer);
        alog_log_release(log);
      }
    }
  }
}

/* A record without bytes lies nowhere, and nothing lies in a room for no bytes. */
static void an_empty_record_lies_in_no_reservation(void) {
  alog_log *log = create_bytes(bytes_options(256, 64));
  alog_writer *writer = claim(log);
  const uint32_t none = 0;
  for (int function = 0; function < 3; function++) {
    const alog_reservation room = reserve(writer, 16);
    const alog_slice slice = {(const unsigned char *)room.data + 8, 0};
    CHECK_OK(function == 0   ? alog_writer_append(writer, slice.data, 0)
             : function == 1 ? alog_writer_append_slices(writer, &slice, 1)
                             : alog_writer_append_packed(writer, slice.data, &none, 1));
    check_no_reservation(writer);
  }
  CHECK_OK(append_number(writer));
  alog_slice record = {NULL, 0};
  alog_snapshot *snapshot = snapshot_of(log);
  CHECK_OK(alog_snapshot_record(snapshot, 3, &record));
  reserve(writer, 0);
  CHECK_OK(alog_writer_append(writer, record.data, record.size));
  check_no_reservation(writer);
  CHECK_OK(alog_snapshot_refresh(snapshot, NULL));
  CHECK_OK(alog_snapshot_record(snapshot, 4, &record));
  check_number(3, record);
  alog_snapshot_destroy(snapshot);
  alog_writer_release(writer);
  alog_log_release(log);
}

int main(void) {
  RUN(committed_records_are_one_publication);
  RUN(committed_records_are_read_where_they_were_written);
  RUN(reservation_is_written_at_the_stride);
  RUN(bytes_reservation_is_one_record_of_exactly_the_size);
  RUN(bytes_reservation_may_take_a_whole_segment_and_no_more);
  RUN(unused_bytes_are_not_lost);
  RUN(reserving_none_is_an_argument_or_an_empty_record);
  RUN(committing_none_publishes_nothing_or_an_empty_record);
  RUN(cancelled_reservation_never_was);
  RUN(there_is_no_reservation_at_first);
  RUN(every_call_that_goes_on_ends_a_reservation);
  RUN(slices_end_a_reservation);
  RUN(another_reservation_replaces_the_first);
  RUN(release_ends_a_reservation);
  RUN(fixed_reservation_survives_what_is_refused);
  RUN(bytes_reservation_survives_what_is_refused);
  RUN(commit_in_a_group_belongs_to_it);
  RUN(reservation_counts_towards_the_limit_of_a_group);
  RUN(reservation_is_outside_every_view);
  RUN(records_in_the_reservation_are_refused_and_it_stays);
  RUN(the_room_has_the_width_of_its_strides);
  RUN(records_beside_the_reservation_are_appended);
  RUN(an_empty_record_lies_in_no_reservation);
  return 0;
}
