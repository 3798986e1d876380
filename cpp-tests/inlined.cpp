// Holds up: what atomic_log.hpp does all the time, it does without a call, and with the same result as the call. An
// append or an emplace calls for a new segment, in an open reservation, and where a thread sleeps. A notify calls where
// a thread sleeps. A refresh calls for a new segment. This is a program of its own, because it counts the calls.
#include <atomic_log.h>

static unsigned calls = 0;

// The functions that are called, as the functions of atomic_log_inline.h call them.
static inline alog_status counted_append(alog_writer *writer, const void *record, size_t size) {
  calls++;
  return alog_writer_append(writer, record, size);
}
static inline alog_status counted_reserve(alog_writer *writer, size_t want, alog_reservation *out) {
  calls++;
  return alog_writer_reserve(writer, want, out);
}
static inline alog_status counted_notify(alog_writer *writer) {
  calls++;
  return alog_writer_notify(writer);
}
static inline alog_status counted_refresh(alog_snapshot *snapshot, alog_delta *out) {
  calls++;
  return alog_snapshot_refresh(snapshot, out);
}
#define alog_writer_append counted_append
#define alog_writer_reserve counted_reserve
#define alog_writer_notify counted_notify
#define alog_snapshot_refresh counted_refresh
#include <atomic_log.hpp>
#undef alog_writer_append
#undef alog_writer_reserve
#undef alog_writer_notify
#undef alog_snapshot_refresh

#include <chrono>
#include <string>
#include <thread>

#include "check.hpp"

using namespace std::chrono_literals;

static constexpr std::uint64_t SEGMENT = 8, RETAINED = 32;

static unsigned calls_since() { return std::exchange(calls, 0); }

// Whether every operation is a call: with a checked library, or if the header was told so.
static bool all_are_calls() {
  static const bool are = [] {
    pairs p(RETAINED, SEGMENT);
    return ALOG_INLINE == 0 || alog_writer_hot(p.writer.get())->limit == 0;
  }();
  return are;
}
#define CHECK_CALLS(expected, all) CHECK_U64(all_are_calls() ? (all) : (expected), calls_since())

static void check_all(const alog::log<pair> &log, std::uint64_t end) {
  const auto view = MUST(log.snapshot());
  std::uint64_t sequence = MUST(view.range()).begin;
  for (const pair &record : view) CHECK(record == pair_of(sequence++));
  CHECK_U64(end, sequence);
}

static void append_and_emplace_call_for_a_segment_alone() {
  pairs p(RETAINED, SEGMENT);
  std::uint64_t i = 0;
  for (; i < 10 * SEGMENT; i++) CHECK_OK(p.writer.append(pair_of(i)));
  CHECK_CALLS(9, 10 * SEGMENT);
  for (; i < 20 * SEGMENT; i++) CHECK_OK(p.writer.emplace(pair_of(i)));
  CHECK_CALLS(10, 10 * SEGMENT);
  for (; i < 30 * SEGMENT; i++) CHECK_OK(p.writer.emplace(i, i * i));
  CHECK_CALLS(10, 10 * SEGMENT);
  check_all(p.log, i);
}

static void bytes_call_for_a_segment_alone() {
  const auto log = MUST(alog::bytes_log::create(alog::options(1 << 16, 1 << 12).segment_records(64)));
  auto writer = MUST(log.claim());
  const std::string text(300, 'x');
  const auto some = [&](std::uint64_t i) { return std::string_view(text).substr(0, static_cast<std::size_t>(i) % 40); };
  for (std::uint64_t i = 0; i < 256; i++) CHECK_OK(writer.append(some(i)));
  CHECK_CALLS(3, 256);
  for (std::size_t size = 0; size <= text.size(); size += 100) CHECK_OK(writer.append(text.data(), size));
  const auto view = MUST(log.snapshot());
  for (std::uint64_t i = 0; i < 256; i++) CHECK(alog::text(MUST(view.record(i))) == some(i));
  CHECK_U64(260, view.size());
  calls_since();
  CHECK_STATUS(ALOG_ERR_TOO_LARGE, writer.append(std::string((1 << 12) + 1, 'x')));
  CHECK_STATUS(ALOG_ERR_NULL, writer.append(nullptr, 1));
  CHECK_U64(2, calls_since());
  CHECK_OK(writer.append(nullptr, 0));
  calls_since();
}

static void a_group_is_appended_to_without_a_call() {
  pairs p(RETAINED, SEGMENT);
  auto view = MUST(p.log.snapshot());
  {
    auto group = MUST(p.writer.group());
    p.append(SEGMENT);
    CHECK_OK(p.writer.emplace(pair_of(SEGMENT)));
    CHECK_CALLS(1, SEGMENT + 1);
    CHECK_STATUS(ALOG_UNCHANGED, view.refresh());
    CHECK_OK(group.publish());
  }
  CHECK_OK(view.refresh());
  CHECK_U64(SEGMENT + 1, view.size());
  CHECK_U64(SEGMENT + 1, MUST(view.latest()).end - MUST(view.latest()).begin);
  {
    const auto group = MUST(p.writer.group());
    p.append(3);
  }  // abandoned: where they lay, others come
  p.append(2);
  check_all(p.log, SEGMENT + 3);
  calls_since();
}

static void an_open_reservation_is_ended_by_a_call() {
  pairs p(RETAINED, SEGMENT);
  auto room = MUST(p.writer.reserve(2));
  calls_since();
  p.append(1);
  CHECK_U64(1, calls_since());
  CHECK_STATUS(ALOG_ERR_STATE, room.commit(1));
  auto other = MUST(p.writer.reserve(2));
  calls_since();
  CHECK_OK(p.writer.emplace(pair_of(1)));
  CHECK_U64(1, calls_since());
  CHECK_STATUS(ALOG_ERR_STATE, other.commit(1));
  p.append(1);
  CHECK_CALLS(0, 1);
  check_all(p.log, 3);
}

static void a_writer_takes_it_along_wherever_it_moves() {
  pairs p(RETAINED, SEGMENT), q(RETAINED, SEGMENT);
  p.append(1);
  alog::writer<pair> moved = std::move(p.writer);
  calls_since();
  CHECK_STATUS(ALOG_ERR_NULL, p.writer.append(pair_of(1)));
  CHECK_STATUS(ALOG_ERR_NULL, p.writer.emplace(pair_of(1)));
  CHECK_STATUS(ALOG_ERR_NULL, p.writer.notify());
  CHECK_U64(3, calls_since());
  CHECK_OK(moved.append(pair_of(1)));
  moved.swap(q.writer);
  CHECK_OK(moved.append(pair_of(0)));
  CHECK_OK(q.writer.append(pair_of(2)));
  CHECK_CALLS(0, 3);
  check_all(p.log, 3);
  check_all(q.log, 1);
  alog_writer *raw = q.writer.detach();
  CHECK_STATUS(ALOG_ERR_NULL, q.writer.append(pair_of(3)));
  calls_since();
  alog::writer<pair> again(raw);
  CHECK_OK(again.append(pair_of(3)));
  CHECK_CALLS(0, 1);
  again.reset();
  CHECK_STATUS(ALOG_ERR_NULL, again.append(pair_of(4)));
  auto next = MUST(p.log.claim());  // the next writer goes on
  calls_since();
  CHECK_OK(next.append(pair_of(4)));
  CHECK_CALLS(0, 1);
  CHECK_OK(std::move(next).finish());
  CHECK_STATUS(ALOG_ERR_NULL, next.append(pair_of(5)));
  CHECK_STATUS(ALOG_ERR_NULL, next.emplace(pair_of(5)));
  check_all(p.log, 5);
  calls_since();
}

// A constructor that uses the writer that constructs it.
struct nested {
  std::uint64_t number;
  explicit nested(std::uint64_t n) noexcept : number(n) {}
  nested(alog::writer<nested> &writer, std::uint64_t n, int what) noexcept : number(n) {
    if (what == 0) CHECK_OK(writer.append(nested(n + 1)));
    if (what == 1) writer.reset();
    if (what == 2) static_cast<void>(alog_writer_begin(writer.get()));
    if (what == 6) {  // leaves a reservation of the same room open
      alog_reservation room;
      CHECK_OK(alog_writer_reserve(writer.get(), 1, &room));
    }
    if (what == 4) {  // all is as it was, but what was made is written over
      CHECK_OK(alog_writer_begin(writer.get()));
      CHECK_OK(writer.append(nested(777)));
      CHECK_OK(alog_writer_abandon(writer.get()));
    }
    if (what == 5) {  // in a group: the same index, two segments further on
      for (std::size_t i = 0; i < 2 * SEGMENT; i++) CHECK_OK(writer.append(nested(n)));
    }
  }
};

static void an_emplace_that_is_overtaken_is_none() {
  const auto log = MUST(alog::log<nested>::create(alog::options(RETAINED, SEGMENT)));
  auto writer = MUST(log.claim());
  CHECK_OK(writer.emplace(0u));
  CHECK_OK(writer.emplace(writer, 1u, 3));
  CHECK_STATUS(ALOG_ERR_STATE, writer.emplace(writer, 1u, 0));
  CHECK_U64(3, writer.next_sequence());
  CHECK_STATUS(ALOG_ERR_STATE, writer.emplace(writer, 1u, 2));
  CHECK_OK(alog_writer_abandon(writer.get()));
  CHECK(!writer.emplace(writer, 1u, 1).ok() && !writer);
  CHECK_U64(3, MUST(log.range()).end);

  for (const bool notifies : {false, true}) {
    for (const int what : {0, 4, 5, 6}) {
      const auto again = MUST(alog::log<nested>::create(alog::options(RETAINED, SEGMENT).auto_notify(notifies)));
      auto owner = MUST(again.claim());
      CHECK_OK(owner.emplace(0u));
      const auto frozen = MUST(again.snapshot());
      if (what == 5) CHECK_OK(alog_writer_begin(owner.get()));
      CHECK_STATUS(what == 6 && all_are_calls() ? ALOG_OK : ALOG_ERR_STATE, owner.emplace(owner, 1u, what));
      const std::uint64_t end = owner.next_sequence();
      CHECK_OK(owner.emplace(2u));  // and the writer goes on
      CHECK_U64(end + 1, owner.next_sequence());
      if (what == 5) CHECK_OK(alog_writer_publish(owner.get()));
      const auto view = MUST(again.snapshot());
      for (const nested &record : view) CHECK(record.number <= 2);
      CHECK_U64(2, view[end].number);
      CHECK(frozen.size() == 1 && frozen[0].number == 0);
    }
  }
  calls_since();
}

static void wait_for_a_sleeper(const alog::writer<pair> &writer) {
#if ALOG_INLINE
  if (!all_are_calls()) {
    while (alog_load_(alog_writer_hot(writer.get())->waiters) == 0) std::this_thread::yield();
  }
#endif
  static_cast<void>(writer);
  std::this_thread::sleep_for(2ms);
}

// By the append or emplace alone where the log notifies, otherwise by the notify.
static void sleepers_are_woken_by_a_call() {
  for (const bool notifies : {false, true}) {
    const auto log = MUST(alog::log<pair>::create(alog::options(RETAINED, 1024).auto_notify(notifies)));
    auto writer = MUST(log.claim());
    std::uint64_t next = 0;
    const auto append = [&] {
      CHECK_OK(next % 2 == 0 ? writer.append(pair_of(next)) : writer.emplace(pair_of(next)));
      next++;
    };
    for (int i = 0; i < 10; i++) {
      append();
      CHECK_OK(writer.notify());
    }
    CHECK_CALLS(0, 20);
    for (int round = 0; round < 20; round++) {
      const auto view = MUST(log.snapshot());
      std::thread sleeper([&] { CHECK_OK(view.wait(10s)); });
      wait_for_a_sleeper(writer);
      append();
      if (!notifies) CHECK_OK(writer.notify());
      sleeper.join();
      CHECK_CALLS(1, notifies ? 1 : 2);
    }
    check_all(log, next);
    calls_since();
  }
}

static void refresh_calls_for_a_segment_alone() {
  pairs p(RETAINED, SEGMENT);
  auto view = MUST(p.log.snapshot());
  auto called = MUST(view.clone());
  std::uint64_t refreshes = 0, made = 0;
  calls_since();
  for (std::uint64_t i = 0; i < 20 * SEGMENT; i++) {
    CHECK_STATUS(ALOG_UNCHANGED, view.refresh());
    made += calls_since();
    p.append(1);
    alog::delta delta{};
    CHECK_OK(called.refresh(delta));
    calls_since();
    CHECK_OK(view.refresh());
    made += calls_since();
    refreshes += 2;
    CHECK(delta.first_sequence == i && delta.appended == 1 && delta.lost == 0);
    const auto a = MUST(view.range()), b = MUST(called.range());
    CHECK(a.begin == b.begin && a.end == b.end && a.end == i + 1);
    CHECK(view.back() == pair_of(i) && MUST(view.latest()).begin == i);
  }
  CHECK_U64(all_are_calls() ? refreshes : 19, made);
  check_all(p.log, 20 * SEGMENT);

  // It goes with the handle.
  alog::snapshot<pair> moved = std::move(view);
  CHECK_STATUS(ALOG_ERR_NULL, view.refresh());
  p.append(1);
  view = std::move(moved);
  CHECK_STATUS(ALOG_ERR_NULL, moved.refresh());
  CHECK_OK(view.refresh());
  view.swap(called);
  CHECK_OK(view.refresh());
  CHECK_STATUS(ALOG_UNCHANGED, called.refresh());
  alog_snapshot *raw = view.detach();
  CHECK_STATUS(ALOG_ERR_NULL, view.refresh());
  alog::snapshot<pair> again(raw);
  CHECK_STATUS(ALOG_UNCHANGED, again.refresh());
  again = MUST(p.log.snapshot());
  CHECK_STATUS(ALOG_UNCHANGED, again.refresh());
  p.append(2 * RETAINED);
  CHECK_OK(again.refresh());
  CHECK_U64(p.writer.next_sequence(), MUST(again.range()).end);
  calls_since();
}

// Reads record by record where it can, and by chunks where the follower requires it: nothing twice, nothing out of
// order, and what is lost is reported.
static void a_cursor_reads_on() {
  pairs p(RETAINED, SEGMENT);
  auto cursor = MUST(p.log.cursor(alog::start::oldest));
  std::uint64_t expected = 0, read_on = 0;
  for (std::uint64_t turn = 0; turn < 3000; turn++) {
    p.append(turn % 100 == 99 ? 90 : turn * 7 % 4);
    while (const pair *record = cursor.read_on()) {
      CHECK(*record == pair_of(expected++));
      read_on++;
    }
    CHECK_U64(expected, cursor.position());
    alog::delta delta{};
    CHECK(cursor.refresh(delta).ok());
    expected += delta.lost;
    for (const auto &chunk : cursor.unread()) {
      for (const pair &record : chunk) CHECK(record == pair_of(expected++));
    }
    CHECK_U64(p.writer.next_sequence(), expected);
  }
  CHECK(all_are_calls() ? read_on == 0 : read_on > 2000);
  alog::cursor<pair> moved = std::move(cursor);
  p.append(1);
  CHECK(cursor.read_on() == nullptr);
  CHECK(all_are_calls() || moved.read_on() != nullptr);
  calls_since();
}

int main() {
  RUN(append_and_emplace_call_for_a_segment_alone);
  RUN(bytes_call_for_a_segment_alone);
  RUN(a_group_is_appended_to_without_a_call);
  RUN(an_open_reservation_is_ended_by_a_call);
  RUN(a_writer_takes_it_along_wherever_it_moves);
  RUN(an_emplace_that_is_overtaken_is_none);
  RUN(sleepers_are_woken_by_a_call);
  RUN(refresh_calls_for_a_segment_alone);
  RUN(a_cursor_reads_on);
  return 0;
}
