# SPDX-License-Identifier: Apache-2.0
"""docs/configuration.md as data. A test of the agent holds that page to the table of settings in the program, so what is
made of the page here is as true as the program."""

import re
from dataclasses import dataclass, field

ROW = re.compile(r"^\| (`.*) \|$")


@dataclass
class Setting:
    names: list
    default: str
    allowed: str
    is_live: bool
    help: str


@dataclass
class Section:
    title: str
    settings: list = field(default_factory=list)
    # The other blocks in their order: ("text", line), ("item", line), ("code", lines)
    blocks: list = field(default_factory=list)


def read_row(text):
    names, default, allowed, live, help_text = (cell.strip() for cell in re.split(r"(?<!\\)\|", text))
    return Setting([n.strip(" `") for n in names.split(",")], default, allowed, live == "yes", help_text.replace("\\", ""))


def read_sections(path):
    """The page's introduction (a section with title "") and its sections."""
    sections = [Section("")]
    code = None
    with open(path, encoding="utf-8") as file:
        for line in file.read().splitlines():
            section = sections[-1]
            if line.startswith("```"):
                if code is not None:
                    section.blocks.append(("code", code))
                code = [] if code is None else None
            elif code is not None:
                code.append(line)
            elif line.startswith("## "):
                sections.append(Section(line[3:]))
            elif found := ROW.match(line):
                section.settings.append(read_row(found[1]))
            elif not line.startswith(("|", "# ")):
                add_text(section.blocks, line)
    return sections


def add_text(blocks, line):
    """Lines of one paragraph or list item are joined; an empty line ends it."""
    if not line.strip():
        blocks.append(("end", ""))
    elif re.match(r"(- |\d+\. )", line):
        blocks.append(("item", re.sub(r"^(- |\d+\. )", "", line)))
    elif blocks and blocks[-1][0] in ("text", "item"):
        blocks[-1] = (blocks[-1][0], blocks[-1][1] + " " + line.strip())
    else:
        blocks.append(("text", line.strip()))
