#ifndef TICKS_H
#define TICKS_H
#include <atomic_log.h>

alog_log *ticks_create(void);

#endif
