// The program of app.c as C++, with the C++ header if one is installed.
#if __has_include(<atomic_log.hpp>)
#include <atomic_log.hpp>
#endif

#include "app.c"
