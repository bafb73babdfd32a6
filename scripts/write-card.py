#!/usr/bin/python3
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the factory model's measurements into its card.

write-card.py CARD MANIFEST MODEL=EVALUATION...

MANIFEST is the corpus's, to count sources.  MODEL and EVALUATION, from timbrel
evaluate --json, belong together; the first is the model that ships, the others
are the same with other seeds.  What stands in CARD between <!-- NAME --> and
<!-- end --> is replaced.
"""

import csv
import json
import re
import struct
import sys

FOLDS = {0: "fold 0: Philharmonia", 1: "fold 1: University of Iowa", 6: "the four soundfonts"}
RECORDED_FOLDS = range(6)
FEW = 3  # Sources below which a class is marked
SOUNDS = {
    "fluidr3": "FluidR3's synthesisers, effects, rain and applause",
    "recorded_speech": "recorded speech",
    "synthesised_speech": "synthesised speech",
    "several": "three instruments at once",
}


def read_accuracy(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        metadata = json.loads(file.read(length))["__metadata__"]
    return json.loads(metadata["timbrel.accuracy"])


def count_sources(path):
    sources = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            if not row["licence"].startswith("UNCLEAR") and "-NC-" not in row["licence"]:
                sources.setdefault(row["class"], set()).add(row["source"])
    return {name: len(of_class) for name, of_class in sources.items()}


def table(*rows):
    rows = [[str(cell) for cell in row] for row in rows]
    rows.insert(1, ["---"] * len(rows[0]))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def spread(values):
    """The mean over seeds, and how far they are apart."""
    mean = sum(values) / len(values)
    return f"{mean:.3f} ({min(values):.3f} to {max(values):.3f})" if len(values) > 1 else f"{mean:.3f}"


def at_age(scores, ms):
    return next(age for age in scores["by_age"] if age["ms"] == ms)


def mean_of_folds(accuracy, key):
    folds = [f for f in accuracy["sources"]["by_fold"] if f["fold"] in RECORDED_FOLDS]
    return sum(fold[key] for fold in folds) / len(folds)


def write_right(seeds):
    def row(name, parts, notes):
        return [name] + [
            spread(values)
            for values in (
                [part[notes] for part in parts],
                [part["cells_accuracy"] for part in parts],
                [part["cells_family"] for part in parts],
                [at_age(part, 100)["cells_accuracy"] for part in parts],
            )
        ]

    def split(name):
        return [accuracy[name] for accuracy, _ in seeds if name in accuracy]

    return table(
        ["never heard", "notes right", "cells right", "by family", "cells right at 100 ms"],
        row("segments, split at random", split("segments"), "notes_accuracy"),
        row("recordings, kept whole", split("recordings"), "notes_accuracy"),
        row("sources, left out in turn, all counted together", split("sources"), "notes_accuracy"),
        row("FluidR3, a soundfont that anyone has", [e["parts"]["all"] for _, e in seeds], "accuracy"),
    )


def write_folds(seeds):
    rows = []
    for i, fold in enumerate(seeds[0][0]["sources"]["by_fold"]):
        same = [accuracy["sources"]["by_fold"][i] for accuracy, _ in seeds]
        rows.append([
            FOLDS.get(fold["fold"], f"fold {fold['fold']}"),
            fold["cells"],
            spread([one["cells_accuracy"] for one in same]),
            spread([one["cells_family"] for one in same]),
        ])
    rows.append([
        "**mean of folds 0 to 5**",
        "",
        spread([mean_of_folds(accuracy, "cells_accuracy") for accuracy, _ in seeds]),
        spread([mean_of_folds(accuracy, "cells_family") for accuracy, _ in seeds]),
    ])
    return table(["left out", "cells", "right", "by family"], *rows)


def write_ages(seeds):
    def row(name, parts):
        return [name] + [spread([part["by_age"][i]["cells_accuracy"] for part in parts]) for i in range(len(ages))]

    ages = seeds[0][0]["sources"]["by_age"]
    return table(
        [""] + [f"{age['ms']} ms" for age in ages],
        row("sources left out", [accuracy["sources"] for accuracy, _ in seeds]),
        row("FluidR3", [evaluation["parts"]["all"] for _, evaluation in seeds]),
    )


def write_confidence(seeds):
    def row(name, parts):
        precise = parts[0]["precise"]
        return [
            name,
            spread([part["expected_calibration_error"] for part in parts]),
            f"{precise['threshold']:.2f}, {100 * precise['coverage']:.0f} %",
        ]

    return table(
        ["", "expected calibration error", "from where on nine of ten names are right, and how many notes those are"],
        row("sources left out", [accuracy["sources"] for accuracy, _ in seeds]),
        row("FluidR3", [evaluation["parts"]["all"] for _, evaluation in seeds]),
    )


def write_coverage(seeds):
    unheard = seeds[0][1]["parts"]["all"]
    rows = [(f"{100 * c['coverage']:.0f} %", c) for c in unheard["coverage"]]
    rows.append((f"{100 * unheard['named']['coverage']:.0f} %, the default", unheard["named"]))
    return table(
        ["named, of FluidR3's notes", "from a confidence of", "right"],
        *([name, f"{c['threshold']:.2f}", f"{c['accuracy']:.3f}"] for name, c in rows),
    )


def write_unknown(seeds):
    outsiders = [evaluation["parts"]["all"]["outsiders"] for _, evaluation in seeds]
    rows = []
    for name, text in SOUNDS.items():
        same = [next(s for s in o["by_source"] if s["name"] == name) for o in outsiders]
        rows.append([text, spread([s["unknown"] for s in same]), same[0]["notes"]])
    rows.append(["all", spread([o["unknown"] for o in outsiders]), outsiders[0]["notes"]])
    return table(["sound", "unknown", "notes"], *rows)


def write_phrases(seeds):
    phrases = [evaluation["phrases"] for _, evaluation in seeds]
    texts = {
        "label": "the track's name is right at the end",
        "unknown": "it has no name at the end",
        "time": "it is right, of the time from the second note on",
        "found": "notes found within 50 ms",
    }
    return table(
        ["phrases", "share"],
        *([text, spread([p[key] for p in phrases])] for key, text in texts.items()),
    )


def write_classes(seeds, sources):
    rows = []
    for i, one in enumerate(seeds[0][1]["parts"]["all"]["by_class"]):
        same = [evaluation["parts"]["all"]["by_class"][i] for _, evaluation in seeds]
        n = sources.get(one["name"], 0)
        rows.append([
            one["name"],
            f"{n} **few**" if n < FEW else n,
            spread([s["recall"] or 0.0 for s in same]),
            spread([s["precision"] or 0.0 for s in same]),
        ])
    return table(["class", "sources", "FluidR3: recall", "precision"], *rows)


def write_confusion(seeds):
    part = seeds[0][1]["parts"]["all"]
    names = [one["name"] for one in part["by_class"]]
    head = " " * 20 + "".join(f"{i + 1:4d}" for i in range(len(names)))
    lines = [
        f"{i + 1:2d} {names[i]:17s}" + "".join(f"{n:4d}" if n else "   ." for n in row[: len(names)])
        for i, row in enumerate(part["confusion"])
    ]
    return "\n".join(["```text", head, *lines, "```"])


card, manifest, *pairs = sys.argv[1:]
measured = []
for pair in pairs:
    model, evaluation = pair.split("=")
    with open(evaluation) as file:
        measured.append((read_accuracy(model), json.load(file)))
parts = {
    "right": write_right(measured),
    "folds": write_folds(measured),
    "ages": write_ages(measured),
    "confidence": write_confidence(measured),
    "coverage": write_coverage(measured),
    "unknown": write_unknown(measured),
    "phrases": write_phrases(measured),
    "classes": write_classes(measured, count_sources(manifest)),
    "confusion": write_confusion(measured),
}
with open(card) as file:
    text = file.read()
for name, part in parts.items():
    place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.S)
    if len(place.findall(text)) != 1:
        sys.exit(f"{card}: there is not one place for {name}")
    text = place.sub(lambda found, part=part: f"{found[1]}\n{part}\n\n{found[2]}", text)
with open(card, "w") as file:
    file.write(text)
