# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what a file of labels says as JSON: read_labels.py FORMAT FILE

With the readers that other programs would use, so that what Timbrel writes is
what they take.
"""

import csv
import json
import sys

import jsonschema
import mido

NUMBER = {"type": "number", "minimum": 0}
TEXT = {"type": "string"}


def only(properties, *optional):
    """An object with these keys, and perhaps the optional ones of them."""
    return {
        "type": "object",
        "properties": properties,
        "required": [key for key in properties if key not in optional],
        "additionalProperties": False,
    }


# From the documentation of JAMS 0.3, and stricter: its Python classes refuse
# keys that they don't know.
ANNOTATION = only(
    {
        "namespace": {"enum": ["tag_open", "segment_open"]},
        "data": {
            "type": "array",
            "items": only(
                {
                    "time": NUMBER,
                    "duration": NUMBER,
                    "value": TEXT,
                    "confidence": {**NUMBER, "maximum": 1},
                }
            ),
        },
        "annotation_metadata": only(
            {
                "curator": only({"name": TEXT, "email": TEXT}),
                "version": {"type": ["string", "number"]},
                "corpus": TEXT,
                "annotator": {"type": "object"},
                "annotation_tools": TEXT,
                "annotation_rules": TEXT,
                "validation": TEXT,
                "data_source": TEXT,
            },
            *("curator", "version", "corpus", "annotator"),
            *("annotation_rules", "validation"),
        ),
        "time": NUMBER,
        "duration": NUMBER,
        "sandbox": {"type": "object"},
    }
)
JAMS = only(
    {
        "file_metadata": only(
            {
                "jams_version": {**TEXT, "pattern": r"^0\.3\.[0-9]+$"},
                "title": TEXT,
                "artist": TEXT,
                "release": TEXT,
                "duration": NUMBER,
                "identifiers": {"type": "object"},
            },
            *("title", "artist", "release"),
        ),
        "annotations": {"type": "array", "items": ANNOTATION},
        "sandbox": {"type": "object"},
    }
)


def no_constant(name):
    raise ValueError(name + " is not JSON")


def read_jsonl(file):
    return [json.loads(line, parse_constant=no_constant) for line in file]


def read_csv(file):
    return list(csv.DictReader(file, strict=True))


def read_intervals(separator):
    def read(file):
        rows = []
        for line in file.read().decode().splitlines():
            start, end, label = line.split(separator)
            rows.append([float(start), float(end), label])
        return rows

    return read


def read_jams(file):
    jams = json.load(file, parse_constant=no_constant)
    jsonschema.validate(jams, JAMS)
    return jams


def read_midi(file):
    """The events but the last, each with its time in seconds."""
    midi = mido.MidiFile(file=file)
    (track,) = midi.tracks
    events = []
    ticks = 0
    for message in track:
        ticks += message.time
        entry = {"s": mido.tick2second(ticks, midi.ticks_per_beat, 500000)}
        entry.update(message.dict())
        del entry["time"]
        for key, value in entry.items():
            if key in ("text", "name"):
                entry[key] = value.encode("latin-1").decode("utf-8", "replace")
        events.append(entry)
    assert events[-1]["type"] == "end_of_track"
    return events


READERS = {
    "jsonl": ("rb", read_jsonl),
    "csv": ("r", read_csv),
    "audacity": ("rb", read_intervals("\t")),
    "lab": ("rb", read_intervals(None)),
    "jams": ("rb", read_jams),
    "midi": ("rb", read_midi),
}


def main():
    _, name, path = sys.argv
    mode, read = READERS[name]
    text = {"newline": "", "encoding": "utf-8", "errors": "backslashreplace"}
    with open(path, mode, **(text if mode == "r" else {})) as file:
        print(json.dumps(read(file)))


main()
