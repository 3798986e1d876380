/* game_loop/canvas.h: pixels: sprites that add their light, rectangles, letters, and a file. */
#ifndef GAME_LOOP_CANVAS_H
#define GAME_LOOP_CANVAS_H

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>

#include "app.h"

/* 0x00RRGGBB, rows from the top. */
typedef uint32_t pixels[HEIGHT][WIDTH];

enum { RED_BLUE = 0xff00ff, GREEN = 0x00ff00 };

/* A colour with `by` 256ths of its brightness. Red and blue are computed together, and do not overlap. */
static uint32_t dimmed(uint32_t colour, uint32_t by) {
  return ((((colour & RED_BLUE) * by) >> 8) & RED_BLUE) | ((((colour & GREEN) * by) >> 8) & GREEN);
}

/* The sum of both lights, each channel at most full. */
static uint32_t added(uint32_t one, uint32_t other) {
  uint32_t rb = (one & RED_BLUE) + (other & RED_BLUE), g = (one & GREEN) + (other & GREEN);
  const uint32_t rb_full = rb & 0x01000100, g_full = g & 0x00010000;
  rb |= rb_full - (rb_full >> 8);
  g |= g_full - (g_full >> 8);
  return (rb & RED_BLUE) | (g & GREEN);
}

/* A point of light at a place between pixels: each of the four pixels around it gets its share. */
static void shine(pixels out, float x, float y, uint32_t colour) {
  if (!(x >= 0 && y >= 0 && x < WIDTH - 1 && y < HEIGHT - 1)) return;
  const uint32_t across = (uint32_t)(x * 16), down = (uint32_t)(y * 16);
  const uint32_t right = across & 15, below = down & 15;
  uint32_t *at = &out[down >> 4][across >> 4];
  at[0] = added(at[0], dimmed(colour, (16 - right) * (16 - below)));
  at[1] = added(at[1], dimmed(colour, right * (16 - below)));
  at[WIDTH] = added(at[WIDTH], dimmed(colour, (16 - right) * below));
  at[WIDTH + 1] = added(at[WIDTH + 1], dimmed(colour, right * below));
}

static void fill(pixels out, int x, int y, int width, int height, uint32_t colour) {
  for (int row = y < 0 ? 0 : y; row < y + height && row < HEIGHT; row++) {
    for (int column = x < 0 ? 0 : x; column < x + width && column < WIDTH; column++) out[row][column] = colour;
  }
}

/* Smoked glass with a rim, to write on. */
static void panel(pixels out, int x, int y, int width, int height, uint32_t rim) {
  for (int row = y; row < y + height; row++) {
    for (int column = x; column < x + width; column++) {
      out[row][column] = added(dimmed(out[row][column], 48), 0x0a0e16);
    }
  }
  fill(out, x, y, width, 1, rim);
  fill(out, x, y + height - 1, width, 1, rim);
  fill(out, x, y, 1, height, rim);
  fill(out, x + width - 1, y, 1, height, rim);
}

/* ---- letters ---- */

enum { LETTER_WIDTH = 5, LETTER_HEIGHT = 7 };

typedef struct letter {
  char name;
  const char *rows[LETTER_HEIGHT];
} letter;

static const letter letters[] = {
    {'0', {" ### ", "#   #", "#  ##", "# # #", "##  #", "#   #", " ### "}},
    {'1', {"  #  ", " ##  ", "  #  ", "  #  ", "  #  ", "  #  ", " ### "}},
    {'2', {" ### ", "#   #", "    #", "  ## ", " #   ", "#    ", "#####"}},
    {'3', {" ### ", "#   #", "    #", "  ## ", "    #", "#   #", " ### "}},
    {'4', {"   # ", "  ## ", " # # ", "#  # ", "#####", "   # ", "   # "}},
    {'5', {"#####", "#    ", "#### ", "    #", "    #", "#   #", " ### "}},
    {'6', {" ### ", "#    ", "#    ", "#### ", "#   #", "#   #", " ### "}},
    {'7', {"#####", "    #", "   # ", "  #  ", "  #  ", " #   ", " #   "}},
    {'8', {" ### ", "#   #", "#   #", " ### ", "#   #", "#   #", " ### "}},
    {'9', {" ### ", "#   #", "#   #", " ####", "    #", "    #", " ### "}},
    {'A', {" ### ", "#   #", "#   #", "#####", "#   #", "#   #", "#   #"}},
    {'B', {"#### ", "#   #", "#   #", "#### ", "#   #", "#   #", "#### "}},
    {'C', {" ### ", "#   #", "#    ", "#    ", "#    ", "#   #", " ### "}},
    {'D', {"#### ", "#   #", "#   #", "#   #", "#   #", "#   #", "#### "}},
    {'E', {"#####", "#    ", "#    ", "#### ", "#    ", "#    ", "#####"}},
    {'F', {"#####", "#    ", "#    ", "#### ", "#    ", "#    ", "#    "}},
    {'G', {" ### ", "#   #", "#    ", "#  ##", "#   #", "#   #", " ####"}},
    {'H', {"#   #", "#   #", "#   #", "#####", "#   #", "#   #", "#   #"}},
    {'I', {" ### ", "  #  ", "  #  ", "  #  ", "  #  ", "  #  ", " ### "}},
    {'J', {"  ###", "   # ", "   # ", "   # ", "   # ", "#  # ", " ##  "}},
    {'K', {"#   #", "#  # ", "# #  ", "##   ", "# #  ", "#  # ", "#   #"}},
    {'L', {"#    ", "#    ", "#    ", "#    ", "#    ", "#    ", "#####"}},
    {'M', {"#   #", "## ##", "# # #", "# # #", "#   #", "#   #", "#   #"}},
    {'N', {"#   #", "##  #", "##  #", "# # #", "#  ##", "#  ##", "#   #"}},
    {'O', {" ### ", "#   #", "#   #", "#   #", "#   #", "#   #", " ### "}},
    {'P', {"#### ", "#   #", "#   #", "#### ", "#    ", "#    ", "#    "}},
    {'Q', {" ### ", "#   #", "#   #", "#   #", "# # #", "#  # ", " ## #"}},
    {'R', {"#### ", "#   #", "#   #", "#### ", "# #  ", "#  # ", "#   #"}},
    {'S', {" ### ", "#   #", "#    ", " ### ", "    #", "#   #", " ### "}},
    {'T', {"#####", "  #  ", "  #  ", "  #  ", "  #  ", "  #  ", "  #  "}},
    {'U', {"#   #", "#   #", "#   #", "#   #", "#   #", "#   #", " ### "}},
    {'V', {"#   #", "#   #", "#   #", "#   #", " # # ", " # # ", "  #  "}},
    {'W', {"#   #", "#   #", "#   #", "# # #", "# # #", "## ##", "#   #"}},
    {'X', {"#   #", "#   #", " # # ", "  #  ", " # # ", "#   #", "#   #"}},
    {'Y', {"#   #", "#   #", " # # ", "  #  ", "  #  ", "  #  ", "  #  "}},
    {'Z', {"#####", "    #", "   # ", "  #  ", " #   ", "#    ", "#####"}},
    {'.', {"     ", "     ", "     ", "     ", "     ", " ##  ", " ##  "}},
    {',', {"     ", "     ", "     ", "     ", " ##  ", "  #  ", " #   "}},
    {':', {"     ", " ##  ", " ##  ", "     ", " ##  ", " ##  ", "     "}},
    {'%', {"##  #", "##  #", "   # ", "  #  ", " #   ", "#  ##", "#  ##"}},
    {'-', {"     ", "     ", "     ", " ### ", "     ", "     ", "     "}},
    {'/', {"    #", "    #", "   # ", "  #  ", " #   ", "#    ", "#    "}},
};

/* Writes a line of text, in capitals. A character without a letter here becomes a space. */
static void write_text(pixels out, int x, int y, int scale, uint32_t colour, const char *format, ...) {
  char text[128];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  for (const char *at = text; *at != '\0'; at++, x += (LETTER_WIDTH + 1) * scale) {
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
      if (letters[i].name != toupper((unsigned char)*at)) continue;
      for (int row = 0; row < LETTER_HEIGHT; row++) {
        for (int column = 0; column < LETTER_WIDTH; column++) {
          if (letters[i].rows[row][column] != '#') continue;
          fill(out, x + column * scale, y + row * scale, scale, scale, colour);
        }
      }
    }
  }
}

/* ---- the file ---- */

/* A BMP of 32 bits a pixel: little-endian, the lowest row first. */
static bool save_picture(pixels picture, const char *path) {
  FILE *file = fopen(path, "wb");
  if (file == NULL) return false;
  const uint32_t bytes = WIDTH * HEIGHT * 4;
  const uint32_t words[] = {54 + bytes, 0, 54, 40, WIDTH, HEIGHT, 1 | 32 << 16, 0, bytes, 0, 0, 0, 0};
  bool ok = fputs("BM", file) >= 0;
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    for (int shift = 0; shift < 32; shift += 8) ok = ok && putc((int)(words[i] >> shift & 255), file) != EOF;
  }
  for (int row = HEIGHT; row-- > 0;) {
    for (int column = 0; column < WIDTH; column++) {
      for (int shift = 0; shift < 32; shift += 8) {
        ok = ok && putc((int)(picture[row][column] >> shift & 255), file) != EOF;
      }
    }
  }
  return fclose(file) == 0 && ok;
}

#endif
