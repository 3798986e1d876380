/* One program that scripts/install-test.sh builds against the library in every way in which it is delivered. It is C
 * and C++. Compiled with APP_LOADS it is gcc's or clang's C, and linked with no library. It then loads the library that
 * its argument names, uses it on two threads, unloads it, and checks that it is gone. It does this three times.
 */
#include <atomic_log.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifdef APP_LOADS
#include <dlfcn.h>
#include <pthread.h>

/* clang-format off */
#define FUNCTIONS(X) \
  X(alog_version) \
  X(alog_log_create_fixed) \
  X(alog_writer_claim) \
  X(alog_writer_append) \
  X(alog_snapshot_create) \
  X(alog_snapshot_len) \
  X(alog_snapshot_record) \
  X(alog_snapshot_destroy) \
  X(alog_writer_release) \
  X(alog_log_release)
/* clang-format on */

#define POINTER(name) __typeof__(&name) name;
static struct {
  FUNCTIONS(POINTER)
} library;
#define CALL(name) library.name
#else
#define CALL(name) name
#endif

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      return 1;                                                       \
    }                                                                 \
  } while (0)

/* A log that rolls, and a view of it. The handles are released in an unusual order. */
static int use_the_library(void) {
  CHECK(CALL(alog_version)() == ALOG_VERSION);

  alog_options options = ALOG_OPTIONS_INIT;
  options.record_size = sizeof(uint64_t);
  options.retained_capacity = 64;
  options.segment_capacity = 16;
  alog_log *log = NULL;
  alog_writer *writer = NULL;
  alog_snapshot *view = NULL;
  CHECK(CALL(alog_log_create_fixed)(&options, &log) == ALOG_OK);
  CHECK(CALL(alog_writer_claim)(log, &writer) == ALOG_OK);
  for (uint64_t i = 0; i < 1000; i++) CHECK(CALL(alog_writer_append)(writer, &i, sizeof i) == ALOG_OK);
  CHECK(CALL(alog_snapshot_create)(log, &view) == ALOG_OK);
  CALL(alog_log_release)(log);

  alog_slice record;
  uint64_t value;
  CHECK(CALL(alog_snapshot_record)(view, 999, &record) == ALOG_OK);
  CHECK(record.size == sizeof value);
  memcpy(&value, record.data, sizeof value);
  CHECK(value == 999);
  CHECK(CALL(alog_snapshot_len)(view) >= 64);
  CHECK(CALL(alog_snapshot_record)(view, 0, &record) == ALOG_ERR_OUT_OF_RANGE);
  CHECK(CALL(alog_writer_append)(NULL, &value, sizeof value) == ALOG_ERR_NULL);

  CALL(alog_writer_release)(writer);
  CALL(alog_snapshot_destroy)(view);
  return 0;
}

#ifdef APP_LOADS
static void *use_it_on_a_thread(void *result) {
  *(int *)result = use_the_library();
  return NULL;
}

/* Whether this process has a mapping of a file of that name. */
static int is_mapped(const char *name) {
  FILE *maps = fopen("/proc/self/maps", "r");
  if (maps == NULL) return -1;
  char line[4096];
  int found = 0;
  while (fgets(line, sizeof line, maps) != NULL)
    if (strstr(line, name) != NULL) found = 1;
  fclose(maps);
  return found;
}

static int load_use_unload(const char *path) {
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) fprintf(stderr, "%s\n", dlerror());
  CHECK(handle != NULL);
#define FIND(name)                                \
  *(void **)&library.name = dlsym(handle, #name); \
  CHECK(library.name != NULL);
  FUNCTIONS(FIND)

  pthread_t thread;
  int on_the_thread = 1;
  CHECK(pthread_create(&thread, NULL, use_it_on_a_thread, &on_the_thread) == 0);
  CHECK(use_the_library() == 0);
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK(on_the_thread == 0);

  CHECK(is_mapped("libatomic_log") == 1);
  CHECK(dlclose(handle) == 0);
  CHECK(is_mapped("libatomic_log") == 0);
  return 0;
}

int main(int argc, char **argv) {
  CHECK(argc == 2);
  for (int i = 0; i < 3; i++) CHECK(load_use_unload(argv[1]) == 0);
#else
int main(void) {
  CHECK(use_the_library() == 0);
#endif
  printf("atomic-log %s works\n", ALOG_VERSION_STRING);
  return 0;
}
