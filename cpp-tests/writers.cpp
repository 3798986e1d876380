// Holds up: what a writer appends is there, whole, once it is published. Dropped reservations and groups leave nothing.
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
  const auto view = MUST(log.snapshot());
  CHECK_U64(25, MUST(view.record(5)).square);
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
  const auto view = MUST(log.snapshot());
  CHECK(view[0].number == 5 && view.size() == 1);
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
    CHECK_STATUS(ALOG_ERR_STATE, room.commit());
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
  {
    auto room = MUST(p.writer.reserve(1));
  }
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_cancel(p.writer.get()));  // it was cancelled
  auto room = MUST(p.writer.reserve(1));
  room[0] = pair_of(7);
  CHECK_OK(room.cancel());
  CHECK_STATUS(ALOG_ERR_STATE, room.cancel());
  CHECK_STATUS(ALOG_ERR_STATE, alog_writer_cancel(p.writer.get()));
  auto first = MUST(p.writer.reserve(1));
  auto second = std::move(first);
  CHECK(first.size() == 0 && second.size() == 1);
  CHECK_STATUS(ALOG_ERR_STATE, first.cancel());  // has nothing to do with it any more
  second[0] = pair_of(0);
  CHECK_OK(second.commit());
  check_pairs(p.log, 1);
}

// Two handles that may be the same room, or not. The first has ended.
static void check_only_the_second_serves(pairs &p, alog::reservation<pair> &first, alog::reservation<pair> &second) {
  const std::uint64_t next = p.writer.next_sequence();
  CHECK(first.size() == 0 && first.begin() == first.end());
  CHECK_STATUS(ALOG_ERR_STATE, first.commit(1));
  CHECK_STATUS(ALOG_ERR_STATE, first.commit());
  CHECK_STATUS(ALOG_ERR_STATE, first.cancel());
  CHECK_U64(next, p.writer.next_sequence());
  second[0] = pair_of(next);
  CHECK_OK(second.commit(1));
  check_pairs(p.log, next + 1);
}

static void reservation_that_was_overtaken_does_nothing() {
  pairs p(8, 4);
  {
    auto a = MUST(p.writer.reserve(1));
    auto b = MUST(p.writer.reserve(2));
    CHECK(a.size() == 0 && b.size() == 2);
    check_only_the_second_serves(p, a, b);
  }
  {
    auto a = MUST(p.writer.reserve(1));
    auto b = MUST(p.writer.reserve(1));  // the same room in every respect
    auto moved = std::move(a);
    check_only_the_second_serves(p, moved, b);
  }
  {
    auto b = [&p] {
      auto a = MUST(p.writer.reserve(1));
      return MUST(p.writer.reserve(1));
    }();  // that a was destroyed cancelled nothing
    b[0] = pair_of(2);
    CHECK_OK(b.commit());
  }
  {
    auto a = MUST(p.writer.reserve(1));
    CHECK_STATUS(ALOG_ERR_ARGUMENT, p.writer.reserve(0).status());  // what is refused ends nothing
    a[0] = pair_of(3);
    CHECK_OK(a.commit(1));
  }
  check_pairs(p.log, 4);
}

static void reservation_ends_with_whatever_comes_between() {
  pairs p(64, 32);
  std::uint64_t end = 0;
  const auto ended_by = [&](auto between) {
    auto a = MUST(p.writer.reserve(1));
    between();
    CHECK_U64(end, p.writer.next_sequence());
    CHECK_STATUS(ALOG_ERR_STATE, a.commit(1));
    CHECK_STATUS(ALOG_ERR_STATE, a.commit(1));
    CHECK_STATUS(ALOG_ERR_STATE, a.cancel());
    check_pairs(p.log, end);
  };
  ended_by([&] { CHECK_OK(p.writer.append(pair_of(end++))); });
  ended_by([&] { CHECK_OK(p.writer.emplace(pair_of(end++))); });
  ended_by([&] {
    const pair two[2] = {pair_of(end), pair_of(end + 1)};
    CHECK_OK(p.writer.append_batch(two));
    end += 2;
  });
  ended_by([&] {
    auto b = MUST(p.writer.reserve(1));
    b[0] = pair_of(end++);
    CHECK_OK(b.commit());
  });
  ended_by([&] {
    auto group = MUST(p.writer.group());
    CHECK_OK(group.abandon());
  });
  {
    auto group = MUST(p.writer.group());
    ended_by([&] { CHECK_OK(group.publish()); });
  }
  {
    auto a = MUST(p.writer.reserve(1));
    p.append(1);
    auto b = MUST(p.writer.reserve(1));
    CHECK_STATUS(ALOG_ERR_STATE, a.cancel());
    b[0] = pair_of(++end);
    CHECK_OK(b.commit());
    check_pairs(p.log, ++end);
  }
}

// A reservation and its writer, as a program may keep them.
struct filling {
  alog::writer<pair> writer;
  alog::result<alog::reservation<pair>> room;

  explicit filling(alog::writer<pair> &&claimed) : writer(std::move(claimed)), room(writer.reserve(2)) {}
};

static void reservation_follows_its_writer_wherever_it_moves() {
  pairs p(8, 4);
  {
    auto overtaken = MUST(p.writer.reserve(1));
    auto room = MUST(p.writer.reserve(2));
    alog::writer<pair> other = std::move(p.writer);
    alog::writer<pair> third;
    third = std::move(other);
    CHECK_STATUS(ALOG_ERR_STATE, overtaken.commit(1));
    room[0] = pair_of(0);
    CHECK_OK(room.commit(1));
    auto next = MUST(third.reserve(1));
    p.writer.swap(third);
    auto overtakes = MUST(p.writer.reserve(1));
    CHECK_STATUS(ALOG_ERR_STATE, next.commit(1));
    overtakes[0] = pair_of(1);
    CHECK_OK(overtakes.commit());
  }
  check_pairs(p.log, 2);
  {
    filling first(std::move(p.writer));
    filling second = std::move(first);
    CHECK_STATUS(ALOG_ERR_STATE, first.room->commit(1));
    second.room.value()[0] = pair_of(2);
    CHECK_OK(second.room->commit(1));
    p.writer = std::move(second.writer);
  }
  check_pairs(p.log, 3);
}

static void handles_that_outlive_their_writer_do_nothing() {
  pairs p(8, 4);
  const auto outlives = [&](auto end) {
    auto group = MUST(p.writer.group());
    auto room = MUST(p.writer.reserve(1));
    end();
    CHECK(room.size() == 0);
    CHECK_STATUS(ALOG_ERR_STATE, room.commit(1));
    CHECK_STATUS(ALOG_ERR_STATE, room.cancel());
    CHECK_STATUS(ALOG_ERR_STATE, group.publish());
    CHECK_STATUS(ALOG_ERR_STATE, group.abandon());
  };
  outlives([&] { p.writer.reset(); });
  p.writer = MUST(p.log.claim());
  outlives([&] { p.writer = alog::writer<pair>(); });
  p.writer = MUST(p.log.claim());
  outlives([&] { const alog::writer<pair> gone = std::move(p.writer); });
  p.writer = MUST(p.log.claim());
  outlives([&] {
    alog_writer *raw = p.writer.detach();  // for C, the group is still open
    CHECK_OK(alog_writer_append(raw, &p, sizeof(pair)));
    CHECK_OK(alog_writer_abandon(raw));
    alog_writer_release(raw);
  });
  p.writer = MUST(p.log.claim());
  outlives([&] { CHECK_OK(std::move(p.writer).finish()); });
  check_pairs(p.log, 0);
}

static void group_that_c_ended_does_nothing_to_the_next() {
  pairs p(8, 4);
  auto first = MUST(p.writer.group());
  CHECK_OK(alog_writer_publish(p.writer.get()));
  auto second = MUST(p.writer.group());
  p.append(2);
  CHECK_STATUS(ALOG_ERR_STATE, first.abandon());
  CHECK_STATUS(ALOG_ERR_STATE, first.publish());
  alog::writer<pair> other = std::move(p.writer);
  CHECK_OK(second.publish());
  check_pairs(p.log, 2);
}

static void group_is_visible_at_one_instant() {
  pairs p(8, 4);
  auto view = MUST(p.log.snapshot());
  auto group = MUST(p.writer.group());
  CHECK_STATUS(ALOG_ERR_STATE, p.writer.group().status());  // and the first stays open
  p.append(6);
  CHECK_STATUS(ALOG_UNCHANGED, view.refresh());
  CHECK_OK(group.publish());
  CHECK_STATUS(ALOG_ERR_STATE, group.publish());
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
  CHECK_OK(group.abandon());
  CHECK_STATUS(ALOG_ERR_STATE, group.abandon());
  CHECK_U64(0, p.writer.next_sequence());
  auto first = MUST(p.writer.group());
  auto second = std::move(first);
  p.append(2);
  CHECK_STATUS(ALOG_ERR_STATE, first.abandon());
  CHECK_STATUS(ALOG_ERR_STATE, first.publish());
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

static void a_log_goes_on_at_a_later_sequence() {
  pairs p(8, 4);
  CHECK_OK(p.writer.skip_to(100));  // where an empty log begins
  p.append(6);
  auto view = MUST(p.log.snapshot());
  const auto old = MUST(p.log.snapshot());
  CHECK_STATUS(ALOG_ERR_ARGUMENT, p.writer.skip_to(105));
  CHECK_OK(p.writer.skip_to(106));  // nothing happens
  {
    auto group = MUST(p.writer.group());
    CHECK_STATUS(ALOG_ERR_STATE, p.writer.skip_to(200));
  }
  {
    auto room = MUST(p.writer.reserve(1));
    CHECK_OK(p.writer.skip_to(200));  // ends it, as an append does
    CHECK_STATUS(ALOG_ERR_STATE, room.commit(1));
  }
  CHECK_U64(200, p.writer.next_sequence());
  CHECK_OK(view.refresh());
  CHECK_U64(0, view.size());
  p.append(1);
  CHECK_OK(view.refresh());
  const auto now = MUST(view.range());
  CHECK(now.begin == 200 && now.end == 201);
  CHECK_U64(106, MUST(old.range()).end);
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
  RUN(reservation_that_was_overtaken_does_nothing);
  RUN(reservation_ends_with_whatever_comes_between);
  RUN(reservation_follows_its_writer_wherever_it_moves);
  RUN(handles_that_outlive_their_writer_do_nothing);
  RUN(group_that_c_ended_does_nothing_to_the_next);
  RUN(group_is_visible_at_one_instant);
  RUN(group_that_is_dropped_never_was);
  RUN(limits_are_told_and_trim_gives_back);
  RUN(a_log_goes_on_at_a_later_sequence);
  RUN(nothing_calls_operator_new);
}
