#!/usr/bin/python3
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute what archives cost to label, from a measurement on this machine.

size-cluster.py COMMAND DOCUMENT RECORDING...

COMMAND is timbrel.  The recordings, of one rate and kind, are cut and joined by
sox into notes of 3 seconds and tracks of 4 minutes.  What stands in DOCUMENT
between <!-- NAME --> and <!-- end --> is replaced.
"""

import os
import re
import resource
import subprocess
import sys
import tempfile

KINDS = {"notes of 3 s": (3, 1200), "tracks of 4 minutes": (240, 15)}  # And how many
N_REPEATS = 5
ARCHIVES = {1_000: "1,000", 1_000_000: "1 million", 100_000_000: "100 million"}
STORES = {
    "a disk, or a network of 1 Gbit/s": 100e6,
    "an SSD, or a network of 10 Gbit/s": 1e9,
    "a parallel file system": 10e9,
}
CLUSTER_CORES = 256


def make_recordings(folder, seconds, count, sources):
    """As many recordings of a length as there are sources, under several names."""
    os.makedirs(folder)
    for i in range(count):
        path = os.path.join(folder, f"{i}.flac")
        if i >= len(sources):
            os.link(os.path.join(folder, f"{i % len(sources)}.flac"), path)
            continue
        parts = sources[i:] + sources[:i]
        subprocess.run(["sox", *parts * (seconds // 40 + 1), path, "trim", "0", str(seconds)], check=True)


def measure(command, folder, rows):
    """The least processor time of a few runs, and the bytes that came of it."""
    times = []
    for _ in range(N_REPEATS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with open(rows, "wb") as out:
            subprocess.run(
                [command, "label", "--jobs", "1", "--quiet", "--format", "jsonl", folder], stdout=out, check=True
            )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return min(times), os.path.getsize(rows)


class Kind:
    """What one recording of a kind takes."""

    def __init__(self, command, name, sources, scratch):
        seconds, count = KINDS[name]
        folder = os.path.join(scratch, name)
        make_recordings(folder, seconds, count, sources)
        core_seconds, n_written = measure(command, folder, os.path.join(scratch, "rows"))
        self.name = name
        self.seconds = seconds
        self.core_seconds = core_seconds / count
        self.n_read = sum(os.path.getsize(os.path.join(folder, file)) for file in os.listdir(folder)) / count
        self.n_written = n_written / count

    def cores_fed(self, bytes_per_second):
        return bytes_per_second / (self.n_read / self.core_seconds)


def bytes_in_words(n):
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if n >= 0.95 * size:
            return f"{n / size:,.0f} {unit}" if n >= 9.5 * size else f"{n / size:.1f} {unit}"
    return f"{n / 1e3:.1f} kB"


def hours_in_words(hours):
    if hours < 1 / 3600:
        return "< 1 s"
    if hours < 1 / 60:
        return f"{hours * 3600:,.0f} s"
    if hours < 1:
        return f"{hours * 60:,.0f} min"
    return f"{hours:,.1f} h" if hours < 10 else f"{hours:,.0f} h"


def table(*rows):
    rows = [[str(cell) for cell in row] for row in rows]
    rows.insert(1, ["---"] * len(rows[0]))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def processor():
    with open("/proc/cpuinfo") as file:
        return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))


def measured(kinds):
    return f"Measured on one core of an {processor()}, with the recordings in memory:\n\n" + table(
        ["", *(kind.name for kind in kinds)],
        ["× real time", *(f"{kind.seconds / kind.core_seconds:,.0f}" for kind in kinds)],
        ["recordings an hour", *(f"{3600 / kind.core_seconds:,.0f}" for kind in kinds)],
        ["bytes of a recording", *(bytes_in_words(kind.n_read) for kind in kinds)],
        ["read a second", *(bytes_in_words(kind.n_read / kind.core_seconds) for kind in kinds)],
        ["written for each, JSON lines", *(bytes_in_words(kind.n_written) for kind in kinds)],
    )


def costs(kinds):
    rows = [["recordings", "sound", "core-hours", f"on {CLUSTER_CORES} cores", "read", "written"]]
    for kind in kinds:
        for count, words in ARCHIVES.items():
            core_hours = count * kind.core_seconds / 3600
            rows.append(
                [
                    f"{words} {kind.name}",
                    f"{count * kind.seconds / 3600:,.0f} h",
                    f"{core_hours:.2g}" if core_hours < 10 else f"{core_hours:,.0f}",
                    hours_in_words(core_hours / CLUSTER_CORES),
                    bytes_in_words(count * kind.n_read),
                    bytes_in_words(count * kind.n_written),
                ]
            )
    return table(*rows)


def limits(kinds):
    count, words = list(ARCHIVES.items())[1]
    rows = [
        [
            "storage",
            "reads",
            *(f"cores that it feeds, {kind.name}" for kind in kinds),
            *(f"least time for {words} {kind.name}" for kind in kinds),
        ]
    ]
    for store, rate in STORES.items():
        rows.append(
            [
                store,
                f"{bytes_in_words(rate)}/s",
                *(f"{kind.cores_fed(rate):,.0f}" for kind in kinds),
                *(hours_in_words(count * kind.n_read / rate / 3600) for kind in kinds),
            ]
        )
    return table(*rows)


def main():
    command, document, *sources = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        kinds = [Kind(command, name, sources, scratch) for name in KINDS]
    with open(document) as file:
        text = file.read()
    for name, part in (("measured", measured), ("costs", costs), ("limits", limits)):
        place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.S)
        if not place.search(text):
            sys.exit(f"{document} has no place for {name}")
        text = place.sub(lambda found, new=part(kinds): f"{found[1]}{new}\n{found[2]}", text)
    with open(document, "w") as file:
        file.write(text)


main()
