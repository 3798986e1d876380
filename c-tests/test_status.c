/*
 * Holds up: the values of alog_status are frozen. Success is never negative, and errors always are. Every integer has a
 * name and a message, which are static strings.
 */
#include "test.h"

static const struct known_status {
  int32_t status;
  int32_t value;
  const char *name;
} known[] = {
    {ALOG_OK, 0, "ALOG_OK"},
    {ALOG_UNCHANGED, 1, "ALOG_UNCHANGED"},
    {ALOG_END, 2, "ALOG_END"},
    {ALOG_TIMEOUT, 3, "ALOG_TIMEOUT"},
    {ALOG_INTERRUPTED, 4, "ALOG_INTERRUPTED"},
    {ALOG_FINISHED, 5, "ALOG_FINISHED"},
    {ALOG_ERR_NULL, -1, "ALOG_ERR_NULL"},
    {ALOG_ERR_ARGUMENT, -2, "ALOG_ERR_ARGUMENT"},
    {ALOG_ERR_HANDLE, -3, "ALOG_ERR_HANDLE"},
    {ALOG_ERR_NO_MEMORY, -4, "ALOG_ERR_NO_MEMORY"},
    {ALOG_ERR_CLAIMED, -5, "ALOG_ERR_CLAIMED"},
    {ALOG_ERR_TOO_LARGE, -6, "ALOG_ERR_TOO_LARGE"},
    {ALOG_ERR_KIND, -7, "ALOG_ERR_KIND"},
    {ALOG_ERR_SEGMENT_LIMIT, -8, "ALOG_ERR_SEGMENT_LIMIT"},
    {ALOG_ERR_STATE, -9, "ALOG_ERR_STATE"},
    {ALOG_ERR_OUT_OF_RANGE, -10, "ALOG_ERR_OUT_OF_RANGE"},
    {ALOG_ERR_INTERNAL, -11, "ALOG_ERR_INTERNAL"},
    {ALOG_ERR_FINISHED, -12, "ALOG_ERR_FINISHED"},
    {ALOG_ERR_IO, -13, "ALOG_ERR_IO"},
};
enum { KNOWN = sizeof known / sizeof known[0] };

static void values_are_frozen(void) {
  for (size_t i = 0; i < KNOWN; i++) {
    CHECK_STATUS(known[i].value, known[i].status);
  }
}

static void every_status_has_its_own_name(void) {
  for (size_t i = 0; i < KNOWN; i++) {
    CHECK(strcmp(known[i].name, alog_status_name(known[i].value)) == 0);
  }
}

static void every_status_has_its_own_message(void) {
  for (size_t i = 0; i < KNOWN; i++) {
    const char *message = alog_status_message(known[i].value);
    CHECK(strlen(message) > 3);
    CHECK(strchr(message, '\n') == NULL);
    for (size_t j = 0; j < i; j++) {
      CHECK(strcmp(alog_status_message(known[j].value), message) != 0);
    }
  }
}

static bool is_known(int32_t value) {
  for (size_t i = 0; i < KNOWN; i++) {
    if (known[i].value == value) {
      return true;
    }
  }
  return false;
}

static void check_unknown(int32_t value) {
  const char *name = alog_status_name(value);
  const char *message = alog_status_message(value);
  CHECK(name != NULL && name[0] != '\0');
  CHECK(message != NULL && message[0] != '\0');
  for (size_t i = 0; i < KNOWN; i++) {
    CHECK(strcmp(known[i].name, name) != 0);
  }
}

static void any_integer_has_a_name_and_a_message(void) {
  for (int32_t value = -1000; value <= 1000; value++) {
    if (!is_known(value)) {
      check_unknown(value);
    }
  }
  check_unknown(INT32_MIN);
  check_unknown(INT32_MAX);
}

static void strings_are_static(void) {
  for (int32_t value = -20; value <= 20; value++) {
    CHECK_POINTER(alog_status_name(value), alog_status_name(value));
    CHECK_POINTER(alog_status_message(value), alog_status_message(value));
  }
}

int main(void) {
  RUN(values_are_frozen);
  RUN(every_status_has_its_own_name);
  RUN(every_status_has_its_own_message);
  RUN(any_integer_has_a_name_and_a_message);
  RUN(strings_are_static);
  return 0;
}
