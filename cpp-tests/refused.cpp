// Holds up: what must not compile does not. Without REFUSED it compiles; with REFUSED=1, 2, ... one thing is wrong, and
// the message says what (CMakeLists.txt knows which).
#include <atomic_log.hpp>
#include <string>

#ifndef REFUSED
#define REFUSED 0
#endif

int use(const alog::log<int> &log, alog::writer<int> &writer, alog::snapshot<int> &view, alog::bytes_chunk bytes);
int use(const alog::log<int> &log, alog::writer<int> &writer, alog::snapshot<int> &view, alog::bytes_chunk bytes) {
  int sum = bytes.empty() ? 1 : 0;
  if (!writer.append(1)) return 1;
  for (const auto &chunk : view.chunks()) sum += chunk[0];
#if REFUSED == 1
  alog::writer<int> second = writer;
#elif REFUSED == 2
  alog::snapshot<int> second = view;
#elif REFUSED == 3
  return alog::log<std::string>::create(alog::options(8, 4)).ok();
#elif REFUSED == 4
  return alog::log<const int>::create(alog::options(8, 4)).ok();
#elif REFUSED == 5
  writer.append(1);
#elif REFUSED == 6
  log.snapshot();
#elif REFUSED == 7
  for (const auto &chunk : log.snapshot().value().chunks()) sum += chunk[0];
#elif REFUSED == 8
  for (int &record : view) record = 1;
#elif REFUSED == 9
  return bytes.data() != nullptr;
#elif REFUSED == 10
  auto room = writer.reserve(1).value();
  room = writer.reserve(1).value();
#elif REFUSED == 11
  if (writer.append(1) || sum) return writer.append(1);
#elif REFUSED == 12
  writer.reserve(1).value();
#endif
  return sum + (log ? 1 : 0);
}
