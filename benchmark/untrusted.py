"""Words that a model or a file said: kept, shown, and never interpreted by whatever shows them.

Escaping for a format (HTML, LaTeX, Markdown, CSV) is that format's own business and comes after this: here goes only
what no format may show, control characters, ANSI escapes and bidirectional overrides, and what nobody reads, length.
"""

from __future__ import annotations

LIMIT = 4000
"""Characters of a model's text that a page shows; the score file keeps all of them."""


def shown(text: str, limit: int = LIMIT) -> str:
    """Text with line feeds and tabs, every other character that does not print marked as U+FFFD, and at most `limit`
    characters of it: what was cut is said in square brackets."""
    rest = len(text) - limit
    head = text[:limit] if rest > 0 else text
    clean = "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in head.replace("\r\n", "\n"))
    return f"{clean} [... {rest:,} more characters in the score file]" if rest > 0 else clean


def one_line(text: str, limit: int = LIMIT) -> str:
    """The same on one line, white space joined: for screens and cells."""
    return " ".join(shown(text, limit).split())


def printable(text: str) -> str:
    """Text without control, escape, bidirectional or unassigned characters: each becomes U+FFFD."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
