/* The rows of the table that a C program measures which includes atomic_log_inline.h. Neither side calls a function.
 * The size of a record is a constant to both sides, except in byte records. `c-inline FILE`.
 *
 * The caller holds the handles in variables, as programs do. In rows called "loaded" it loads them from memory each
 * time.
 */
#define _POSIX_C_SOURCE 200809L

#include "atomic_log_inline.h"
#include "pair.h"

/* The compiler must load again what memory holds. */
static inline void forget(void) { __asm__ volatile("" : : : "memory"); }

/* One more form of the ring: its head is in registers during a turn, as it can be in a loop that does nothing else. */
#define REGISTER(bytes)                                                       \
  static void in_register_##bytes(void *context, size_t times) {              \
    struct pair *pair = context;                                              \
    struct ring *ring = &pair->ring;                                          \
    const unsigned char *record = pair->source;                               \
    unsigned char *slots = ring->slots;                                       \
    size_t next = ring->next, end = ring->end;                                \
    uint64_t count = ring->count;                                             \
    for (size_t i = 0; i < times; i++) {                                      \
      memcpy(slots + next, record, bytes);                                    \
      next += bytes;                                                          \
      if (next == end) next = 0;                                              \
      atomic_store_explicit(&ring->published, ++count, memory_order_release); \
    }                                                                         \
    ring->next = next, ring->count = count;                                   \
  }

#define APPENDS(bytes)                                                                                              \
  TURN(wrapped_##bytes, ring_push(&pair->ring, record, bytes, copy_plain))                                          \
  TURN(pointer_##bytes, ring_push_at(&pair->ring, record, bytes, copy_plain))                                       \
  TURN(masked_##bytes, ring_push_masked(&pair->ring, record, bytes, copy_plain))                                    \
  TURN(append_##bytes, OK(alog_append_inline(writer, hot, record, bytes)))                                          \
  TURN(loaded_##bytes, OK(alog_append_inline(pair->writer, pair->hot, record, bytes)))                              \
  REGISTER(bytes)                                                                                                   \
  static void appends_##bytes(size_t times) {                                                                       \
    struct pair *pair = pair_create(bytes);                                                                         \
    const struct side sides[] = {{OURS, pair, append_##bytes, NULL},                                                \
                                 {"wrapped", pair, wrapped_##bytes, ring_next},                                     \
                                 {"pointer", pair, pointer_##bytes, ring_next},                                     \
                                 {"masked", pair, masked_##bytes, ring_next},                                       \
                                 {"register", pair, in_register_##bytes, ring_next}};                               \
    compare_forms("c/inline/append/" #bytes, OURS, sides, 5, times);                                                \
    const struct side loaded[] = {{OURS, pair, loaded_##bytes, NULL}, {"masked", pair, masked_##bytes, ring_next}}; \
    compare_forms("c/inline/append/" #bytes "/loaded", OURS, loaded, 2, times);                                     \
    pair_destroy(pair);                                                                                             \
  }

APPENDS(8)
APPENDS(64)
APPENDS(256)

TURN(bytes_plain, ring_push_bytes(&pair->ring, record, sizes[i], copy_plain))
TURN(bytes_moved, ring_push_bytes(&pair->ring, record, sizes[i], copy_moves))
static void bytes_in_register(void *context, size_t times) {
  struct pair *pair = context;
  struct ring *ring = &pair->ring;
  const unsigned char *record = pair->source;
  unsigned char *slots = ring->slots;
  size_t next = ring->next, end = ring->end;
  uint64_t count = ring->count;
  for (size_t i = 0; i < times; i++) {
    if (next + sizes[i] > end) next = 0;
    memcpy(slots + next, record, sizes[i]);
    next += (sizes[i] + 7) & ~(size_t)7;
    atomic_store_explicit(&ring->published, ++count, memory_order_release);
  }
  ring->next = next, ring->count = count;
}
TURN(append_bytes, OK(alog_append_bytes_inline(writer, hot, record, sizes[i])))

TURN(load, {
  uint64_t word = atomic_load_explicit(&pair->ring.published, memory_order_acquire);
  __asm__ volatile("" : : "r"(word) : "memory");
})
TURN(is_newest, {
  check(alog_is_newest_inline(glance), "alog_is_newest_inline");
  forget();
})
TURN(refresh, {
  check(alog_refresh_inline(pair->snapshot, glance) == ALOG_UNCHANGED, "alog_refresh_inline");
  forget();
})

int main(int argc, char **argv) {
  results_open(argc, argv);
  sizes_fill();

  appends_8(4096);
  appends_64(4096);
  appends_256(1024);

  struct pair *pair = pair_create(0);
  const struct side bytes[] = {{OURS, pair, append_bytes, NULL},
                               {"memcpy", pair, bytes_plain, NULL},
                               {"moves", pair, bytes_moved, NULL},
                               {"register", pair, bytes_in_register, NULL}};
  compare_forms("c/inline/bytes/16-256", OURS, bytes, 4, SIZES);
  pair_destroy(pair);

  pair = pair_create(64);
  OK(alog_snapshot_create(pair->log, &pair->snapshot));
  pair->glance = alog_snapshot_glance(pair->snapshot);
  compare("c/inline/newest", OURS, pair, 4096, load, is_newest);
  compare("c/inline/refresh", OURS, pair, 4096, load, refresh);
  alog_snapshot_destroy(pair->snapshot);
  pair_destroy(pair);

  results_close();
  return 0;
}
