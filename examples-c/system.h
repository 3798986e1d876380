/* system.h: what C11 leaves to the system: threads, a monotonic clock, sleep, aligned memory.
 *
 * POSIX and Windows have different functions for these. C11 also has threads, but macOS and MinGW lack them, and a
 * program that starts them crashes under ThreadSanitizer.
 *
 * Before the first #include of a POSIX program: #define _POSIX_C_SOURCE 200809L, or a compiler option that has the same
 * effect.
 */
#ifndef SYSTEM_H
#define SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NS_PER_SECOND UINT64_C(1000000000)

#ifdef _WIN32

#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <malloc.h>
#include <windows.h>

/* It must not move until it has been joined. */
typedef struct thread {
  HANDLE handle;
  void *(*run)(void *);
  void *argument;
} thread;

static inline DWORD WINAPI thread_run(void *itself) {
  thread *self = (thread *)itself;
  self->run(self->argument);
  return 0;
}

static inline bool thread_start(thread *self, void *(*run)(void *), void *argument) {
  self->run = run;
  self->argument = argument;
  self->handle = CreateThread(NULL, 0, thread_run, self, 0, NULL);
  return self->handle != NULL;
}

static inline bool thread_join(thread *self) {
  return WaitForSingleObject(self->handle, INFINITE) == WAIT_OBJECT_0 && CloseHandle(self->handle);
}

static inline void thread_yield(void) { SwitchToThread(); }

static inline uint64_t now_ns(void) {
  LARGE_INTEGER count, frequency;
  QueryPerformanceCounter(&count);
  QueryPerformanceFrequency(&frequency);
  const uint64_t ticks = (uint64_t)count.QuadPart, per_second = (uint64_t)frequency.QuadPart;
  return ticks / per_second * NS_PER_SECOND + ticks % per_second * NS_PER_SECOND / per_second;
}

/* Sleep has steps of up to 16 ms. This timer, which needs Windows 10, has finer ones. */
static inline void sleep_ns(uint64_t nanoseconds) {
  HANDLE timer = CreateWaitableTimerExW(NULL, NULL, 2 /* CREATE_WAITABLE_TIMER_HIGH_RESOLUTION */, TIMER_ALL_ACCESS);
  LARGE_INTEGER until;
  until.QuadPart = -(LONGLONG)((nanoseconds + 99) / 100);
  if (timer == NULL || !SetWaitableTimer(timer, &until, 0, NULL, NULL, FALSE)) {
    Sleep((DWORD)((nanoseconds + 999999) / 1000000));
  } else {
    WaitForSingleObject(timer, INFINITE);
  }
  if (timer != NULL) CloseHandle(timer);
}

static inline void *aligned_take(size_t size, size_t align) { return _aligned_malloc(size, align); }
static inline void aligned_give(void *block) { _aligned_free(block); }

#else

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

typedef pthread_t thread;

static inline bool thread_start(thread *self, void *(*run)(void *), void *argument) {
  return pthread_create(self, NULL, run, argument) == 0;
}

static inline bool thread_join(thread *self) { return pthread_join(*self, NULL) == 0; }

static inline void thread_yield(void) { sched_yield(); }

static inline uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

static inline void sleep_ns(uint64_t nanoseconds) {
  struct timespec left = {(time_t)(nanoseconds / NS_PER_SECOND), (long)(nanoseconds % NS_PER_SECOND)};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) continue;
}

static inline void *aligned_take(size_t size, size_t align) {
  void *block = NULL;
  const size_t least = sizeof block; /* posix_memalign requires it */
  return posix_memalign(&block, align < least ? least : align, size) == 0 ? block : NULL;
}
static inline void aligned_give(void *block) { free(block); }

#endif

#endif
