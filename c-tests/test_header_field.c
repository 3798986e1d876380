/*
 * Holds up: ALOG_FIELD takes members of each size that is a multiple of the type's size, as a constant and in any
 * context, without a warning. With REFUSED=1, 2 the member's size is no multiple, and this does not compile.
 */
#include <atomic_log.h>

typedef struct recorded {
  uint64_t time;
  float matrix[3][4];
  char name[10];
  uint16_t port;
} recorded;

static const alog_field recorded_fields[] = {
    ALOG_FIELD(recorded, time, ALOG_TYPE_U64),      ALOG_FIELD(recorded, matrix, ALOG_TYPE_F32),
    ALOG_FIELD(recorded, name, ALOG_TYPE_CHAR),     ALOG_FIELD(recorded, port, ALOG_TYPE_U16),
    ALOG_FIELD(recorded, matrix[1], ALOG_TYPE_F32),
#if defined(REFUSED) && REFUSED == 1 /* two bytes would be lost */
    ALOG_FIELD(recorded, name, ALOG_TYPE_U32),
#elif defined(REFUSED) /* there would be no value */
    ALOG_FIELD(recorded, port, ALOG_TYPE_U64),
#endif
};

uint32_t use_of_fields(size_t index);
uint32_t use_of_fields(size_t index) {
  const alog_field field = ALOG_FIELD(recorded, name, ALOG_TYPE_U16);
  return recorded_fields[index].count + field.count;
}
