"""Docstrings as they are read in an editor: indented equations are literal, and |x| is an absolute value."""

import re

#: Parts of a line that are literal text already.
LITERAL = re.compile(r"(``.*?``)")

#: Ends a paragraph after which an indented one is no equation: headings, directives, lists, what ends in ::.
NO_PARAGRAPH = re.compile(r"[A-Z][a-z]+:|\s.*|\.\..*|[-*] .*|.*::")


def prepared(lines: list[str]) -> list[str]:
    """A docstring as reStructuredText."""
    out: list[str] = []
    literal, before = False, ""
    for line in lines:
        indented = line.startswith("    ")
        if literal and (indented or not line.strip()):
            out.append(line)
            continue
        opens = indented and out and not out[-1].strip() and before and not NO_PARAGRAPH.fullmatch(before)
        literal = bool(opens) or (indented and before.endswith("::"))
        if opens:
            out += ["::", ""]
        if literal:
            out.append(line)
        else:
            parts = LITERAL.split(line)
            out.append("".join(p if p.startswith("``") else p.replace("|", "\\|") for p in parts))
            before = line.rstrip() or before
    return out


#: Stands for the colons of a constant's description while napoleon looks for a type before them.
COLON = "\ue000"


def _before_napoleon(app, what, name, obj, options, lines):
    lines[:] = prepared(lines)
    if what in ("data", "attribute"):
        lines[:] = [line.replace(": ", f"{COLON} ") for line in lines]


def _after_napoleon(app, what, name, obj, options, lines):
    lines[:] = [line.replace(COLON, ":") for line in lines]


def _skip(app, what, name, obj, skip, options):
    """Fields of named tuples stand in the docstring of their class."""
    return True if (getattr(obj, "__doc__", None) or "").startswith("Alias for field number") else None


def setup(app):
    # napoleon has priority 500, and would take an indented line for part of a section
    app.connect("autodoc-process-docstring", _before_napoleon, priority=400)
    app.connect("autodoc-process-docstring", _after_napoleon, priority=600)
    app.connect("autodoc-skip-member", _skip)
    return {"parallel_read_safe": True}
