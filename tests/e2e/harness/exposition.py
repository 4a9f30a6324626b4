# SPDX-License-Identifier: Apache-2.0
"""A strict reader of the Prometheus text format, version 0.0.4."""

import re

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
LABEL = re.compile(rf'({NAME})="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}
ESCAPES = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}


class Family:
    def __init__(self, name, kind):
        self.name = name
        self.kind = kind
        self.samples = {}  # (name of the sample, frozenset of labels) -> value

    def value(self, suffix="", **labels):
        return self.samples.get((self.name + suffix, frozenset(labels.items())))

    def total(self):
        return sum(self.samples.values())


def parse_labels(text):
    labels, at = {}, 0
    while at < len(text):
        found = LABEL.match(text, at)
        assert found, f"labels {text!r} at {at}"
        assert found[1] not in labels, f"label {found[1]} twice"
        labels[found[1]] = re.sub(r"\\.", lambda escape: ESCAPES[escape[0]], found[2])
        at = found.end()
    return frozenset(labels.items())


def parse(text):
    """name -> Family, in their order. Whatever is not as it must be is an AssertionError."""
    assert text.endswith("\n")
    families, helped, current = {}, set(), None
    for line in text.splitlines():
        words = line.split(" ", 3)
        if words[:2] == ["#", "HELP"]:
            assert words[2] not in helped and words[3], line
            helped.add(words[2])
        elif words[:2] == ["#", "TYPE"]:
            assert words[2] not in families and words[2] in helped, line
            current = families[words[2]] = Family(words[2], words[3])
        else:
            found = SAMPLE.fullmatch(line)
            assert found and current, line
            assert found[1] in [current.name + suffix for suffix in SUFFIXES[current.kind]], line
            key = (found[1], parse_labels(found[2] or ""))
            assert key not in current.samples, f"{line} twice"
            current.samples[key] = float(found[3])
    for family in families.values():
        check_histogram(family)
    return families


def check_histogram(family):
    if family.kind != "histogram":
        return
    buckets = sorted((float(dict(labels)["le"]), value) for (name, labels), value in family.samples.items()
                     if name.endswith("_bucket"))
    counts = [count for _, count in buckets]
    assert counts == sorted(counts) and buckets[-1][0] == float("inf"), buckets
    assert counts[-1] == family.value("_count"), family.samples
