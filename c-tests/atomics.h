/*
 * C11's atomics. For C++20 they are other names for its own atomics, spelled as <stdatomic.h> spells them from C++23
 * on.
 */
#ifndef ATOMICS_H
#define ATOMICS_H

#ifdef __cplusplus
#include <atomic>

#define _Atomic(type) std::atomic<type>

using std::atomic_bool;
using std::atomic_int;
using std::atomic_size_t;
using std::memory_order_acq_rel;
using std::memory_order_acquire;
using std::memory_order_relaxed;
using std::memory_order_release;
#else
#include <stdatomic.h>
#endif

#endif
