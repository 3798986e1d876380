// Holds up: snapshots, cursors and their loops show exactly the records in view, whichever way one goes through them.
#include <algorithm>
#include <chrono>
#include <iterator>
#include <vector>

#include "check.hpp"

#if __cplusplus >= 202002L
#include <ranges>
static_assert(std::ranges::forward_range<alog::snapshot<pair>>);
static_assert(std::ranges::forward_range<alog::record_range<pair>>);
static_assert(std::ranges::contiguous_range<alog::chunk<pair>> && std::ranges::sized_range<alog::chunk<pair>>);
static_assert(std::is_same_v<alog::span<int>, std::span<int>>);
#endif

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

static void records_of_every_range() {
  pairs p(12, 4);  // K = 4
  p.append(19);
  const auto view = MUST(p.log.snapshot());
  const auto all = MUST(view.range());
  CHECK(all.begin == 4 && all.end == 19);
  for (std::uint64_t begin = all.begin; begin <= all.end; begin++) {
    for (std::uint64_t end = begin; end <= all.end; end++) {
      std::uint64_t sequence = begin;
      for (const pair &record : view.records({begin, end}).value()) CHECK(record == pair_of(sequence++));
      CHECK_U64(end, sequence);
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
  CHECK(view.log().get() == p.log.get());
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
  p.append(1);
  CHECK_OK(view.wait(0s));
  CHECK_OK(view.wait());
  CHECK_OK(cursor.wait(std::chrono::hours::max()));
  CHECK_OK(cursor.wait());
  CHECK_U64(0, view.size());  // it stays as it is
}

void views() {
  RUN(loops_see_every_record_once);
  RUN(iterators_are_for_algorithms);
  RUN(records_of_every_range);
  RUN(record_is_where_the_chunk_says);
  RUN(view_stays_until_it_is_refreshed);
  RUN(cursor_reads_everything_once);
  RUN(cursor_seeks_and_pins);
  RUN(wait_looks_at_the_log_first);
}
