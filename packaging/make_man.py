#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes lookout.conf(5): make_man.py docs/configuration.md VERSION > lookout.conf.5"""

import re
import sys

from settings_doc import read_sections

HEAD = """\
.\\" SPDX-License-Identifier: Apache-2.0
.TH LOOKOUT.CONF 5 "" "Lookout {version}" "Lookout"
.SH NAME
lookout.conf \\- settings of the Lookout agent
.SH SYNOPSIS
.I /etc/lookout/lookout.conf
.SH DESCRIPTION
"""
FILES = """\
.SH FILES
.TP
.I /etc/lookout/lookout.conf
The configuration file.
.TP
.I /etc/lookout/credentials/
Secrets for the service; only root can read it.
.TP
.I /var/lib/lookout/
What must survive a restart.
.SH SEE ALSO
.BR lookout (1)
"""


def escape(text):
    text = text.replace("\\*", "*").replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text)


def inline(text):
    """Markdown's `code`, **strong** and [links](to) in roff."""
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
    parts = re.split(r"(`[^`]*`|\*\*[^*]+\*\*)", text)
    marked = [f"\\fB{escape(p.strip('`*'))}\\fR" if p[:1] == "`" or p[:2] == "**" else escape(p) for p in parts]
    return "".join(marked)


def setting_text(setting):
    names = ", ".join(f"\\fB{escape(name)}\\fR" for name in setting.names)
    facts = [f"Allowed: {inline(setting.allowed)}."]
    if setting.default:
        facts.append(f"Default: {inline(setting.default)}.")
    if setting.is_live:
        facts.append("A SIGHUP changes it in a running agent.")
    return f".TP\n{names}\n{inline(setting.help)}\n" + "\n".join(facts) + "\n"


def block_text(kind, content):
    if kind == "code":
        return ".PP\n.RS 4\n.nf\n" + "".join(escape(line) + "\n" for line in content) + ".fi\n.RE\n"
    if kind == "item":
        return f".IP \\(bu 2\n{inline(content)}\n"
    return f".PP\n{inline(content)}\n" if kind == "text" else ""


def section_text(section):
    title = f".SH {escape(section.title.upper())}\n" if section.title else ""
    blocks = "".join(block_text(*block) for block in section.blocks)
    return title + "".join(setting_text(s) for s in section.settings) + blocks


def main():
    sections = read_sections(sys.argv[1])
    print(HEAD.format(version=sys.argv[2]) + "".join(section_text(s) for s in sections) + FILES, end="")


main()
