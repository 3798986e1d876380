/* Loads the plugins named by its arguments, all at once, and uses them by turns. Each has a log of its own. */
#include <dlfcn.h>
#include <stdio.h>

#define MOST 4

int main(int count, char **names) {
  void *plugins[MOST] = {0};
  unsigned long (*append[MOST])(int) = {0};
  if (count < 2 || count > MOST + 1) return 2;
  for (int i = 1; i < count; i++) {
    plugins[i - 1] = dlopen(names[i], RTLD_NOW | RTLD_GLOBAL);
    if (plugins[i - 1] == NULL) return printf("%s\n", dlerror()), 1;
    *(void **)&append[i - 1] = dlsym(plugins[i - 1], "plugin_append");
    if (append[i - 1] == NULL) return printf("%s\n", dlerror()), 1;
  }
  for (int turn = 1; turn <= 6; turn++) {
    for (int i = 0; i < count - 1; i++) {
      unsigned long shown = append[i](turn);
      if (shown != (unsigned long)turn) return printf("%s shows %lu records, not %d\n", names[i + 1], shown, turn), 1;
    }
  }
  for (int i = 0; i < count - 1; i++) {
    void (*end)(void);
    *(void **)&end = dlsym(plugins[i], "plugin_end");
    end();
    dlclose(plugins[i]);
  }
  return 0;
}
