// The types and functions that the pieces of docs/CPP.md use.
#ifndef GUIDE_HPP
#define GUIDE_HPP

#include <fcntl.h>

#include <atomic>
#include <atomic_log.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

using namespace std::chrono_literals;

struct sample {
  double time, celsius;
};

template <class T>
void use(const T &) {}
inline sample next() { return {}; }

#define GIVEN                                                                                             \
  [[maybe_unused]] alog::log<sample> &log, [[maybe_unused]] alog::writer<sample> &writer,                 \
      [[maybe_unused]] alog::snapshot<sample> &view, [[maybe_unused]] const std::vector<sample> &samples, \
      [[maybe_unused]] const std::vector<sample> &tick, [[maybe_unused]] const std::atomic<bool> &stop,   \
      [[maybe_unused]] std::uint64_t sequence

bool piece(GIVEN);

#endif
