// Holds up: handles end once, by themselves, and in any order. Copies of counted handles are counts.
#include <chrono>
#include <cstring>
#include <new>

#include "check.hpp"

// Counts what is given out, so that "everything was freed" is a number.
struct heap {
  std::uint64_t blocks = 0;

  static void *allocate(void *self, std::size_t size, std::size_t align) {
    static_cast<heap *>(self)->blocks++;
    return ::operator new(size, std::align_val_t(align), std::nothrow);
  }
  static void deallocate(void *self, void *block, std::size_t, std::size_t align) {
    static_cast<heap *>(self)->blocks--;
    ::operator delete(block, std::align_val_t(align), std::nothrow);
  }
  alog_allocator allocator() { return {this, allocate, deallocate}; }
};

using ints = alog::log<int>;

static_assert(std::is_nothrow_copy_constructible_v<ints> && std::is_nothrow_move_assignable_v<ints>);
static_assert(std::is_nothrow_copy_assignable_v<alog::segment> && std::is_nothrow_move_constructible_v<alog::segment>);
static_assert(!std::is_copy_constructible_v<alog::snapshot<int>> && !std::is_copy_assignable_v<alog::cursor<int>>);
static_assert(std::is_nothrow_move_constructible_v<alog::writer<int>>);
static_assert(sizeof(ints) == sizeof(void *) && sizeof(alog::snapshot<int>) == 2 * sizeof(void *));
static_assert(sizeof(alog::chunk<int>) == sizeof(alog_chunk));

static void copies_of_a_log_are_counts() {
  heap heap;
  const alog_allocator allocator = heap.allocator();
  {
    ints first = MUST(ints::create(alog::options(8, 4).allocator(allocator)));
    ints second = first;
    CHECK(second == first && second.get() == first.get() && first.get() != nullptr);
    first.reset();
    CHECK(!first && heap.blocks != 0);
    CHECK_OK(second.claim().status());
    first = second;
    second = MUST(ints::create(alog::options(8, 4).allocator(allocator)));
    CHECK(second != first && second.get() != first.get());
    second = std::move(first);
    const ints &same = second;
    second = same;
    CHECK(!first && second && second.get() != nullptr);
  }
  CHECK_U64(0, heap.blocks);
}

static void handles_outlive_each_other_in_any_order() {
  heap heap;
  const alog_allocator allocator = heap.allocator();
  alog::segment pin;
  {
    alog::snapshot<int> view;
    {
      const ints log = MUST(ints::create(alog::options(8, 4).allocator(allocator)));
      auto writer = MUST(log.claim());
      for (int i = 0; i < 6; i++) CHECK_OK(writer.append(i));
      view = MUST(log.snapshot());
    }
    CHECK(*MUST(view.chunk(1)).data() == 4);
    pin = MUST(view.pin(1));
    CHECK(view.log() && view.log().has_writer() == false);
  }
  alog::segment copy = pin;
  CHECK(copy.get() == pin.get());
  pin.reset();
  CHECK_U64(1, copy.sequence());
  CHECK(heap.blocks != 0);
  copy = alog::segment();
  CHECK_U64(0, heap.blocks);
}

static void moved_from_is_empty() {
  pairs p(8, 4);
  p.append(2);
  alog::writer<pair> writer = std::move(p.writer);
  CHECK(!p.writer && writer);
  CHECK_STATUS(ALOG_ERR_NULL, p.writer.append(pair_of(0)));
  CHECK_U64(0, p.writer.next_sequence());
  CHECK_U64(2, writer.next_sequence());
  CHECK(!p.writer.log() && writer.log() == p.log);
  auto view = MUST(p.log.snapshot());
  auto &same = view;
  view = std::move(same);
  CHECK_U64(2, view.size());
}

static void one_writer_at_a_time() {
  pairs p(8, 4);
  CHECK(p.log.has_writer());
  CHECK_STATUS(ALOG_ERR_CLAIMED, p.log.claim().status());
  p.writer.reset();
  CHECK(!p.log.has_writer());
  p.writer = MUST(p.log.claim());
  CHECK(p.log.has_writer());
}

static void c_handles_go_in_and_out() {
  alog_options options = alog::options(8, 4).get();
  options.record_size = sizeof(pair);
  alog_log *raw = nullptr;
  CHECK_OK(alog_log_create_fixed(&options, &raw));
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog::log<int>::adopt(raw).status());
  CHECK_STATUS(ALOG_ERR_KIND, alog::bytes_log::adopt(raw).status());
  CHECK_STATUS(ALOG_ERR_NULL, alog::bytes_log::adopt(nullptr).status());
  auto log = MUST(alog::log<pair>::adopt(raw));  // what was refused took no count
  CHECK(log.get() == raw);
  alog_log *again = log.detach();
  CHECK(again == raw && !log);
  const alog::log<pair> taken(again);
  alog_writer *writer = nullptr;
  CHECK_OK(alog_writer_claim(taken.get(), &writer));
  CHECK_OK(alog::writer<pair>(writer).append(pair_of(0)));
  CHECK(!taken.has_writer());
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog::log<int>::adopt(taken.get()).status());
  const auto refused = alog::log<int>::adopt(taken.get());
  CHECK(std::strstr(refused.message(), "record_size 16") != nullptr);

  options.record_size = 0;
  CHECK_OK(alog_log_create_bytes(&options, &raw));
  CHECK_STATUS(ALOG_ERR_KIND, alog::log<pair>::adopt(raw).status());
  CHECK_OK(alog::bytes_log::adopt(raw).status());

  options.record_size = sizeof(pair);
  options.record_align = 32;  // records lie further apart than in an array
  CHECK_OK(alog_log_create_fixed(&options, &raw));
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog::log<pair>::adopt(raw).status());
  alog_log_release(raw);
}

struct alignas(256) wide {
  int number;
};

static void records_lie_as_in_an_array() {
  auto log = MUST(alog::log<wide>::create(alog::options(8, 4)));
  auto writer = MUST(log.claim());
  for (int i = 0; i < 4; i++) CHECK_OK(writer.append({i}));
  const auto view = MUST(log.snapshot());
  const auto chunk = MUST(view.chunk(0));
  CHECK_U64(sizeof(wide), chunk.get().stride);
  CHECK_U64(0, reinterpret_cast<std::uintptr_t>(chunk.data()) % 256);
  CHECK(chunk.data()[3].number == 3);
  CHECK_U64(256, MUST(log.options()).record_align);

  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog::log<pair>::create(alog::options(8, 4).record_align(32)).status());
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog::log<pair>::create(alog::options(8, 4).record_align(4)).status());
  CHECK_U64(16, MUST(MUST(alog::log<pair>::create(alog::options(8, 4).record_align(16))).options()).record_align);
}

static void options_and_statistics_are_the_logs() {
  pairs p(8, 4);
  p.append(5);
  const alog_options options = MUST(p.log.options());
  CHECK(options.retained_capacity == 8 && options.segment_capacity == 4 && options.record_size == sizeof(pair));
  const alog_stats stats = MUST(p.log.stats());
  CHECK(stats.records_appended == 5 && stats.rolls == 1);
  const auto view = MUST(p.log.snapshot());
  CHECK_U64(1, MUST(p.log.stats()).snapshots_live);
  p.append(20);
  const alog_view_stats held = MUST(view.stats());
  CHECK(held.segments == 2 && held.segments_held == 2 && held.age == 5);
  const auto range = MUST(p.log.range());
  CHECK(range.begin == 16 && range.end == 25);
  char text[1024];
  const std::size_t length = p.log.describe(text, sizeof text);
  CHECK_U64(std::strlen(text), length);
  CHECK(std::strstr(text, "capacity  8 records, in segments of 4;") != nullptr);
}

static void finish_ends_the_writer_and_the_log() {
  pairs p(8, 4);
  p.append(3);
  auto group = MUST(p.writer.group());
  p.append(1);
  CHECK(!p.log.is_finished());
  CHECK_OK(std::move(p.writer).finish());
  CHECK(!p.writer && p.log.is_finished() && !p.log.has_writer());
  CHECK_STATUS(ALOG_ERR_STATE, group.publish());  // it went with its writer
  CHECK_STATUS(ALOG_ERR_NULL, p.writer.append(pair_of(3)));
  CHECK_STATUS(ALOG_ERR_NULL, std::move(p.writer).finish());
  CHECK_STATUS(ALOG_ERR_FINISHED, p.log.claim().status());
  const auto view = MUST(p.log.snapshot());
  CHECK_U64(3, view.size());
  CHECK_STATUS(ALOG_FINISHED, view.wait());
  CHECK_STATUS(ALOG_FINISHED, view.wait(std::chrono::seconds(0)));
  auto cursor = MUST(view.cursor());
  CHECK(cursor.wait().ready());  // first what is unread
  CHECK_OK(cursor.seek(3));
  CHECK(cursor.wait() == ALOG_FINISHED && !cursor.wait().ready() && cursor.wait().ok());
}

void handles() {
  RUN(copies_of_a_log_are_counts);
  RUN(handles_outlive_each_other_in_any_order);
  RUN(moved_from_is_empty);
  RUN(one_writer_at_a_time);
  RUN(c_handles_go_in_and_out);
  RUN(finish_ends_the_writer_and_the_log);
  RUN(records_lie_as_in_an_array);
  RUN(options_and_statistics_are_the_logs);
}
