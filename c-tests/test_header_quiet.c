/* Holds up: no compiler warns about what programs append, at any level of optimisation. */
#include <atomic_log_inline.h>

#include <stdio.h>

alog_status append_number(alog_writer *writer, alog_hot *hot, double number);
alog_status append_number(alog_writer *writer, alog_hot *hot, double number) {
  return alog_append_inline(writer, hot, &number, sizeof number);
}

alog_status append_byte(alog_writer *writer, alog_hot *hot, char byte);
alog_status append_byte(alog_writer *writer, alog_hot *hot, char byte) {
  return alog_append_bytes_inline(writer, hot, &byte, sizeof byte);
}

alog_status append_some(alog_writer *writer, alog_hot *hot, size_t count);
alog_status append_some(alog_writer *writer, alog_hot *hot, size_t count) {
  char bytes[24] = {0};
  return alog_append_bytes_inline(writer, hot, bytes, count);
}

alog_status append_line(alog_writer *writer, alog_hot *hot, int number);
alog_status append_line(alog_writer *writer, alog_hot *hot, int number) {
  char line[40];
  const int size = snprintf(line, sizeof line, "number %d", number);
  return alog_append_bytes_inline(writer, hot, line, (size_t)size);
}
