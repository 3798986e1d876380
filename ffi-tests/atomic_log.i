/* The header for SWIG: all that a language needs beside the header itself is pointers to receive handles with, and arrays
 * of a record's type. */
%module atomic_log
%{
#include <atomic_log.h>
%}
%include <stdint.i>
%include <cpointer.i>
%include <carrays.i>

/* SWIG would copy what is assigned to these texts, and never free it: they are read-only for other languages. */
%immutable alog_field::name;
%immutable alog_channel::topic;
%immutable alog_channel::schema_name;
%immutable alog_channel::message_encoding;
%immutable alog_channel::schema_encoding;
#ifdef SWIGLUA
%rename(end_) end; /* which is a word of Lua's */
#endif
%include <atomic_log.h>

%pointer_functions(alog_log *, log_out)
%pointer_functions(alog_writer *, writer_out)
%pointer_functions(alog_snapshot *, snapshot_out)
%array_functions(double, doubles)
%pointer_cast(const void *, double *, as_doubles)
