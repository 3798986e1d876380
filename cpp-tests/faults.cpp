// Holds up: an iterator over what is gone ends the program, never just its loop; and so does a record that is not
// there. Each fault is a run of its own. The word behind it says which build detects it, and CMakeLists.txt reads it
// from here. always: every build; debug: a program that is compiled without NDEBUG; checked: a program with a checked
// library, surely.
#include <csignal>
#include <cstring>

#include "check.hpp"

static std::uint64_t seen = 0;

static void go_through(const alog::record_range<pair> &records) {
  for (const pair &record : records) seen += record.sequence < 100;
}
template <class Chunks>
static void go_through(const Chunks &chunks) {
  for (auto chunk : chunks) seen += chunk.size();
}

static void commit(const char *fault) {
  pairs p(8, 4);
  p.append(10);
  auto view = MUST(p.log.snapshot());
  const pairs none(8, 4);
  const auto empty = MUST(none.log.snapshot());
  auto cursor = MUST(p.log.cursor(alog::start::oldest));
  const auto is = [fault](const char *name) { return std::strcmp(fault, name) == 0; };
  const auto show_others = [&] {
    p.append(9);
    CHECK_OK(view.refresh());
  };

  // A refresh in the middle of a loop, which ends what iterates.
  if (is("refresh_in_chunks")) {  // always
    for (const auto &chunk : view.chunks()) {
      seen += chunk.size();
      show_others();
    }
  }
  if (is("refresh_in_records")) {  // always
    for (const pair &record : view) {
      if (record.sequence == 3) show_others();
      seen++;
    }
  }
  if (is("refresh_in_newest_first")) {  // always
    const auto end = view.rend();
    for (auto at = view.rbegin(); at != end; ++at) {
      if (at->sequence == 8) show_others();
      seen++;
    }
  }
  if (is("refresh_that_takes_nothing")) {  // debug
    for (const pair &record : view) {
      if (record.sequence == 9) {
        p.append(1);
        CHECK_OK(view.refresh());
      }
      seen++;
    }
  }

  // No such record.
  if (is("index_beyond")) seen += view[10].sequence;        // always
  if (is("front_of_none")) seen += empty.front().sequence;  // always
  if (is("back_of_none")) seen += empty.back().sequence;    // always
  if (is("back_of_no_handle")) {                            // always
    const alog::snapshot<pair> nowhere;
    seen += nowhere.back().sequence;
  }
  if (is("step_beyond")) seen += view.begin() + 11 == view.end();  // always
  if (is("step_before")) seen += view.begin() - 1 == view.end();   // always
  if (is("chunk_beyond")) seen += view.chunks()[3].size();         // always

  // The snapshot or cursor is gone.
  if (is("records_of_the_gone")) {  // checked
    const auto all = MUST(view.records({0, 10}));
    view.reset();
    go_through(all);
  }
  if (is("chunks_of_the_gone")) {  // checked
    const auto all = view.chunks();
    view.reset();
    go_through(all);
  }
  if (is("chunks_of_the_replaced")) {  // checked
    const auto all = view.chunks();
    view = MUST(p.log.snapshot());
    go_through(all);
  }
  if (is("chunks_in_of_the_gone")) {  // checked
    const auto some = MUST(view.chunks_in({3, 7}));
    view.reset();
    go_through(some);
  }
  if (is("newest_first_of_the_gone")) {  // checked
    auto at = view.rbegin();
    const auto end = view.rend();
    view.reset();
    while (at != end) seen += (at++)->sequence < 100;
  }
  if (is("far_step_of_the_gone")) {  // checked
    const auto at = view.begin();
    view.reset();
    seen += at[5].sequence;
  }
  if (is("records_that_c_destroyed")) {  // checked
    alog_snapshot_destroy(view.get());
    for (const pair &record : view) seen += record.sequence < 100;
  }
  if (is("chunks_that_c_destroyed")) {  // checked
    alog_snapshot_destroy(view.get());
    go_through(view.chunks());
  }
  if (is("unread_of_the_gone")) {  // checked
    const auto unread = cursor.unread();
    cursor.reset();
    for (const auto &chunk : unread) seen += chunk.size();
  }
  if (is("unread_that_goes_in_the_middle")) {  // checked
    for (const auto &chunk : cursor.unread()) {
      seen += chunk.size();
      cursor.reset();
    }
  }
}

extern "C" void aborted(int) {
  std::fputs("aborted\n", stderr);  // which has no buffer to be allocated
  std::_Exit(0);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    commit("none");  // which ends nothing
    return 0;
  }
  std::signal(SIGABRT, aborted);
  commit(argv[1]);
  std::printf("it was taken for an end, after %" PRIu64 "\n", seen);
  std::fflush(nullptr);
  std::_Exit(1);  // not by way of handles that C has destroyed
}
