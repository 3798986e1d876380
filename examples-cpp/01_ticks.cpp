// 01_ticks: a simulation publishes where everything is, tick by tick. A renderer draws the newest whole tick.
//
// Shows: a tick of many transforms is one group, which spans segments, and which readers see whole or not at all; the
// renderer asks for the newest publication at its own pace, and gets how much it did not look at; events are records of
// bytes, which a third thread follows to the last, and sleeps until it is woken. Writers finish their logs.
// Introduces: alog::log, alog::bytes_log, writer, snapshot, cursor; group, latest, records, wait, finish, or_throw.
//
// Build: c++ -std=c++17 -O2 -Iinclude examples-cpp/01_ticks.cpp -Ltarget/lib -latomic_log -lpthread -o 01_ticks
// Run:   LD_LIBRARY_PATH=target/lib ./01_ticks
#include <atomic_log.hpp>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

namespace {

constexpr std::uint32_t ENTITIES = 1000, TICKS = 2000, ABANDONED_TICK = 1234;

// Trivially copyable: that is all that a record has to be.
struct transform {
  std::uint32_t tick, entity;
  float x, y, angle;
};

transform at(std::uint32_t tick, std::uint32_t entity) {
  const float turn = static_cast<float>(tick) / 240;
  return {tick, entity, static_cast<float>(entity) + turn, static_cast<float>(entity) - turn, turn};
}

// Writes what went wrong, for threads that cannot throw. Returns whether something did.
bool failed(alog::status status, const char *what) {
  if (status.ok()) return false;
  std::fprintf(stderr, "%s: %s: %s\n", what, status.name(), status.message());
  return true;
}

// Publishes one tick, whole or not at all: an early return abandons the group.
bool simulate(alog::writer<transform> &world, alog::bytes_writer &events, std::uint32_t tick) {
  auto group = world.group();
  if (failed(group.status(), "group")) return false;
  for (std::uint32_t entity = 0; entity < ENTITIES; entity++) {
    if (tick == ABANDONED_TICK && entity == ENTITIES / 2) {  // something went wrong in the middle
      return !failed(events.append("tick " + std::to_string(tick) + " was abandoned"), "event");
    }
    if (failed(world.append(at(tick, entity)), "append")) return false;
  }
  if (failed(group->publish(), "publish")) return false;
  if (tick % 500 == 0 && failed(events.append("tick " + std::to_string(tick)), "event")) return false;
  return !failed(events.notify(), "notify");  // makes a system call only if a thread sleeps
}

// Looks at what a renderer would draw. True: it is one whole tick.
bool draw(const alog::snapshot<transform> &view, std::uint32_t &tick) {
  const auto latest = view.latest();
  if (!latest || latest->end - latest->begin != ENTITIES) return false;
  std::uint32_t entity = 0;
  for (const transform &seen : view.records(*latest).value()) {  // read where they lie
    if (entity == 0) tick = seen.tick;
    const transform expected = at(tick, entity);
    if (seen.tick != tick || seen.entity != entity || seen.x != expected.x || seen.y != expected.y) return false;
    entity++;
  }
  return entity == ENTITIES && tick != ABANDONED_TICK;
}

struct frames {
  std::uint64_t drawn = 0, lost = 0;
  std::uint32_t last_tick = 0;
  bool ok = true;
};

// Draws as often as it can until the simulation has finished.
frames render(alog::snapshot<transform> view) {
  frames frames;
  const alog::log<transform> world = view.log();
  for (bool last_look = false; !last_look && frames.ok;) {
    last_look = world.is_finished();  // read first: then the refresh sees the end
    alog::delta delta{};
    const alog::news news = view.refresh(delta);
    if (failed(news, "refresh")) frames.ok = false;
    if (news.ready()) {
      frames.ok = draw(view, frames.last_tick);
      frames.drawn++;
      frames.lost += delta.lost;
    }
  }
  return frames;
}

// Follows every event until the log is finished.
bool listen(alog::bytes_cursor cursor, std::uint64_t &heard) {
  alog::news news = ALOG_OK;
  while ((news = cursor.wait()).ready()) {
    if (failed(cursor.refresh(), "refresh")) return false;
    for (auto chunk : cursor.unread()) {
      for (const alog::byte_view event : chunk) {
        const std::string_view text = alog::text(event);
        std::printf("  event: %.*s\n", static_cast<int>(text.size()), text.data());
        heard++;
      }
    }
  }
  return !failed(news, "wait") && news == ALOG_FINISHED;
}

bool run() {
  // A view shows a little more than two ticks. Each tick spans several segments.
  const auto world = alog::log<transform>::create(alog::options(2 * ENTITIES, 256)).or_throw();
  const auto events = alog::bytes_log::create(alog::options(64 << 10, 16 << 10)).or_throw();

  bool simulated = true, listened = false;
  std::uint64_t heard = 0;
  std::thread simulation([&, to_world = world.claim().or_throw(), to_events = events.claim().or_throw()]() mutable {
    for (std::uint32_t tick = 0; tick < TICKS && simulated; tick++) simulated = simulate(to_world, to_events, tick);
    simulated = !failed(std::move(to_events).finish(), "finish") && simulated;  // wakes sleeping readers
    simulated = !failed(std::move(to_world).finish(), "finish") && simulated;
  });
  std::thread listener([&, cursor = events.cursor(alog::start::oldest).or_throw()]() mutable {
    listened = listen(std::move(cursor), heard);
  });
  const frames frames = render(world.snapshot().or_throw());
  simulation.join();
  listener.join();

  const bool ok = frames.ok && simulated && listened && heard == 5 && frames.last_tick == TICKS - 1;
  std::printf("%" PRIu32 " ticks of %" PRIu32 " transforms, %" PRIu64 " of them gone before they could be looked at\n",
              TICKS - 1, ENTITIES, frames.lost);
  std::printf("%" PRIu64 " frames drawn, %s of a whole tick\n", frames.drawn, ok ? "each one" : "NOT each one");
  return ok;
}

}  // namespace

int main() {
  try {
    return run() ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const alog::error &error) {  // from or_throw
    std::fprintf(stderr, "%s: %s\n", error.status().name(), error.what());
    return EXIT_FAILURE;
  }
}
