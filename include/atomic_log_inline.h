/*
 * atomic_log_inline.h: frequent functions without a call. An append is then a copy, two additions, a compare and a
 * store.
 *
 *   alog_hot *hot = alog_writer_hot(writer);                // once, in the writer's thread
 *   if (alog_append_inline(writer, hot, &tick, sizeof tick) != ALOG_OK) return 1;
 *
 *   const alog_glance *glance = alog_snapshot_glance(view); // once
 *   if (alog_refresh_inline(view, glance) == ALOG_OK) look(view);
 *
 * - alog_append_inline, alog_append_bytes_inline, alog_notify_inline and alog_refresh_inline do exactly what the
 *   functions do, and return the same statuses. The same threads may call them. You may mix them with the functions.
 * - They call the function in unusual cases: a new segment, an open reservation, a wrong argument, a thread to wake. In
 *   a checked library they always call it.
 * - hot ends with the writer: do not use it after release or finish. With NULL for it, each call is the function.
 * - Pass a constant size, such as sizeof: the copy is then a few moves.
 * - C99 and C++11. GCC and Clang for all targets, MSVC for 64-bit targets. For other compilers, each function is the
 *   call.
 */
#ifndef ALOG_ATOMIC_LOG_INLINE_H
#define ALOG_ATOMIC_LOG_INLINE_H

#include "atomic_log.h"

/* In C++ there is one function for all files of a program, so that inline functions of the program may call it. */
#ifdef __cplusplus
#define ALOG_LINKAGE_
#else
#define ALOG_LINKAGE_ static
#endif

#if defined(__GNUC__) || defined(__clang__)
#define ALOG_INLINE_ ALOG_LINKAGE_ inline __attribute__((always_inline))
#define ALOG_LIKELY_(condition) __builtin_expect(!!(condition), 1)
#define ALOG_CONSTANT_(value) __builtin_constant_p(value)
#define ALOG_MEMCPY_ __builtin_memcpy
#elif defined(_MSC_VER)
#include <intrin.h>
#include <string.h>
#define ALOG_INLINE_ ALOG_LINKAGE_ __forceinline
#define ALOG_LIKELY_(condition) (condition)
#define ALOG_CONSTANT_(value) 0
#define ALOG_MEMCPY_ memcpy
#else
#define ALOG_INLINE_ ALOG_LINKAGE_ inline
#endif

/** 1 if this header knows the compiler's atomics. 0 if not: then each function is the call. You may define it. */
#ifndef ALOG_INLINE
#if defined(__GNUC__) || defined(__clang__) || (defined(_MSC_VER) && (defined(_M_X64) || defined(_M_ARM64)))
#define ALOG_INLINE 1
#else
#define ALOG_INLINE 0
#endif
#endif

#ifdef __cplusplus
#define ALOG_NULL_ nullptr
/* The code is also C, which has no other casts. */
#if defined(__GNUC__) || defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#endif
extern "C" {
#else
#define ALOG_NULL_ NULL
#endif

#if ALOG_INLINE

/*
 * The atomics: a store with release order, loads with relaxed and acquire order, an addition with acquire and release.
 */
#if defined(__GNUC__) || defined(__clang__)
/* The library aligns these to 8 even where uint64_t is not. Without this type a compiler might call a function. */
typedef uint64_t __attribute__((aligned(8))) alog_word_;
ALOG_INLINE_ void alog_store_(uint64_t *target, uint64_t word) {
  __atomic_store_n((alog_word_ *)(void *)target, word, __ATOMIC_RELEASE);
}
ALOG_INLINE_ uint64_t alog_load_(const uint64_t *source) {
  return __atomic_load_n((const alog_word_ *)(const void *)source, __ATOMIC_RELAXED);
}
ALOG_INLINE_ uint64_t alog_acquire_(const uint64_t *source) {
  return __atomic_load_n((const alog_word_ *)(const void *)source, __ATOMIC_ACQUIRE);
}
ALOG_INLINE_ void alog_add_(uint64_t *target) {
  (void)__atomic_fetch_add((alog_word_ *)(void *)target, 1, __ATOMIC_ACQ_REL);
}
#else
ALOG_INLINE_ void alog_store_(uint64_t *target, uint64_t word) {
#if defined(_M_ARM64)
  __stlr64((unsigned __int64 volatile *)target, word);
#else
  _ReadWriteBarrier(); /* x86-64 keeps stores in order; the compiler must, too */
  *(uint64_t volatile *)target = word;
#endif
}
ALOG_INLINE_ uint64_t alog_load_(const uint64_t *source) { return *(const uint64_t volatile *)source; }
ALOG_INLINE_ uint64_t alog_acquire_(const uint64_t *source) {
#if defined(_M_ARM64)
  return __ldar64((unsigned __int64 volatile *)source);
#else
  const uint64_t word = *(const uint64_t volatile *)source;
  _ReadWriteBarrier();
  return word;
#endif
}
ALOG_INLINE_ void alog_add_(uint64_t *target) { (void)_InterlockedIncrement64((__int64 volatile *)target); }
#endif

/* Two moves that may overlap. They are cheaper than a call. */
#define ALOG_COPY_ENDS_(to, from, size, half)                                                                   \
  do {                                                                                                          \
    ALOG_MEMCPY_((to), (from), (half));                                                                         \
    ALOG_MEMCPY_((to) + (size) - (half), (from) + (size) - (half), (half));                                     \
  } while (0)

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 11
/* GCC looks at the moves for other sizes than the record's, and warns about code that never runs. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Warray-bounds"
#pragma GCC diagnostic ignored "-Wstringop-overread"
#pragma GCC diagnostic ignored "-Wstringop-overflow"
#endif
ALOG_INLINE_ void alog_copy_(unsigned char *to, const unsigned char *from, size_t size) {
  /* For size 0 the pointer may be NULL, which memcpy does not allow. */
  if ((ALOG_CONSTANT_(size) && size != 0) || size > 128) {
    ALOG_MEMCPY_(to, from, size);
  } else if (size > 64) {
    ALOG_COPY_ENDS_(to, from, size, 64);
  } else if (size > 32) {
    ALOG_COPY_ENDS_(to, from, size, 32);
  } else if (size > 16) {
    ALOG_COPY_ENDS_(to, from, size, 16);
  } else if (size >= 8) {
    ALOG_COPY_ENDS_(to, from, size, 8);
  } else if (size >= 4) {
    ALOG_COPY_ENDS_(to, from, size, 4);
  } else if (size >= 2) {
    ALOG_COPY_ENDS_(to, from, size, 2);
  } else if (size == 1) {
    *to = *from;
  }
}
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 11
#pragma GCC diagnostic pop
#endif

/* Writes a fixed record and publishes it. */
ALOG_INLINE_ void alog_put_fixed_(alog_hot *hot, const void *record, size_t size) {
  /* Read first: for the compiler, the copy may overwrite anything. */
  unsigned char *const slot = hot->slot;
  const uint64_t word = hot->word + 1;
  const size_t stride = hot->stride;
  uint64_t *const target = hot->target;
  alog_copy_(slot, (const unsigned char *)record, size);
  hot->slot = slot + stride;
  hot->word = word;
  alog_store_(target, word);
}

/* Writes a byte record and its span, and publishes it. */
ALOG_INLINE_ void alog_put_bytes_(alog_hot *hot, const void *record, size_t size) {
  unsigned char *const slot = hot->slot;
  const uint64_t word = hot->word;
  const size_t offset = hot->offset, occupied = (size + hot->align - 1) & ~(hot->align - 1);
  alog_span *const span = hot->spans + (uint32_t)word;
  uint64_t *const target = hot->target;
  alog_copy_(slot, (const unsigned char *)record, size);
  span->offset = (uint32_t)offset;
  span->size = (uint32_t)size;
  hot->slot = slot + occupied;
  hot->offset = offset + occupied;
  hot->word = word + 1;
  alog_store_(target, word + 1);
}

ALOG_INLINE_ bool alog_takes_fixed_(const alog_hot *hot, const void *record, size_t size) {
  return size == hot->record_size && record && size != SIZE_MAX;
}

ALOG_INLINE_ bool alog_takes_bytes_(const alog_hot *hot, const void *record, size_t size) {
  /* The first condition is false for a fixed log. */
  return hot->offset < hot->space && size <= hot->space - hot->offset && (record || size == 0);
}

/* Wakes all waiting threads. Without a call if no thread waits. */
ALOG_INLINE_ void alog_wake_(alog_writer *writer, alog_hot *hot) {
  alog_add_(hot->epoch);
  if (!ALOG_LIKELY_(alog_load_(hot->waiters) == 0)) (void)alog_writer_notify(writer);
}

#endif /* ALOG_INLINE */

/**
 * alog_writer_append for a log of fixed records, usually without a call.
 *
 * @param writer  The writer.
 * @param hot     alog_writer_hot(writer). NULL: a call.
 * @param record  The record, copied.
 * @param size    record_size; a constant if possible.
 * @return Like alog_writer_append.
 */
ALOG_NODISCARD ALOG_INLINE_ alog_status alog_append_inline(alog_writer *writer, alog_hot *hot, const void *record,
                                                           size_t size) {
#if ALOG_INLINE
  if (ALOG_LIKELY_(hot)) {
    if (ALOG_LIKELY_(hot->word < hot->limit && alog_takes_fixed_(hot, record, size))) {
      alog_put_fixed_(hot, record, size);
      return ALOG_OK;
    }
    if (ALOG_LIKELY_(hot->word < hot->notify_limit && alog_takes_fixed_(hot, record, size))) {
      alog_put_fixed_(hot, record, size);
      alog_wake_(writer, hot);
      return ALOG_OK;
    }
  }
#else
  (void)hot;
#endif
  return alog_writer_append(writer, record, size);
}

/**
 * alog_writer_append for a log of byte records, usually without a call.
 *
 * @param writer  The writer.
 * @param hot     alog_writer_hot(writer). NULL: a call.
 * @param record  The record, copied. May be NULL if size is 0.
 * @param size    Bytes.
 * @return Like alog_writer_append.
 */
ALOG_NODISCARD ALOG_INLINE_ alog_status alog_append_bytes_inline(alog_writer *writer, alog_hot *hot, const void *record,
                                                                 size_t size) {
#if ALOG_INLINE
  if (ALOG_LIKELY_(hot)) {
    if (ALOG_LIKELY_(hot->word < hot->limit && alog_takes_bytes_(hot, record, size))) {
      alog_put_bytes_(hot, record, size);
      return ALOG_OK;
    }
    if (ALOG_LIKELY_(hot->word < hot->notify_limit && alog_takes_bytes_(hot, record, size))) {
      alog_put_bytes_(hot, record, size);
      alog_wake_(writer, hot);
      return ALOG_OK;
    }
  }
#else
  (void)hot;
#endif
  return alog_writer_append(writer, record, size);
}

/**
 * alog_writer_notify, without a call if no thread waits.
 *
 * @param writer  The writer.
 * @param hot     alog_writer_hot(writer). NULL: a call.
 * @return Like alog_writer_notify.
 */
ALOG_INLINE_ alog_status alog_notify_inline(alog_writer *writer, alog_hot *hot) {
#if ALOG_INLINE
  if (ALOG_LIKELY_(hot && (hot->limit | hot->notify_limit) != 0)) {
    alog_wake_(writer, hot);
    return ALOG_OK;
  }
#else
  (void)hot;
#endif
  return alog_writer_notify(writer);
}

/**
 * Tells whether the view is the newest: nothing was published since it was captured. Any thread that may read the view
 * may call it.
 *
 * @param glance  alog_snapshot_glance or alog_cursor_glance. NULL: false.
 * @return True: a refresh would return ALOG_UNCHANGED. False: a refresh may bring something, but need not.
 */
ALOG_NODISCARD ALOG_INLINE_ bool alog_is_newest_inline(const alog_glance *glance) {
#if ALOG_INLINE
  return ALOG_LIKELY_(glance) && alog_load_(glance->published) == glance->word;
#else
  (void)glance;
  return false;
#endif
}

/**
 * alog_snapshot_refresh(snapshot, NULL), without a call unless there is a new segment.
 *
 * @param snapshot  The snapshot.
 * @param glance    alog_snapshot_glance(snapshot). NULL: a call.
 * @return Like alog_snapshot_refresh.
 */
ALOG_INLINE_ alog_status alog_refresh_inline(alog_snapshot *snapshot, const alog_glance *glance) {
#if ALOG_INLINE
  if (ALOG_LIKELY_(glance)) {
    const uint64_t word = alog_acquire_(glance->published);
    if (word == glance->word) return ALOG_UNCHANGED;
    if (ALOG_LIKELY_(word >> 63 == 0)) {
      alog_glance *const mine = (alog_glance *)(uintptr_t)glance; /* the snapshot's owner may */
      mine->word = word;
      return ALOG_OK;
    }
  }
#else
  (void)glance;
#endif
  return alog_snapshot_refresh(snapshot, ALOG_NULL_);
}

/**
 * Returns the next unread record of a log of fixed records, without a call. It reads on in the newest segment in view,
 * also what was published since the last refresh.
 *
 *   const void *record = alog_next_inline(follower);
 *   if (!record) {                                           // nothing new, or another segment
 *     if (alog_cursor_refresh(cursor, &delta) < 0) return 1; // delta.lost tells how many were lost
 *     while (alog_cursor_next(cursor, &chunk) == ALOG_OK) use_all(&chunk);
 *   }
 *
 * It does not end the lifetime of chunks. alog_cursor_pin still pins what alog_cursor_next returned last.
 *
 * @param follower  alog_cursor_follower(cursor). NULL: the result is NULL.
 * @return The record. It lives as long as a chunk of alog_cursor_next. NULL: nothing is new, or the record lies in
 *         another segment. Call alog_cursor_refresh, and then alog_cursor_next.
 */
ALOG_NODISCARD ALOG_INLINE_ const void *alog_next_inline(alog_follower *follower) {
#if ALOG_INLINE
  if (ALOG_LIKELY_(follower && follower->records)) {
    /* Read first: for the compiler, an acquire may change everything. */
    const uint64_t position = follower->position;
    const unsigned char *const records = follower->records;
    const size_t stride = follower->stride;
    /* While the unread records begin in an older segment, this exceeds any count. */
    const uint64_t index = position - follower->first_sequence;
    if (index >= (uint32_t)follower->glance.word) {
      const uint64_t word = alog_acquire_(follower->glance.published);
      if (word >> 63 || index >= (uint32_t)word) return ALOG_NULL_;
      follower->glance.word = word;
    }
    follower->position = position + 1;
    return records + (size_t)index * stride;
  }
#else
  (void)follower;
#endif
  return ALOG_NULL_;
}

#ifdef __cplusplus
} /* extern "C" */
#if defined(__GNUC__) || defined(__clang__)
#pragma GCC diagnostic pop
#endif
#endif

#endif /* ALOG_ATOMIC_LOG_INLINE_H */
