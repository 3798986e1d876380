// Holds up: snapshots, cursors and their loops show exactly the records in view, in each way to go through them.
#include <algorithm>
#include <chrono>
#include <iterator>
#include <vector>

#include "check.hpp"

#if __cplusplus >= 202002L
#include <ranges>
template <class R>
constexpr bool is_view = std::ranges::view<R> && std::ranges::borrowed_range<R> && std::ranges::sized_range<R>;
static_assert(std::ranges::random_access_range<alog::snapshot<pair>> && std::ranges::sized_range<alog::snapshot<pair>>);
static_assert(std::sized_sentinel_for<alog::record_iterator<pair>, alog::record_iterator<pair>>);
static_assert(std::ranges::random_access_range<alog::record_range<pair>> && is_view<alog::record_range<pair>>);
static_assert(std::ranges::random_access_range<alog::chunk_range<pair>> && is_view<alog::chunk_range<pair>>);
static_assert(std::ranges::bidirectional_range<alog::cut_range<pair>> && std::ranges::view<alog::cut_range<pair>>);
static_assert(std::ranges::borrowed_range<alog::cut_range<pair>> && !std::ranges::sized_range<alog::cut_range<pair>>);
static_assert(std::ranges::contiguous_range<alog::chunk<pair>> && is_view<alog::chunk<pair>>);
static_assert(std::ranges::input_range<alog::unread_range<pair>> && std::ranges::view<alog::unread_range<pair>>);
using owned_records = alog::owning_range<alog::snapshot<pair>, alog::record_range<pair>>;
static_assert(std::ranges::random_access_range<owned_records> && !std::ranges::borrowed_range<owned_records>);
static_assert(!std::ranges::borrowed_range<alog::snapshot<pair>>);
static_assert(std::is_same_v<alog::span<int>, std::span<int>>);
#endif

// Whether a call exists for a named object, and not for a temporary, which would be gone before what the call returns.
#define ONLY_FOR_NAMES(type, call)                                                                        \
  static_assert([] {                                                                                      \
    auto shows = [](auto &&it) -> decltype(static_cast<decltype(it)>(it) call, void()) {};                \
    return std::is_invocable_v<decltype(shows), type &> && !std::is_invocable_v<decltype(shows), type> && \
           !std::is_invocable_v<decltype(shows), const type>;                                             \
  }())
ONLY_FOR_NAMES(alog::snapshot<pair>, .begin());
ONLY_FOR_NAMES(alog::snapshot<pair>, .end());
ONLY_FOR_NAMES(alog::snapshot<pair>, .rbegin());
ONLY_FOR_NAMES(alog::snapshot<pair>, .rend());
ONLY_FOR_NAMES(alog::snapshot<pair>, .front());
ONLY_FOR_NAMES(alog::snapshot<pair>, .back());
ONLY_FOR_NAMES(alog::snapshot<pair>, [0]);
ONLY_FOR_NAMES(alog::snapshot<pair>, .record(0));
ONLY_FOR_NAMES(alog::snapshot<pair>, .chunk(0));
ONLY_FOR_NAMES(alog::snapshot<pair>, .get());
// Calls on a temporary that can be kept: their result keeps it.
#define KEEPS(call)                                                                                       \
  static_assert(!std::is_trivially_destructible_v<decltype(std::declval<alog::snapshot<pair>>() call)> && \
                std::is_trivially_destructible_v<decltype(std::declval<alog::snapshot<pair> &>() call)>); \
  static_assert([] {                                                                                      \
    auto shows = [](auto &&it) -> decltype(static_cast<decltype(it)>(it) call, void()) {};                \
    return !std::is_invocable_v<decltype(shows), const alog::snapshot<pair>>;                             \
  }())
KEEPS(.chunks());
KEEPS(.chunks_in({0, 1}));
KEEPS(.records({0, 1}));
ONLY_FOR_NAMES(alog::cursor<pair>, .get());
ONLY_FOR_NAMES(alog::log<pair>, .get());
ONLY_FOR_NAMES(alog::segment, .get());
ONLY_FOR_NAMES(alog::writer<pair>, .get());
ONLY_FOR_NAMES(alog::reservation<pair>, .data());
ONLY_FOR_NAMES(alog::reservation<pair>, .begin());
ONLY_FOR_NAMES(alog::reservation<pair>, .end());
ONLY_FOR_NAMES(alog::reservation<pair>, .room());
ONLY_FOR_NAMES(alog::reservation<pair>, [0]);
ONLY_FOR_NAMES(alog::result<alog::log<pair>>, ->snapshot());
ONLY_FOR_NAMES(alog::result<alog::log<pair>>, .message());
ONLY_FOR_NAMES(alog::result<alog::snapshot<pair>>, ->size());
ONLY_FOR_NAMES(alog::result<alog::segment>, ->sequence());
ONLY_FOR_NAMES(alog::result<alog::reservation<pair>>, ->size());
using kept_chunks = alog::owning_range<alog::snapshot<pair>, alog::chunk_range<pair>>;
ONLY_FOR_NAMES(kept_chunks, .begin());
ONLY_FOR_NAMES(kept_chunks, .end());
ONLY_FOR_NAMES(kept_chunks, .range());
ONLY_FOR_NAMES(alog::result<kept_chunks>, ->begin());

using namespace std::chrono_literals;

static void loops_see_every_record_once() {
  for (std::uint64_t count = 0; count <= 30; count++) {
    pairs p(8, 4);
    p.append(count);
    const auto view = MUST(p.log.snapshot());
    const auto range = MUST(view.range());
    CHECK_U64(count, range.end);
    CHECK_U64(range.end - range.begin, view.size());
    CHECK(view.empty() == (count == 0));

    std::uint64_t sequence = range.begin;
    for (const pair &record : view) CHECK(record == pair_of(sequence++));
    CHECK_U64(range.end, sequence);

    sequence = range.begin;
    std::size_t chunks = 0;
    for (const auto &chunk : view.chunks()) {
      CHECK_U64(sequence, chunk.first_sequence());
      CHECK_U64(sequence / 4, chunk.segment_sequence());
      CHECK(!chunk.empty() && chunk.size() == chunk.records().size() && chunk.data() == chunk.records().data());
      const auto same = MUST(view.chunk(chunks++));
      CHECK(same.data() == chunk.data() && same.size() == chunk.size());
      CHECK(chunk[chunk.size() - 1] == pair_of(sequence + chunk.size() - 1));
      for (const pair &record : chunk) CHECK(record == pair_of(sequence++));
    }
    CHECK_U64(range.end, sequence);
    CHECK_U64(view.chunk_count(), chunks);
    CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, view.chunk(chunks).status());
  }
}

static void iterators_are_for_algorithms() {
  pairs p(8, 4);
  p.append(11);
  const auto view = MUST(p.log.snapshot());
  CHECK(std::distance(view.begin(), view.end()) == 11);
  const auto found = std::find(view.begin(), view.end(), pair_of(7));
  CHECK(found != view.end() && found->square == 49 && std::next(found) != found);
  CHECK(std::find(view.begin(), view.end(), pair_of(11)) == view.end());
  auto at = view.begin();
  CHECK(*at++ == pair_of(0) && *at == pair_of(1));
  const std::vector<pair> copy(view.begin(), view.end());
  CHECK(copy.size() == 11 && copy.back() == pair_of(10));
}

static void newest_first() {
  for (std::uint64_t count = 0; count <= 30; count++) {
    pairs p(8, 4);
    p.append(count);
    const auto view = MUST(p.log.snapshot());
    const auto range = MUST(view.range());
    std::uint64_t sequence = range.end;
    for (auto at = view.rbegin(); at != view.rend(); ++at) CHECK(*at == pair_of(--sequence));
    CHECK_U64(range.begin, sequence);
    for (auto at = view.end(); at != view.begin();) {
      CHECK((--at)->sequence == at.sequence());
      sequence++;
    }
    CHECK_U64(range.end, sequence);
    const auto chunks = view.chunks();
    for (auto at = chunks.rbegin(); at != chunks.rend(); ++at) {
      const auto chunk = *at;
      for (auto record = chunk.rbegin(); record != chunk.rend(); ++record) CHECK(*record == pair_of(--sequence));
    }
    CHECK_U64(range.begin, sequence);
    if (count > 0) {
      CHECK(view.front() == pair_of(range.begin) && view.back() == pair_of(range.end - 1));
      CHECK(chunks.back().back() == view.back() && &chunks.front().front() == &view.front());
      CHECK(chunks.front().first_sequence() == range.begin);
    }
#if __cplusplus >= 202002L
    sequence = range.end;
    for (const pair &record : view | std::views::reverse) CHECK(record == pair_of(--sequence));
    CHECK_U64(range.begin, sequence);
    for (const auto &chunk : view.chunks() | std::views::reverse) sequence += chunk.size();
    CHECK_U64(range.end, sequence);
    for (const pair &record : *p.log.snapshot() | std::views::reverse) CHECK(record == pair_of(--sequence));
    for (const auto &chunk : p.log.snapshot().value().chunks() | std::views::reverse | std::views::take(1)) {
      CHECK_U64(range.end, chunk.first_sequence() + chunk.size());
    }
#endif
  }
}

static void any_step_is_right() {
  pairs p(12, 4);
  p.append(19);
  const auto view = MUST(p.log.snapshot());
  const auto [begin, end] = MUST(view.range());
  const auto size = static_cast<std::ptrdiff_t>(end - begin);
  CHECK(view.end() - view.begin() == size && view.begin() - view.end() == -size);
  CHECK(view.begin() + 0 == view.begin() && view.end() - 0 == view.end() && view.end().sequence() == end);
  for (std::ptrdiff_t from = 0; from <= size; from++) {
    for (std::ptrdiff_t to = 0; to <= size; to++) {
      const auto a = view.begin() + from;
      auto b = a;
      b += to - from;
      CHECK(b - a == to - from && b.sequence() == begin + static_cast<std::uint64_t>(to));
      CHECK((a < b) == (from < to) && (a > b) == (from > to) && (a <= b) == (from <= to) && (a >= b) == (from >= to));
      CHECK((a == b) == (from == to) && (a != b) == (from != to) && b == view.end() - (size - to));
      b -= to - from;
      CHECK(a == b);
      if (to < size) CHECK(a[to - from] == pair_of(begin + static_cast<std::uint64_t>(to)));
    }
  }
  for (std::uint64_t i = 0; i < view.size(); i++) CHECK(&view[i] == &MUST(view.record(begin + i)));
  const auto found = std::lower_bound(view.begin(), view.end(), 150u,
                                      [](const pair &record, unsigned square) { return record.square < square; });
  CHECK(found.sequence() == 13);

  const auto chunks = view.chunks();
  CHECK(chunks.size() == 4 && !chunks.empty() && chunks.end() - chunks.begin() == 4);
  CHECK(chunks[2].first_sequence() == 12 && (chunks.begin() + 3)->size() == 3);
  CHECK((1 + chunks.begin())[1].first_sequence() == (chunks.end() - 2)->first_sequence());
  CHECK(chunks.begin() < chunks.end() && chunks.end() >= chunks.begin() + 4 && chunks.end() > chunks.begin());
  auto at = chunks.end();
  at -= 2;
  at--;
  CHECK(at++ == chunks.begin() + 1 && at <= chunks.begin() + 2 && at != chunks.begin());
}

static void loops_over_temporaries_keep_what_they_show() {
  pairs p(8, 4);
  p.append(11);
  std::uint64_t sequence = 4;
  for (auto &record : p.log.snapshot().value().records({4, 11}).value()) {
    if (sequence == 4) p.append(20);  // meanwhile only the loop holds the segments
    CHECK(record == pair_of(sequence++));
  }
  CHECK_U64(11, sequence);
  sequence = 20;
  for (auto &chunk : p.log.snapshot().value().chunks()) {
    if (sequence == 20) p.append(20);
    for (auto &record : chunk) CHECK(record == pair_of(sequence++));
  }
  CHECK_U64(31, sequence);
  sequence = 41;
  for (auto &chunk : p.log.snapshot().value().chunks_in({41, 51}).value()) {
    if (sequence == 41) p.append(20);
    for (auto &record : chunk) CHECK(record == pair_of(sequence++));
  }
  CHECK_U64(51, sequence);
  sequence = 60;
  for (auto &chunk : p.log.cursor(alog::start::oldest).value().unread()) {
    if (sequence == 60) p.append(20);
    for (auto &record : chunk) CHECK(record == pair_of(sequence++));
  }
  CHECK_U64(71, sequence);
  sequence = 80;
  for (auto &record : *p.log.snapshot()) CHECK(record == pair_of(sequence++));
  CHECK_U64(91, sequence);

  auto kept = p.log.snapshot().value().chunks();
  CHECK_U64(1, MUST(p.log.stats()).snapshots_live);
  auto moved = std::move(kept);
  CHECK(kept.begin() == kept.end() && moved.range().size() == 3);
  p.append(40);
  CHECK_U64(80, moved.begin()->first_sequence());
  moved = MUST(p.log.snapshot()).chunks();
  CHECK_U64(120, moved.begin()->first_sequence());
  CHECK_U64(1, MUST(p.log.stats()).snapshots_live);
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, p.log.snapshot().value().records({0, 3}).status());
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, p.log.snapshot().value().chunks_in({0, 3}).status());
}

static void chunks_of_every_range() {
  pairs p(12, 4);
  p.append(19);
  const auto view = MUST(p.log.snapshot());
  for (std::uint64_t begin = 4; begin <= 19; begin++) {
    for (std::uint64_t end = begin; end <= 19; end++) {
      alog_chunk expected[5];
      std::size_t written = 0;
      CHECK_OK(alog_snapshot_chunks_in(view.get(), {begin, end}, 5, expected, &written));
      const auto chunks = MUST(view.chunks_in({begin, end}));
      CHECK(chunks.empty() == (begin == end));
      const auto is = [](const alog_chunk &raw, const alog_chunk &other) {
        return raw.data == other.data && raw.count == other.count && raw.stride == other.stride &&
               raw.first_sequence == other.first_sequence && raw.segment_sequence == other.segment_sequence;
      };
      std::size_t i = 0;
      for (auto chunk : chunks) CHECK(is(chunk.get(), expected[i++]));
      CHECK_U64(written, i);
      for (auto at = chunks.rbegin(); at != chunks.rend(); ++at) CHECK(is(at->get(), expected[--i]));
      CHECK_U64(0, i);
      for (auto at = chunks.begin(); at != chunks.end();) {
        const auto was = at++;
        CHECK(is(was->get(), expected[i++]) && std::prev(at) == was && is(std::prev(at)->get(), was->get()));
      }
      if (i > 0) CHECK(is(chunks.front().get(), expected[0]) && is(chunks.back().get(), expected[i - 1]));
    }
  }
  for (const alog::range outside : {alog::range{3, 5}, {18, 20}, {9, 8}}) {
    CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, view.chunks_in(outside).status());
    CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, view.records(outside).status());
  }
  CHECK(MUST(view.chunks_in({77, 77})).empty() && MUST(view.records({77, 77})).empty());  // as in C
}

static void find_says_where_a_record_lies() {
  pairs p(12, 4);
  p.append(19);
  const auto view = MUST(p.log.snapshot());
  for (std::uint64_t sequence = 4; sequence < 19; sequence++) {
    const auto place = MUST(view.find(sequence));
    CHECK(MUST(view.chunk(place.chunk))[place.record] == pair_of(sequence));
  }
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, view.find(3).status());
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, view.find(19).status());
}

static void records_of_every_range() {
  pairs p(12, 4);  // K = 4
  p.append(19);
  const auto view = MUST(p.log.snapshot());
  const auto all = MUST(view.range());
  CHECK(all.begin == 4 && all.end == 19);
  for (std::uint64_t begin = all.begin; begin <= all.end; begin++) {
    for (std::uint64_t end = begin; end <= all.end; end++) {
      std::uint64_t sequence = begin;
      const auto records = MUST(view.records({begin, end}));
      for (const pair &record : records) CHECK(record == pair_of(sequence++));
      CHECK_U64(end, sequence);
      CHECK_U64(end - begin, records.size());
      CHECK(records.empty() == (begin == end));
      for (auto at = records.rbegin(); at != records.rend(); ++at) CHECK(*at == pair_of(--sequence));
      if (begin == end) continue;
      CHECK(records.front() == pair_of(begin) && records.back() == pair_of(end - 1));
      CHECK(records[records.size() - 1] == pair_of(end - 1));
    }
  }
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, view.records({3, 5}).status());
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, view.records({18, 20}).status());
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, view.records({9, 8}).status());
  const alog::record_range<pair> none;
  CHECK(none.begin() == none.end());
}

static void record_is_where_the_chunk_says() {
  pairs p(8, 4);
  p.append(14);
  const auto view = MUST(p.log.snapshot());
  for (const auto &chunk : view.chunks()) {
    for (std::size_t i = 0; i < chunk.size(); i++) {
      CHECK(&MUST(view.record(chunk.first_sequence() + i)) == chunk.data() + i);
    }
  }
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, view.record(3).status());
  CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, view.record(14).status());
  CHECK_U64(81, view.record(9)->square);
}

static void view_stays_until_it_is_refreshed() {
  pairs p(8, 4);
  p.append(3);
  auto view = MUST(p.log.snapshot());
  const auto clone = MUST(view.clone());
  CHECK(clone.get() != view.get());
  p.append(20);
  CHECK_U64(3, view.size());
  alog::delta delta{};
  CHECK_OK(view.refresh(delta));
  CHECK(delta.first_sequence == 12 && delta.appended == 11 && delta.lost == 9);
  CHECK_STATUS(ALOG_UNCHANGED, view.refresh());
  CHECK_U64(11, view.size());
  CHECK_U64(3, clone.size());
  CHECK(*clone.begin() == pair_of(0));
  CHECK(view.log() == p.log);
}

static void cursor_reads_everything_once() {
  pairs p(8, 4);
  auto cursor = MUST(p.log.cursor(alog::start::oldest));
  std::uint64_t expected = 0;
  for (std::uint64_t round = 0; round < 20; round++) {
    p.append(round % 7);
    alog::delta delta{};
    CHECK(cursor.refresh(delta).ok());
    CHECK(delta.first_sequence == expected && delta.appended == round % 7 && delta.lost == 0);
    if (round % 2 == 0) {
      for (const auto &chunk : cursor.unread()) {
        for (const pair &record : chunk) CHECK(record == pair_of(expected++));
      }
    } else {
      while (const auto chunk = cursor.next()) {
        for (const pair &record : *chunk) CHECK(record == pair_of(expected++));
      }
    }
    CHECK_STATUS(ALOG_END, cursor.next().status());
    CHECK_U64(expected, cursor.position());
  }
  CHECK_U64(p.writer.next_sequence(), expected);
  p.append(30);
  alog::delta delta{};
  CHECK_OK(cursor.refresh(delta));
  CHECK(delta.lost == delta.first_sequence - expected && delta.lost > 0);
  CHECK_STATUS(ALOG_UNCHANGED, cursor.refresh());

  auto ahead = MUST(p.log.cursor(alog::start::next));
  CHECK_U64(p.writer.next_sequence(), ahead.position());
}

static void cursor_seeks_and_pins() {
  pairs p(8, 4);
  p.append(10);
  alog::segment pin;
  alog::chunk<pair> kept;
  {
    auto cursor = MUST(MUST(p.log.snapshot()).cursor());  // the snapshot is gone
    CHECK_STATUS(ALOG_ERR_STATE, cursor.pin().status());
    CHECK_STATUS(ALOG_ERR_OUT_OF_RANGE, cursor.seek(11));
    CHECK_OK(cursor.seek(6));
    kept = MUST(cursor.next());
    pin = MUST(cursor.pin());
  }
  p.writer.reset();
  p.log.reset();
  CHECK_U64(1, pin.sequence());
  CHECK_U64(2, kept.size());
  CHECK(kept[0] == pair_of(6) && kept[1] == pair_of(7));
}

static void wait_looks_at_the_log_first() {
  pairs p(8, 4);
  auto view = MUST(p.log.snapshot());
  auto cursor = MUST(p.log.cursor(alog::start::next));
  CHECK_STATUS(ALOG_TIMEOUT, view.wait(0s));
  CHECK_STATUS(ALOG_TIMEOUT, cursor.wait(-1ms));
  CHECK_STATUS(ALOG_TIMEOUT, view.wait(1us));
  CHECK_STATUS(ALOG_TIMEOUT, view.wait_since(0s, p.log.interrupts()));
  CHECK(!view.wait(1us).ready() && !cursor.wait(1us).ready() && !view.refresh().ready());
  p.append(1);
  CHECK(view.wait(0s).ready() && cursor.wait(0s).ready() && view.wait().ready());
  CHECK_OK(view.wait(0s));
  CHECK_OK(view.wait());
  CHECK_OK(cursor.wait(std::chrono::hours::max()));
  CHECK_OK(cursor.wait());
  CHECK_U64(0, view.size());  // it stays as it is
  const std::uint64_t before = p.log.interrupts();
  CHECK_OK(view.wait_since(before));
  CHECK_OK(cursor.wait_since(1h, before));
  CHECK_OK(p.log.interrupt());
  CHECK_U64(before + 1, p.log.interrupts());
  CHECK_STATUS(ALOG_INTERRUPTED, view.wait_since(before));  // it came before the call, and is told before what is new
  CHECK_STATUS(ALOG_INTERRUPTED, view.wait_since(1h, before));
  CHECK_STATUS(ALOG_INTERRUPTED, cursor.wait_since(before));
  CHECK_STATUS(ALOG_INTERRUPTED, cursor.wait_since(1h, before));
  CHECK_OK(view.wait());
  CHECK(view.refresh().ready() && !view.refresh().ready());
}

void views() {
  RUN(loops_see_every_record_once);
  RUN(iterators_are_for_algorithms);
  RUN(newest_first);
  RUN(any_step_is_right);
  RUN(loops_over_temporaries_keep_what_they_show);
  RUN(records_of_every_range);
  RUN(chunks_of_every_range);
  RUN(find_says_where_a_record_lies);
  RUN(record_is_where_the_chunk_says);
  RUN(view_stays_until_it_is_refreshed);
  RUN(cursor_reads_everything_once);
  RUN(cursor_seeks_and_pins);
  RUN(wait_looks_at_the_log_first);
}
