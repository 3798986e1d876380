#!/usr/bin/env python3
"""Draws the picture of docs/RECORDER.md from a recording by sysmon. Any program that reads MCAP can do this.

sysmon runs for a while beside work for the processors and for memory, which appears among its events. Then `kill -USR2`
makes it write what its logs hold. The picture is drawn from that file alone.

Usage: plot-recording.py SYSMON RECORDING PICTURE      # RECORDING is written, too
"""

import multiprocessing
import pathlib
import signal
import struct
import subprocess
import sys
import time

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory

SHOWN_SECONDS = 8
ALL_CORES, ONE_CORE, MEMORY, LOAD, SELF = range(5)  # the subjects of sysmon/records.h
CORE_COLOURS = ["#0b6e99", "#e07a1f", "#5b8c2a", "#8a4fa0"]
INK, FAINT, MARK = "#22303a", "#d5dde2", "#8c1d40"


def work(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def take(megabytes, seconds):
    held = bytearray(megabytes << 20)
    for place in range(0, len(held), 4096):
        held[place] = 1
    time.sleep(seconds)


def record(sysmon, path):
    """Has sysmon write what its logs hold, after some work."""
    process = subprocess.Popen(
        [sysmon, "--plain", "--seconds", "60", "--lines", "-", "--record", path]
        + ["--retain", str(1000 * SHOWN_SECONDS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )

    def announce(text, role, *arguments):
        process.stdin.write(f"> {text}\n")
        process.stdin.flush()
        worker = multiprocessing.Process(target=role, args=arguments)
        worker.start()
        return worker

    time.sleep(3)
    workers = [announce("work for one core", work, 1.5)]
    time.sleep(2.5)
    workers.append(announce("400 MB taken", take, 400, 1.5))
    time.sleep(2.5)
    workers += [announce("work for two cores", work, 1.2), multiprocessing.Process(target=work, args=(1.2,))]
    workers[-1].start()
    time.sleep(2)
    process.send_signal(signal.SIGUSR2)
    line = process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    process.stdin.close()
    if line != f"sysmon: recorded into {path}\n" or process.wait(timeout=60) != 0:
        sys.exit(f"sysmon did not record: {line}{process.stderr.read()}")
    for worker in workers:
        worker.join()


def read(path):
    """The readings, decoded, and the lines that were announced, each with its time in nanoseconds."""
    readings, lines = [], []
    with path.open("rb") as file:
        for decoded in make_reader(file, decoder_factories=[DecoderFactory()]).iter_decoded_messages(topics=["/readings"]):
            readings.append(decoded.decoded_message)
    with path.open("rb") as file:
        for _, _, message in make_reader(file).iter_messages(topics=["/events"]):
            text = message.data[struct.calcsize("QQQ") :].decode()
            if text.startswith("> "):
                lines.append((message.log_time, text[2:]))
    return readings, lines


def draw(readings, lines, path):
    end = max(reading.made_ns for reading in readings)

    def seconds(time_ns):
        return (time_ns - end) / 1e9

    def of(subject, value, core=None):
        found = [r for r in readings if r.subject == subject and (core is None or r.core == core)]
        return [seconds(r.made_ns) for r in found], [value(r) for r in found]

    plt.rcParams.update({"font.size": 10, "axes.edgecolor": FAINT, "text.color": INK, "axes.labelcolor": INK})
    plt.rcParams.update({"xtick.color": INK, "ytick.color": INK, "axes.titlecolor": INK})
    figure, axes = plt.subplots(3, 1, figsize=(9.6, 6.4), sharex=True, height_ratios=[1.1, 0.8, 1.1])
    busy, memory, late = axes

    for index, core in enumerate(sorted({r.core for r in readings if r.subject == ONE_CORE})[: len(CORE_COLOURS)]):
        times, values = of(ONE_CORE, lambda r: r.values[0], core)
        busy.fill_between(times, values, color=CORE_COLOURS[index], alpha=0.12, linewidth=0)
        busy.plot(times, values, color=CORE_COLOURS[index], linewidth=1.6, label=f"cpu{core}")
    busy.set(ylim=(0, 105), title="busy, in percent of the last 100 ms", yticks=[0, 50, 100])
    busy.legend(loc="lower right", bbox_to_anchor=(1.01, 0.96), frameon=False, ncols=4, handlelength=1.2)

    times, values = of(MEMORY, lambda r: r.values[1] / 1024)
    memory.plot(times, values, color=CORE_COLOURS[0], linewidth=1.6)
    memory.set(title="memory available, MB")
    low, high = min(values), max(values)
    memory.set_ylim(low - 0.15 * (high - low), high + 0.25 * (high - low))

    periods = [r for r in readings if r.part == 0]
    delays = [max((r.made_ns - r.due_ns) / 1e3, 1) for r in periods]
    late.scatter([seconds(r.made_ns) for r in periods], delays, s=2.5, color=CORE_COLOURS[0], alpha=0.45, linewidths=0)
    late.set(yscale="log", title=f"how late each of the {len(periods):,} periods began, µs")
    late.set_xlabel("seconds before the signal")

    for axis in axes:
        axis.set_title(axis.get_title(), loc="left", fontsize=10.5, pad=5)
        axis.title.set_text("")
        axis.grid(axis="y", color=FAINT, linewidth=0.7)
        axis.set_axisbelow(True)
        axis.tick_params(length=0)
        for side in ("top", "right", "left"):
            axis.spines[side].set_visible(False)
        axis.set_xlim(min(seconds(r.made_ns) for r in readings), 0)
        for time_ns, _ in lines:
            axis.axvline(seconds(time_ns), color=MARK, linewidth=0.9, linestyle=(0, (4, 3)))
    for time_ns, text in lines:
        busy.text(
            seconds(time_ns), 1.17, text, transform=busy.get_xaxis_transform(), color=MARK, ha="center", va="bottom"
        )
    figure.suptitle(
        f"{len(readings):,} readings of sysmon and its events, as kill -USR2 found them in two logs",
        x=0.012, ha="left", fontsize=12, fontweight="bold",
    )
    figure.align_ylabels(axes)
    figure.tight_layout(h_pad=1.2)
    figure.savefig(path, dpi=130)


def main():
    sysmon, recording, picture = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    record(sysmon, recording)
    readings, lines = read(recording)
    draw(readings, lines, picture)
    print(f"{picture}: {len(readings)} readings and {len(lines)} announcements of {recording}")


if __name__ == "__main__":
    main()
