#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the commented lookout.conf that packages install: make_conf.py docs/configuration.md > lookout.conf"""

import sys
import textwrap

from settings_doc import read_sections

HEAD = """\
# Configuration of Lookout, read by the agent at its start. Every line here is a comment: these are the defaults.
# Remove the '#' before a setting to change it. See lookout.conf(5); `{check}` says what is wrong.
#
# Secrets do better in files that only root can read, in /etc/lookout/credentials: private-key (edge mode), token or
# token-hash (standard mode). The service finds them there without a setting.
"""
CHECK = "/usr/libexec/lookout/check-service"


def comment(text):
    plain = text.replace("`", "")
    return "\n".join(textwrap.wrap(plain, 116, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False))


def describe(setting):
    default = setting.default.strip("`")
    is_literal = setting.default.startswith("`")
    note = "" if is_literal or not default else f" Default: {default}."
    return f"{comment(setting.help + note)}\n#{setting.names[0]} = {default if is_literal else ''}".rstrip() + "\n"


def main():
    parts = [HEAD.format(check=CHECK)]
    for section in read_sections(sys.argv[1]):
        if not section.settings:
            continue
        parts.append(f"\n### {section.title} ###\n")
        parts.extend("\n" + describe(setting) for setting in section.settings)
    print("".join(parts), end="")


main()
