# SPDX-License-Identifier: Apache-2.0
"""What callgrind has written, summed by object and function. (callgrind_annotate takes functions without a name for
one, in whatever library they are.)"""

import collections
import re

NAME = re.compile(r"(c?ob|c?fn)=\((\d+)\)(?: (.*))?")


def self_costs(path):
    """{(object, function): instructions of its own}"""
    names, costs = {}, collections.Counter()
    where = {"ob": "", "fn": ""}
    is_call = False
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            line = line.rstrip("\n")
            if found := NAME.match(line):
                kind, number, name = found.groups()
                key = (kind[-2:], number)
                if name is not None:
                    names[key] = name
                if kind in where:
                    where[kind] = names[key]
            elif line.startswith("calls="):
                is_call = True  # the next line is what the callee cost
            elif line[:1] in "0123456789+-*" and line:
                if not is_call:
                    costs[where["ob"], where["fn"]] += int(line.split()[1])
                is_call = False
    return costs


def shorten(function):
    """Without template arguments and parameters."""
    while (shorter := re.sub(r"<[^<>]*>", "", function)) != function:
        function = shorter
    return function.split("(")[0] if not function.startswith("(") else function


def format_profile(path, count=25):
    costs = self_costs(path)
    total = sum(costs.values())
    objects = collections.Counter()
    for (ob, _), cost in costs.items():
        objects[ob.split("/")[-1]] += cost
    lines = [f"{total} instructions"]
    lines += [f"{cost / total:7.1%}  {ob}" for ob, cost in objects.most_common(8)] + [""]
    for (ob, function), cost in costs.most_common(count):
        lines.append(f"{cost / total:7.1%}  {ob.split('/')[-1]:<24} {shorten(function)}")
    return "\n".join(lines)
