// Holds up all that atomic_log.hpp promises, and that none of it calls operator new.
#include <atomic>
#include <new>

#include "check.hpp"

static std::atomic<std::uint64_t> calls{0};

std::uint64_t news() { return calls.load(std::memory_order_relaxed); }

void *operator new(std::size_t size) {
  calls.fetch_add(1, std::memory_order_relaxed);
  if (void *block = std::malloc(size != 0 ? size : 1)) return block;
  std::abort();
}
void operator delete(void *block) noexcept { std::free(block); }
void operator delete(void *block, std::size_t) noexcept { std::free(block); }

int main() {
  results();
  handles();
  writers();
  views();
  byte_records();
  threads();
  recorders();
  return 0;
}
