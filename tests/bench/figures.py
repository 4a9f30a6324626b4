# SPDX-License-Identifier: Apache-2.0
"""What a row of the benchmark yields, and how it is told."""

import dataclasses
import statistics


@dataclasses.dataclass
class Target:
    """A bound on the figure itself, on its ratio to the baseline, or on what it exceeds the baseline by."""
    bound: float
    at_least: bool = False
    of: str = "value"  # or "ratio", "excess"

    def __str__(self):
        relation = ">=" if self.at_least else "<="
        return {"value": f"{relation} {self.bound:g}", "ratio": f"{relation} {self.bound:.0%} of it",
                "excess": f"{relation} +{self.bound:g}"}[self.of]


@dataclasses.dataclass
class Figure:
    what: str
    unit: str
    value: float
    target: Target | None = None
    baseline: float | None = None
    baseline_name: str = ""
    samples: list = dataclasses.field(default_factory=list)
    row: str = ""

    def ratio(self):
        return self.value / self.baseline if self.baseline else None

    def is_met(self):
        if self.target is None:
            return None
        judged = {"value": self.value, "ratio": self.ratio(),
                  "excess": self.value - (self.baseline or 0)}[self.target.of]
        return judged >= self.target.bound if self.target.at_least else judged <= self.target.bound

    def to_json(self):
        return {"row": self.row, "what": self.what, "unit": self.unit, "value": rounded(self.value),
                "baseline": self.baseline_name, "baseline_value": rounded(self.baseline), "ratio": rounded(self.ratio()),
                "target": str(self.target or ""), "met": self.is_met(), "samples": [rounded(s) for s in self.samples]}


def rounded(number):
    """Four digits say all that a measurement can."""
    return None if number is None else float(f"{number:.4g}")


def median(what, unit, samples, target=None, baseline=None, baseline_name=""):
    """A figure from several measurements, and from as many of its baseline."""
    return Figure(what, unit, statistics.median(samples), target,
                  statistics.median(baseline) if baseline else None, baseline_name, list(samples))


def format_table(figures):
    head = ["row", "figure", "value", "baseline", "ratio", "target", "met"]
    lines = [head]
    for f in figures:
        baseline = f"{rounded(f.baseline):g} {f.baseline_name}" if f.baseline is not None else ""
        ratio = f"{f.ratio():.2f}" if f.baseline else ""
        met = {None: "", True: "yes", False: "NO"}[f.is_met()]
        lines.append([f.row, f.what, f"{rounded(f.value):g} {f.unit}", baseline, ratio, str(f.target or ""), met])
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)
