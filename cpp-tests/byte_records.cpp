// Holds up: a log of bytes has the same interface, with records of any size.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "check.hpp"

#if __cplusplus >= 202002L
#include <ranges>
static_assert(std::ranges::bidirectional_range<alog::bytes_snapshot> && std::ranges::sized_range<alog::bytes_snapshot>);
static_assert(!std::ranges::random_access_range<alog::bytes_snapshot>);  // a far step is a search
static_assert(std::ranges::random_access_range<alog::bytes_chunk> && std::ranges::view<alog::bytes_chunk>);
static_assert(std::ranges::random_access_range<alog::chunk_range<alog::bytes>>);
static_assert(std::ranges::bidirectional_range<alog::record_range<alog::bytes>>);
#endif

// Record i: i % 23 letters.
static std::string words(std::uint64_t i) {
  return std::string(static_cast<std::size_t>(i % 23), static_cast<char>('a' + i % 26));
}

static void records_of_any_size_come_back() {
  const auto log = MUST(alog::bytes_log::create(alog::options(512, 128)));
  auto writer = MUST(log.claim());
  CHECK_OK(writer.append(std::string_view()));
  for (std::uint64_t i = 1; i < 100; i++) CHECK_OK(writer.append(words(i)));
  const auto view = MUST(log.snapshot());
  const auto range = MUST(view.range());
  CHECK(range.begin > 0 && range.end == 100);

  std::uint64_t sequence = range.begin;
  for (alog::byte_view record : view) CHECK(alog::text(record) == words(sequence++));
  CHECK_U64(100, sequence);

  sequence = range.begin;
  for (const auto &chunk : view.chunks()) {
    CHECK_U64(sequence, chunk.first_sequence());
    CHECK(alog::text(chunk[chunk.size() - 1]) == words(sequence + chunk.size() - 1));
    for (alog::byte_view record : chunk) {
      const auto same = MUST(view.record(sequence));
      CHECK(same.data() == record.data() && same.size() == record.size());
      CHECK(alog::text(record) == words(sequence++));
    }
  }
  CHECK_U64(100, sequence);

  for (std::uint64_t begin = range.begin; begin <= range.end; begin += 3) {
    sequence = begin;
    for (alog::byte_view record : view.records({begin, range.end}).value()) {
      CHECK(alog::text(record) == words(sequence++));
    }
    CHECK_U64(100, sequence);
  }
  for (auto at = view.rbegin(); at != view.rend(); ++at) CHECK(alog::text(*at) == words(--sequence));
  CHECK_U64(range.begin, sequence);
  CHECK(alog::text(view.front()) == words(range.begin) && alog::text(view.back()) == words(99));
  CHECK(alog::text(view[1]) == words(range.begin + 1) && view.begin()->size() == view.front().size());
  CHECK(alog::text(*std::prev(view.end(), 3)) == words(97));
  for (std::uint64_t begin = range.begin; begin < range.end; begin += 3) {
    sequence = begin;
    for (const auto &chunk : view.chunks_in({begin, begin + 1 + (range.end - begin) / 2}).value()) {
      CHECK_U64(sequence, chunk.first_sequence());
      for (auto at = chunk.end(); at != chunk.begin();) {
        --at;
        CHECK(alog::text(*at) == words(sequence + static_cast<std::uint64_t>(at - chunk.begin())));
      }
      sequence += chunk.size();
      CHECK(alog::text(chunk.back()) == words(sequence - 1) && chunk.end()[-1].size() == chunk.back().size());
      CHECK(chunk.begin() + 1 > chunk.begin() && chunk.begin() <= chunk.end() - 1 && chunk.begin() < 1 + chunk.begin());
    }
    CHECK_U64(begin + 1 + (range.end - begin) / 2, sequence);
    const auto place = MUST(view.find(begin));
    CHECK(alog::text(MUST(view.chunk(place.chunk))[place.record]) == words(begin));
  }
  CHECK(std::count_if(view.begin(), view.end(), [](alog::byte_view record) { return record.size() < 23; }) ==
        static_cast<std::ptrdiff_t>(view.size()));
}

static void batches_of_bytes_are_there_at_once() {
  const auto log = MUST(alog::bytes_log::create(alog::options(512, 128)));
  auto writer = MUST(log.claim());
  const alog::slice slices[3] = {{"one", 3}, {nullptr, 0}, {"three", 5}};
  CHECK_OK(writer.append_batch(slices));
  const std::vector<std::uint32_t> sizes = {2, 4};
  CHECK_OK(writer.append_packed("abcdef", sizes));
  const std::byte raw[2] = {std::byte{'y'}, std::byte{'z'}};
  CHECK_OK(writer.append(raw));
  CHECK_OK(writer.append(raw, 1));
  const char *expected[] = {"one", "", "three", "ab", "cdef", "yz", "y"};
  auto view = MUST(log.snapshot());
  std::size_t i = 0;
  for (alog::byte_view record : view) CHECK(alog::text(record) == expected[i++]);
  CHECK_U64(7, i);
  CHECK_STATUS(ALOG_ERR_TOO_LARGE, writer.append(std::string(129, 'x')));
}

static void byte_room_is_cut_at_commit() {
  const auto log = MUST(alog::bytes_log::create(alog::options(512, 128)));
  auto writer = MUST(log.claim());
  auto room = MUST(writer.reserve(20));
  CHECK_U64(20, room.size());
  std::memcpy(room.data(), "hello", 5);
  CHECK_OK(room.commit(5));
  {
    auto dropped = MUST(writer.reserve(9));
  }
  auto cursor = MUST(log.cursor(alog::start::oldest));
  const auto chunk = MUST(cursor.next());
  CHECK_U64(1, chunk.size());
  CHECK(alog::text(chunk[0]) == "hello");
  CHECK(writer.log() == log);
}

static void bytes_outlive_their_log_under_a_pin() {
  alog::segment pin;
  alog::bytes_chunk kept;
  {
    auto log = MUST(alog::bytes_log::create(alog::options(512, 128)));
    auto writer = MUST(log.claim());
    CHECK_OK(writer.append("still here"));
    const auto view = MUST(log.snapshot());
    kept = MUST(view.chunk(0));
    pin = MUST(view.pin(0));
  }
  CHECK(alog::text(*kept.begin()) == "still here");
}

void byte_records() {
  RUN(records_of_any_size_come_back);
  RUN(batches_of_bytes_are_there_at_once);
  RUN(byte_room_is_cut_at_commit);
  RUN(bytes_outlive_their_log_under_a_pin);
}
