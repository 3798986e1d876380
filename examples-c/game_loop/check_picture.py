#!/usr/bin/env python3
"""Checks a picture of game_loop: is there something to see, and is it right?

usage: check_picture.py PICTURE [--prove] [--png FILE]

PICTURE is what `game_loop --screenshot` wrote (BMP), or the screen of an Xvfb that was given -fbdir (XWD). It must
be dark, with entities in many places, in many colours, and have the overlay: its three panels with their text, and in
the chart the mark of a tick that was drawn. Otherwise it prints what is missing, and exits with 1.

--prove  spoils the picture in several ways, and must detect each
--png    writes the picture as PNG, with five bits a channel, if it passed
"""

import argparse
import struct
import sys
import zlib

WIDTH, HEIGHT = 1280, 720
CELL = 40  # the check divides the world in squares of this many pixels

# From overlay.h.
RIM, BRIGHT, FAINT, GOOD = 0x3D5170, 0xE8EEF8, 0x8FA0BC, 0x5FD38D
LEFT = (12, 12, 388, 188)  # x, y, width, height
RIGHT = (968, 12, 300, 182)
CHART = (12, 616, 1256, 92)
DOTS = (20, 699, 1240, 4)  # in the chart: a column for each tick, lit if it was drawn


def read_bmp(data):
    begin, = struct.unpack_from("<I", data, 10)
    width, height = struct.unpack_from("<ii", data, 18)
    rows = [struct.unpack_from(f"<{width}I", data, begin + row * width * 4) for row in range(height)]
    return rows[::-1]


def read_xwd(data):
    head = struct.unpack_from(">25I", data)
    width, height, order, bits, line, colours = head[4], head[5], head[7], head[11], head[12], head[19]
    if bits != 32:
        sys.exit(f"check_picture.py: the screen has {bits} bits a pixel, not 32")
    begin, end = head[0] + colours * 12, ">" if order else "<"
    return [struct.unpack_from(f"{end}{width}I", data, begin + row * line) for row in range(height)]


def read_picture(path):
    with open(path, "rb") as file:
        data = file.read()
    rows = read_bmp(data) if data[:2] == b"BM" else read_xwd(data)
    return [[pixel & 0xFFFFFF for pixel in row] for row in rows]


def write_png(path, picture):
    """Filter 1: each byte minus the byte of the pixel to its left."""
    lines = []
    for row in picture:
        plain = b"".join((pixel & 0xF8F8F8).to_bytes(3, "big") for pixel in row)
        lines.append(b"\1" + bytes((a - b) & 255 for a, b in zip(plain, b"\0\0\0" + plain)))
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.write(chunk(b"IHDR", struct.pack(">IIBBBBB", len(picture[0]), len(picture), 8, 2, 0, 0, 0)))
        file.write(chunk(b"IDAT", zlib.compress(b"".join(lines), 9)))
        file.write(chunk(b"IEND", b""))


def inside(place, column, row):
    x, y, width, height = place
    return x <= column < x + width and y <= row < y + height


def count(picture, place, colour):
    x, y, width, height = place
    return sum(row[x : x + width].count(colour) for row in picture[y : y + height])


def faults(picture):
    """Returns what is wrong with the picture: short names, which --prove compares."""
    if len(picture) != HEIGHT or any(len(row) != WIDTH for row in picture):
        return ["size"]
    found = []
    lit, dark, colours, cells = 0, 0, set(), set()
    for y in range(0, HEIGHT, 2):
        for x in range(0, WIDTH, 2):
            if inside(LEFT, x, y) or inside(RIGHT, x, y) or inside(CHART, x, y):
                continue
            pixel = picture[y][x]
            brightest = max(pixel >> 16, pixel >> 8 & 255, pixel & 255)
            dark += brightest < 40
            if brightest >= 64:
                lit += 1
                colours.add(pixel & 0xE0E0E0)
                cells.add((x // CELL, y // CELL))
    if dark < lit:
        found.append("not dark")
    if lit < 2000:
        found.append("few lit pixels")
    if len(cells) < 60:
        found.append("few places")
    if len(colours) < 40:
        found.append("few colours")
    for name, place, text in (("left", LEFT, BRIGHT), ("right", RIGHT, FAINT), ("chart", CHART, FAINT)):
        x, y, width, height = place
        edges = ((x, y, width, 1), (x, y + height - 1, width, 1), (x, y, 1, height), (x + width - 1, y, 1, height))
        if any(count(picture, edge, RIM) != edge[2] * edge[3] for edge in edges):
            found.append(name + " panel")
        if count(picture, place, text) < 300:
            found.append(name + " text")
    if count(picture, DOTS, GOOD) < DOTS[3]:
        found.append("chart dots")
    return found


def prove(picture):
    """Spoils the picture in each way. Returns whether the fault was found each time."""
    def without(place):
        return [[0 if inside(place, x, y) else p for x, p in enumerate(row)] for y, row in enumerate(picture)]
    black = [[0] * WIDTH for _ in range(HEIGHT)]
    spoiled = {
        "size": picture[:-1],
        "not dark": [[p | 0x404040 for p in row] for row in picture],
        "few lit pixels": black,
        "few places": [row if 300 <= y < 380 else black[0] for y, row in enumerate(picture)],
        "few colours": [[0xFFFFFF if p & 0x808080 else 0 for p in row] for row in picture],
        "left panel": without((12, 12, 1, 1)),
        "left text": without((13, 13, 386, 150)),
        "right panel": without((968, 193, 300, 1)),
        "right text": without((969, 13, 298, 60)),
        "chart panel": without((1267, 616, 1, 92)),
        "chart text": without((13, 617, 1000, 20)),
        "chart dots": without(DOTS),
    }
    missed = [fault for fault, bad in spoiled.items() if fault not in faults(bad)]
    for fault in missed:
        print(f"check_picture.py: a picture that was spoiled is not found out: {fault}", file=sys.stderr)
    if not missed:
        print(f"{len(spoiled)} damaged copies of it were refused")
    return not missed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("picture")
    parser.add_argument("--prove", action="store_true")
    parser.add_argument("--png")
    arguments = parser.parse_args()
    picture = read_picture(arguments.picture)
    found = faults(picture)
    if found:
        sys.exit(f"check_picture.py: {arguments.picture}: {', '.join(found)}")
    print(f"{arguments.picture} shows the entities and the overlay")
    if arguments.prove and not prove(picture):
        sys.exit(1)
    if arguments.png:
        write_png(arguments.png, picture)


if __name__ == "__main__":
    main()
