// Holds up: the handles are for the threads that their comments name, and no thread sees half a group.
#include <atomic>
#include <chrono>
#include <thread>

#include "check.hpp"

static constexpr std::uint64_t GROUPS = 2000, EACH = 10;

// Every record carries its sequence, and the newest publication is a whole group.
static void look(const alog::log<pair> &log, const std::atomic<bool> &finished) {
  auto view = MUST(log.snapshot());
  for (bool last_look = false; !last_look;) {
    last_look = finished.load();  // asked first: then the refresh sees the end
    if (view.refresh() == ALOG_UNCHANGED) continue;
    std::uint64_t sequence = MUST(view.range()).begin;
    for (const pair &record : view) CHECK(record == pair_of(sequence++));
    const auto latest = MUST(view.latest());
    CHECK_U64(EACH, latest.end - latest.begin);
    CHECK_U64(0, latest.begin % EACH);
  }
  CHECK_U64(GROUPS * EACH, MUST(view.range()).end);
}

static void follow(const alog::log<pair> &log) {
  auto cursor = MUST(log.cursor(alog::start::oldest));
  std::uint64_t seen = cursor.position();
  while (seen < GROUPS * EACH) {
    CHECK_OK(cursor.wait());
    alog::delta delta{};
    CHECK(cursor.refresh(delta).ok());  // ALOG_UNCHANGED if it began with all that there was
    CHECK_U64(seen + delta.lost, delta.first_sequence);
    seen += delta.lost;
    for (const auto &chunk : cursor.unread()) {
      for (const pair &record : chunk) CHECK(record == pair_of(seen++));
    }
  }
  CHECK_U64(GROUPS * EACH, seen);
}

static void readers_see_whole_groups() {
  pairs p(64, 16);
  std::atomic<bool> finished{false};
  std::thread looks([&] { look(p.log, finished); });
  std::thread follows([log = p.log] { follow(log); });
  std::thread writes([&finished, writer = std::move(p.writer)]() mutable {
    for (std::uint64_t i = 0; i < GROUPS; i++) {
      auto group = MUST(writer.group());
      for (std::uint64_t j = 0; j < EACH; j++) CHECK_OK(writer.append(pair_of(writer.next_sequence())));
      CHECK_OK(group.publish());
      CHECK_OK(writer.notify());
    }
    finished.store(true);
  });
  writes.join();
  looks.join();
  follows.join();
  CHECK(!p.log.has_writer());  // it went with its thread
}

static void one_snapshot_is_read_by_many() {
  pairs p(64, 16);
  p.append(50);
  const auto view = MUST(p.log.snapshot());
  const auto sum = [&view] {
    std::uint64_t squares = 0;
    for (const auto &chunk : view.chunks()) {
      for (const pair &record : chunk) squares += record.square;
    }
    CHECK_U64(40425, squares);
  };
  std::thread other(sum);
  sum();
  other.join();
}

static void interrupt_ends_a_wait() {
  const pairs p(8, 4);
  std::atomic<bool> ended{false};
  std::thread waits([&] {
    const auto view = MUST(p.log.snapshot());
    CHECK_STATUS(ALOG_INTERRUPTED, view.wait());
    ended.store(true);
  });
  while (!ended.load()) {  // one that comes before the wait ends none
    CHECK_OK(p.log.interrupt());
    std::this_thread::yield();
  }
  waits.join();
}

static void one_interrupt_is_enough_for_a_wait_since() {
  const pairs p(8, 4);
  for (int round = 0; round < 100; round++) {
    std::atomic<bool> stop{false};
    std::thread waits([&] {
      const auto view = MUST(p.log.snapshot());
      for (;;) {
        const std::uint64_t interrupts = p.log.interrupts();
        if (stop.load()) break;
        CHECK_STATUS(ALOG_INTERRUPTED, view.wait_since(interrupts));
      }
    });
    if (round % 2 == 0) std::this_thread::yield();
    stop.store(true);
    CHECK_OK(p.log.interrupt());
    waits.join();
  }
}

static void finish_ends_those_who_follow() {
  pairs p(4096, 256);
  std::uint64_t seen = 0;
  std::thread follows([&seen, cursor = MUST(p.log.cursor(alog::start::oldest))]() mutable {
    alog::news news = ALOG_OK;
    while ((news = cursor.wait()).ready()) {
      CHECK(cursor.refresh().ok());
      for (const auto &chunk : cursor.unread()) {
        for (const pair &record : chunk) CHECK(record == pair_of(seen++));
      }
    }
    CHECK_STATUS(ALOG_FINISHED, news);
  });
  for (int i = 0; i < 2000; i++) {
    p.append(1);
    if (i % 10 == 0) CHECK_OK(p.writer.notify());
  }
  CHECK_OK(std::move(p.writer).finish());  // which wakes sleepers
  follows.join();
  CHECK_U64(2000, seen);
}

void threads() {
  RUN(readers_see_whole_groups);
  RUN(one_snapshot_is_read_by_many);
  RUN(interrupt_ends_a_wait);
  RUN(one_interrupt_is_enough_for_a_wait_since);
  RUN(finish_ends_those_who_follow);
}
