/*
 * An allocator that knows what it gave. It checks that every block comes back once, with the size and the alignment
 * that it was asked for, and with nothing written beside it. It counts, and fails when told to. Any thread may call it.
 * It orders nothing between threads (all its atomics are relaxed), so it hides no race of the library from
 * ThreadSanitizer.
 */
#ifndef COUNTING_H
#define COUNTING_H

#include "atomics.h"
#include "test.h"

typedef struct counting {
  alog_allocator allocator; /* what the log is given */
  atomic_size_t calls;      /* of allocate, those that failed included */
  atomic_size_t blocks;     /* given out now */
  atomic_size_t bytes;      /* in them */
  atomic_size_t failures;   /* how many calls were answered NULL */
  atomic_size_t fail_at;    /* the call that fails, counted from 1; 0 for none */
  atomic_bool fail_on;      /* whether those after it fail too */
} counting;

/* Stands before each block, at a distance that keeps the block aligned; a mark of the same kind stands after it. */
typedef struct counting_head {
  counting *owner;
  void *start; /* what to free */
  size_t size;
  size_t align;
  uint64_t mark;
} counting_head;

#define COUNTING_LIVE UINT64_C(0x4c49564542554c4b)
#define COUNTING_DEAD UINT64_C(0x4445414442554c4b)

static inline bool counting_fails(counting *self) {
  const size_t call = atomic_fetch_add_explicit(&self->calls, 1, memory_order_relaxed) + 1;
  const size_t at = atomic_load_explicit(&self->fail_at, memory_order_relaxed);
  if (at == 0 || call < at || (call > at && !atomic_load_explicit(&self->fail_on, memory_order_relaxed))) {
    return false;
  }
  atomic_fetch_add_explicit(&self->failures, 1, memory_order_relaxed);
  return true;
}

static inline void *counting_allocate(void *context, size_t size, size_t align) {
  counting *self = (counting *)context;
  CHECK(size > 0);
  CHECK(align > 0 && (align & (align - 1)) == 0);
  if (counting_fails(self)) {
    return NULL;
  }
  /* Room for the head, and for moving up to the alignment and not beyond it. A library that relies on a larger
   * alignment than it asked for must be detected. So the block is placed at an odd multiple of `align` where that is
   * possible. */
  const uint64_t mark = COUNTING_LIVE;
  unsigned char *start = (unsigned char *)malloc(size + 3 * align + sizeof(counting_head) + sizeof mark);
  if (start == NULL) {
    return NULL;
  }
  uintptr_t place = ((uintptr_t)start + sizeof(counting_head) + align - 1) / align * align;
  if (align >= sizeof(uint64_t) && place / align % 2 == 0) {
    place += align;
  }
  unsigned char *block = start + (place - (uintptr_t)start);
  const counting_head head = {self, start, size, align, COUNTING_LIVE};
  memcpy(block - sizeof head, &head, sizeof head);
  memset(block, 0xa5, size);
  memcpy(block + size, &mark, sizeof mark);
  atomic_fetch_add_explicit(&self->blocks, 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&self->bytes, size, memory_order_relaxed);
  return block;
}

static inline void counting_deallocate(void *context, void *block, size_t size, size_t align) {
  counting *self = (counting *)context;
  CHECK(block != NULL);
  counting_head head;
  uint64_t mark = 0;
  memcpy(&head, (unsigned char *)block - sizeof head, sizeof head);
  CHECK(head.mark == COUNTING_LIVE);
  CHECK(head.owner == self);
  CHECK_U64(head.size, size);
  CHECK_U64(head.align, align);
  memcpy(&mark, (unsigned char *)block + size, sizeof mark);
  CHECK(mark == COUNTING_LIVE);
  atomic_fetch_sub_explicit(&self->blocks, 1, memory_order_relaxed);
  atomic_fetch_sub_explicit(&self->bytes, size, memory_order_relaxed);
  head.mark = COUNTING_DEAD;
  memcpy((unsigned char *)block - sizeof head, &head, sizeof head);
  memset(block, 0xdd, size);
  free(head.start);
}

static inline void counting_init(counting *self) {
  self->allocator.context = self;
  self->allocator.allocate = counting_allocate;
  self->allocator.deallocate = counting_deallocate;
  atomic_store(&self->calls, 0);
  atomic_store(&self->blocks, 0);
  atomic_store(&self->bytes, 0);
  atomic_store(&self->failures, 0);
  atomic_store(&self->fail_at, 0);
  atomic_store(&self->fail_on, false);
}

/* Makes the `n`-th call from now fail, and those after it too if `and_on`. */
static inline void counting_fail(counting *self, size_t n, bool and_on) {
  atomic_store(&self->fail_at, atomic_load_explicit(&self->calls, memory_order_relaxed) + n);
  atomic_store(&self->fail_on, and_on);
}

static inline void counting_recover(counting *self) { atomic_store(&self->fail_at, 0); }

/* Checks that everything was given back. */
static inline void counting_done(counting *self) {
  CHECK_U64(0, atomic_load_explicit(&self->blocks, memory_order_relaxed));
  CHECK_U64(0, atomic_load_explicit(&self->bytes, memory_order_relaxed));
}

#endif
