/* game_loop/window.h: shows frames, and takes keys.
 *
 * Compiled with -DGAME_LOOP_WINDOW this is a window by SDL 2. Otherwise there is no window, and only --headless works:
 * the frames are still drawn and checked.
 */
#ifndef GAME_LOOP_WINDOW_H
#define GAME_LOOP_WINDOW_H

#include "canvas.h"

/* What the user wants. */
typedef struct wishes {
  bool quit, stall;
} wishes;

#ifdef GAME_LOOP_WINDOW

#include <SDL.h>

typedef struct window {
  SDL_Window *window;
  SDL_Renderer *renderer;
  SDL_Texture *texture;
} window;

static bool window_open(window *self, app *app) {
  SDL_SetMainReady();
  if (SDL_Init(SDL_INIT_VIDEO) != 0)
    return failed_outside(
        app, "no window; target/programs/game_loop --headless needs none, and make game-test brings a screen",
        SDL_GetError());
  /* Without a screen, SDL may take one that nobody sees. The user must ask for that. */
  const bool asked = getenv("SDL_VIDEODRIVER") != NULL;
  const char *driver = SDL_GetCurrentVideoDriver();
  if (!asked && (strcmp(driver, "offscreen") == 0 || strcmp(driver, "dummy") == 0)) {
    return failed_outside(
        app, "no window; target/programs/game_loop --headless needs none, and make game-test brings a screen",
        "there is no screen");
  }
  const int place = SDL_WINDOWPOS_CENTERED;
  self->window = SDL_CreateWindow("atomic-log: game loop. Space stalls the renderer, Escape ends", place, place, WIDTH,
                                  HEIGHT, SDL_WINDOW_RESIZABLE);
  if (self->window != NULL) self->renderer = SDL_CreateRenderer(self->window, -1, 0);
  if (self->renderer != NULL) {
    self->texture =
        SDL_CreateTexture(self->renderer, SDL_PIXELFORMAT_RGB888, SDL_TEXTUREACCESS_STREAMING, WIDTH, HEIGHT);
  }
  if (self->texture == NULL || SDL_RenderSetLogicalSize(self->renderer, WIDTH, HEIGHT) != 0) {
    return failed_outside(app, "window", SDL_GetError());
  }
  return true;
}

static bool window_show(window *self, app *app, pixels frame) {
  if (SDL_UpdateTexture(self->texture, NULL, frame, WIDTH * (int)sizeof frame[0][0]) != 0 ||
      SDL_RenderClear(self->renderer) != 0 || SDL_RenderCopy(self->renderer, self->texture, NULL, NULL) != 0) {
    return failed_outside(app, "window", SDL_GetError());
  }
  SDL_RenderPresent(self->renderer);
  return true;
}

static wishes window_wishes(void) {
  wishes out = {false, false};
  SDL_Event event;
  while (SDL_PollEvent(&event)) {
    if (event.type == SDL_QUIT) out.quit = true;
    if (event.type != SDL_KEYDOWN || event.key.repeat != 0) continue;
    if (event.key.keysym.sym == SDLK_ESCAPE) out.quit = true;
    if (event.key.keysym.sym == SDLK_SPACE) out.stall = true;
  }
  return out;
}

static void window_close(window *self) {
  if (self->texture != NULL) SDL_DestroyTexture(self->texture);
  if (self->renderer != NULL) SDL_DestroyRenderer(self->renderer);
  if (self->window != NULL) SDL_DestroyWindow(self->window);
  SDL_Quit();
}

#else

typedef struct window {
  int none;
} window;

static bool window_open(window *self, app *app) {
  (void)self;
  return failed_outside(app, "no window", "this was compiled without SDL 2, try --headless");
}

static bool window_show(window *self, app *app, pixels frame) {
  (void)self, (void)app, (void)frame;
  return false;
}

static wishes window_wishes(void) { return (wishes){true, false}; }

static void window_close(window *self) { (void)self; }

#endif

#endif
