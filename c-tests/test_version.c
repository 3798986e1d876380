/*
 * Holds up: alog_version and alog_version_string tell the version of the library that runs, in the form and with the
 * values of its header. ALOG_VERSION_AT_LEAST compares, also for the preprocessor.
 */
#include "test.h"

#if !ALOG_VERSION_AT_LEAST(0, 1, 0)
#error "the first version is 0.1.0"
#endif
#if ALOG_VERSION_AT_LEAST(255, 0, 0)
#error "ALOG_VERSION_AT_LEAST accepts a version to come"
#endif

static void library_and_header_are_one_version(void) {
  CHECK_U64(ALOG_VERSION, alog_version());
  CHECK(strcmp(ALOG_VERSION_STRING, alog_version_string()) == 0);
}

static void number_is_made_of_its_parts(void) {
  const uint32_t major = ALOG_VERSION_MAJOR;
  const uint32_t minor = ALOG_VERSION_MINOR;
  const uint32_t patch = ALOG_VERSION_PATCH;
  CHECK_U64(major << 16 | minor << 8 | patch, alog_version());
}

static void string_is_made_of_its_parts(void) {
  char text[64];
  snprintf(text, sizeof text, "%d.%d.%d", (int)ALOG_VERSION_MAJOR, (int)ALOG_VERSION_MINOR, (int)ALOG_VERSION_PATCH);
  CHECK(strcmp(text, alog_version_string()) == 0);
}

static void at_least_compares_part_by_part(void) {
  CHECK(ALOG_VERSION_AT_LEAST(0, 0, 0));
  CHECK(ALOG_VERSION_AT_LEAST(ALOG_VERSION_MAJOR, ALOG_VERSION_MINOR, ALOG_VERSION_PATCH));
  CHECK(!ALOG_VERSION_AT_LEAST(ALOG_VERSION_MAJOR, ALOG_VERSION_MINOR, ALOG_VERSION_PATCH + 1));
  CHECK(!ALOG_VERSION_AT_LEAST(ALOG_VERSION_MAJOR, ALOG_VERSION_MINOR + 1, 0));
  CHECK(!ALOG_VERSION_AT_LEAST(ALOG_VERSION_MAJOR + 1, 0, 0));
}

int main(void) {
  RUN(library_and_header_are_one_version);
  RUN(number_is_made_of_its_parts);
  RUN(string_is_made_of_its_parts);
  RUN(at_least_compares_part_by_part);
  return 0;
}
