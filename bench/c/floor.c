/* The C floor: a function that does nothing, in a shared library of its own, so that its caller cannot know that. */
#include <stddef.h>

int c_floor(void *self, const void *record, size_t size);

int c_floor(void *self, const void *record, size_t size) {
  (void)self, (void)record, (void)size;
  return 0;
}
