// Holds up: what a writer appends is there, whole, once it is published; reservations and groups that are dropped never
// were.
#include <array>
#include <vector>

#include "check.hpp"

// The log holds pairs [0, end), as far as it retains them.
static void check_pairs(const alog::log<pair> &log, std::uint64_t end) {
  const auto view = MUST(log.snapshot());
  const auto range = MUST(view.range());
  CHECK_U64(end, range.end);
  std::uint64_t sequence = range.begin;
  for (const pair &record : view) CHECK(record == pair_of(sequence++));
  CHECK_U64(end, sequence);
}

static void append_copies_one_record() {
  pairs p(8, 4);
  CHECK_OK(p.writer.append({0, 0}));
  const pair one = pair_of(1);
  CHECK_OK(p.writer.append(one));
  CHECK_U64(2, p.writer.next_sequence());
  check_pairs(p.log, 2);
}

static void batch_is_there_at_once_or_not_at_all() {
  pairs p(8, 4);  // a view holds 12 at most
  const pair array[2] = {pair_of(0), pair_of(1)};
  CHECK_OK(p.writer.append_batch(array));
  const std::vector<pair> vector = {pair_of(2), pair_of(3), pair_of(4)};
  CHECK_OK(p.writer.append_batch(vector));
  CHECK_OK(p.writer.append_batch(nullptr, 0));
  const auto latest = MUST(MUST(p.log.snapshot()).latest());
  CHECK(latest.begin == 2 && latest.end == 5);
  const std::array<pair, 13> many{};
  CHECK_STATUS(ALOG_ERR_TOO_LARGE, p.writer.append_batch(many));
  check_pairs(p.log, 5);
}

struct made {
  std::uint64_t sequence;
  std::uint64_t square;
  constexpr explicit made(std::uint64_t i) noexcept : sequence(i), square(i * i) {}
};
struct hesitant {
  int number;
#if defined(__cpp_exceptions)
  explicit hesitant(int n) : number(n) {
    if (n < 0) throw n;
  }
#endif
};

static void emplace_makes_the_record_in_the_log() {
  pairs p(8, 4);
  CHECK_OK(p.writer.emplace(std::uint64_t{0}, std::uint64_t{0}));
  CHECK_OK(p.writer.emplace(pair_of(1)));
  check_pairs(p.log, 2);
  const auto log = MUST(alog::log<made>::create(alog::options(8, 4)));
  auto writer = MUST(log.claim());
  static_assert(noexcept(writer.emplace(3u)));
  for (unsigned i = 0; i < 6; i++) CHECK_OK(writer.emplace(i));
  CHECK_U64(25, MUST(MUST(log.snapshot()).record(5)).square);
}

#if defined(__cpp_exceptions)
static void emplace_that_throws_appends_nothing() {
  const auto log = MUST(alog::log<hesitant>::create(alog::options(8, 4)));
  auto writer = MUST(log.claim());
  static_assert(!noexcept(writer.emplace(3)));
  bool thrown = false;
  try {
    static_cast<void>(writer.emplace(-1));
  } catch (int number) {
    thrown = number == -1;
  }
  CHECK(thrown);
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_commit(writer.get(), 1));  // the reservation has ended
  CHECK_OK(writer.emplace(5));
  CHECK_U64(1, writer.next_sequence());
  CHECK(MUST(MUST(log.snapshot()).record(0)).number == 5);
}
#endif

static void reservation_is_filled_and_committed() {
  pairs p(8, 4);
  {
    auto room = MUST(p.writer.reserve(3));
    CHECK(room.size() == 3 && room.data() == room.begin() && room.end() - room.begin() == 3);
    CHECK(room.room().data() == room.data());
    room[0] = pair_of(0);
    room.room()[1] = pair_of(1);
    CHECK_STATUS(ALOG_ERR_ARGUMENT, room.commit(4));  // and it stays
    CHECK_OK(room.commit(2));
    CHECK(room.size() == 0);
    CHECK_STATUS(ALOG_ERR_NULL, room.commit());
  }
  check_pairs(p.log, 2);
  auto rest = MUST(p.writer.reserve(100));
  CHECK_U64(2, rest.size());  // what is left of the segment
  std::uint64_t sequence = 2;
  for (pair &record : rest) record = pair_of(sequence++);
  CHECK_OK(rest.commit());
  check_pairs(p.log, 4);
}

static void reservation_that_is_dropped_never_was() {
  pairs p(8, 4);
  { auto room = MUST(p.writer.reserve(1)); }
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_cancel(p.writer.get()));  // it was cancelled
  auto room = MUST(p.writer.reserve(1));
  room[0] = pair_of(7);
  room.cancel();
  room.cancel();
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_cancel(p.writer.get()));
  auto first = MUST(p.writer.reserve(1));
  auto second = std::move(first);
  CHECK(first.size() == 0 && second.size() == 1);
  first.cancel();  // has nothing to do with it any more
  second[0] = pair_of(0);
  CHECK_OK(second.commit());
  check_pairs(p.log, 1);
}

static void group_is_visible_at_one_instant() {
  pairs p(8, 4);
  auto view = MUST(p.log.snapshot());
  auto group = MUST(p.writer.group());
  CHECK_STATUS(ALOG_ERR_STATE, p.writer.group().status());  // and the first stays open
  p.append(6);
  CHECK_STATUS(ALOG_UNCHANGED, view.refresh());
  CHECK_OK(group.publish());
  CHECK_STATUS(ALOG_ERR_NULL, group.publish());
  alog::delta delta{};
  CHECK_OK(view.refresh(delta));
  CHECK(delta.first_sequence == 0 && delta.appended == 6 && delta.lost == 0);
  const auto latest = MUST(view.latest());
  CHECK(latest.begin == 0 && latest.end == 6);
  check_pairs(p.log, 6);
}

static void group_that_is_dropped_never_was() {
  pairs p(8, 4);
  {
    auto group = MUST(p.writer.group());
    p.append(6);
    CHECK_U64(6, p.writer.next_sequence());
  }
  CHECK_U64(0, p.writer.next_sequence());
  auto group = MUST(p.writer.group());
  p.append(5);
  group.abandon();
  group.abandon();
  CHECK_U64(0, p.writer.next_sequence());
  auto first = MUST(p.writer.group());
  auto second = std::move(first);
  p.append(2);
  first.abandon();
  CHECK_STATUS(ALOG_ERR_NULL, first.publish());
  CHECK_OK(second.publish());
  check_pairs(p.log, 2);
}

static void limits_are_told_and_trim_gives_back() {
  const auto log = MUST(alog::log<pair>::create(alog::options(8, 4).max_segments(4)));
  auto writer = MUST(log.claim());
  alog::status status = ALOG_OK;
  {
    const auto view = MUST(log.snapshot());
    for (std::uint64_t i = 0; i < 16; i++) CHECK_OK(writer.append(pair_of(i)));
    status = writer.append(pair_of(16));
  }
  CHECK_STATUS(ALOG_ERR_SEGMENT_LIMIT, status);
  CHECK_OK(writer.append(pair_of(16)));

  pairs p(8, 4);
  {
    const auto view = MUST(p.log.snapshot());
    for (int i = 0; i < 10; i++) {
      const auto another = MUST(p.log.snapshot());
      p.append(13);
    }
  }
  p.append(8);
  CHECK(MUST(p.log.stats()).segments_pooled > 0);
  CHECK_OK(p.writer.trim());
  CHECK_U64(4, MUST(p.log.stats()).segments_live);  // K + 1
  CHECK_OK(p.writer.notify());
}

static void nothing_calls_operator_new() {
  const std::uint64_t before = news();
  {
    pairs p(8, 4);
    p.append(9);
    CHECK_OK(p.writer.emplace(pair_of(9)));
    auto group = MUST(p.writer.group());
    auto room = MUST(p.writer.reserve(1));
    room[0] = pair_of(10);
    CHECK_OK(room.commit());
    CHECK_OK(group.publish());
    auto view = MUST(p.log.snapshot());
    CHECK_STATUS(ALOG_UNCHANGED, view.refresh());
    auto cursor = MUST(view.cursor());
    std::uint64_t records = 0;
    for (const auto &chunk : cursor.unread()) records += chunk.size();
    for (const pair &record : view) records += record.sequence != 77;
    CHECK_U64(2 * view.size(), records);
  }
  CHECK_U64(before, news());
}

void writers() {
  RUN(append_copies_one_record);
  RUN(batch_is_there_at_once_or_not_at_all);
  RUN(emplace_makes_the_record_in_the_log);
#if defined(__cpp_exceptions)
  RUN(emplace_that_throws_appends_nothing);
#endif
  RUN(reservation_is_filled_and_committed);
  RUN(reservation_that_is_dropped_never_was);
  RUN(group_is_visible_at_one_instant);
  RUN(group_that_is_dropped_never_was);
  RUN(limits_are_told_and_trim_gives_back);
  RUN(nothing_calls_operator_new);
}
