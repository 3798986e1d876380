/*
 * The counterpart of own_syscall.h for Windows: the library's calls to sleep and to wake go through this file. The
 * library asks Windows by name for those calls that older releases lack. That question, and Sleep, are redirected in
 * the table in which the DLL has the addresses of what it imports.
 *
 * Included by one file of a program, which has the library as a DLL.
 */
#ifndef OWN_IMPORTS_H
#define OWN_IMPORTS_H

#include "atomics.h"
#include "clock.h"
#include "test.h"

/* The number of calls to sleep, and of calls to wake sleepers. */
static atomic_size_t sleep_calls;
static atomic_size_t wake_calls;

/* What this thread does before it wakes sleepers, and after its own sleep. NULL for nothing. */
static _Thread_local void (*before_wake)(void);
static _Thread_local void (*after_sleep)(void);

typedef void (*any_function)(void);

/* Whether this is to look like Windows 7, which has neither WaitOnAddress nor WakeByAddressAll. */
static bool old_windows;

/* Windows' own. */
static FARPROC(WINAPI *windows_find)(HMODULE module, const char *name);
static BOOL(WINAPI *windows_wait)(volatile void *word, void *value, SIZE_T size, DWORD milliseconds);
static void(WINAPI *windows_wake)(void *word);
static void(WINAPI *windows_sleep)(DWORD milliseconds);

static BOOL WINAPI own_wait(volatile void *word, void *value, SIZE_T size, DWORD milliseconds) {
  atomic_fetch_add(&sleep_calls, 1);
  const BOOL answer = windows_wait(word, value, size, milliseconds);
  const DWORD error = GetLastError();
  if (after_sleep != NULL) {
    after_sleep();
  }
  SetLastError(error);
  return answer;
}

static void WINAPI own_wake(void *word) {
  atomic_fetch_add(&wake_calls, 1);
  if (before_wake != NULL) {
    before_wake();
  }
  windows_wake(word);
}

static void WINAPI own_sleep(DWORD milliseconds) {
  atomic_fetch_add(&sleep_calls, 1);
  windows_sleep(milliseconds);
}

/* Replaces GetProcAddress. */
static FARPROC WINAPI own_find(HMODULE module, const char *name) {
  const FARPROC found = old_windows ? NULL : windows_find(module, name);
  any_function own = (any_function)found;
  if (found != NULL && strcmp(name, "WaitOnAddress") == 0) {
    memcpy(&windows_wait, &found, sizeof found);
    own = (any_function)own_wait;
  } else if (found != NULL && strcmp(name, "WakeByAddressAll") == 0) {
    memcpy(&windows_wake, &found, sizeof found);
    own = (any_function)own_wake;
  }
  return (FARPROC)own;
}

/* Where the DLL has the address of the function that it imports by this name; NULL if it does not. */
static void **import_of(unsigned char *dll, const char *name) {
  const IMAGE_DOS_HEADER *dos = (const IMAGE_DOS_HEADER *)(const void *)dll;
  const IMAGE_NT_HEADERS *headers = (const IMAGE_NT_HEADERS *)(const void *)(dll + dos->e_lfanew);
  const IMAGE_DATA_DIRECTORY *imports = &headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
  const IMAGE_IMPORT_DESCRIPTOR *from = (const IMAGE_IMPORT_DESCRIPTOR *)(const void *)(dll + imports->VirtualAddress);
  for (; from->Name != 0; from++) {
    const IMAGE_THUNK_DATA *names = (const IMAGE_THUNK_DATA *)(const void *)(dll + from->OriginalFirstThunk);
    void **addresses = (void **)(void *)(dll + from->FirstThunk);
    for (size_t i = 0; names[i].u1.AddressOfData != 0; i++) {
      const IMAGE_IMPORT_BY_NAME *import =
          (const IMAGE_IMPORT_BY_NAME *)(const void *)(dll + names[i].u1.AddressOfData);
      if (!IMAGE_SNAP_BY_ORDINAL(names[i].u1.Ordinal) && strcmp((const char *)import->Name, name) == 0) {
        return &addresses[i];
      }
    }
  }
  return NULL;
}

/* Makes the DLL call `own` instead of what it imports by this name. The original is put into `*windows`. */
static void take_import(const char *name, any_function own, void *windows) {
  unsigned char *dll = (unsigned char *)(void *)GetModuleHandleA("atomic_log.dll");
  CHECK(dll != NULL);
  void **place = import_of(dll, name);
  CHECK(place != NULL);
  DWORD protection = 0;
  memcpy(windows, place, sizeof *place);
  CHECK(VirtualProtect(place, sizeof *place, PAGE_READWRITE, &protection));
  memcpy(place, &own, sizeof *place);
  CHECK(VirtualProtect(place, sizeof *place, protection, &protection));
}

__attribute__((constructor)) static void take_imports(void) {
  test_claim = "take_imports";
  take_import("GetProcAddress", (any_function)own_find, (void *)&windows_find);
  take_import("Sleep", (any_function)own_sleep, (void *)&windows_sleep); /* by which it would poll */
}

#endif
