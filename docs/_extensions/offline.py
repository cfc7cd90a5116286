"""The site works without a network: a page that loads a script or a picture from elsewhere is an error."""

import re
from pathlib import Path

from sphinx.errors import ExtensionError

ELSEWHERE = re.compile(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=[\"'](?:https?:)?//[^\"']+")


def loads_from_elsewhere(page: str) -> list[str]:
    """What an HTML page loads from other hosts; links that a reader may follow do not count."""
    return ELSEWHERE.findall(page)


def _check(app, exception):
    if exception is None and app.builder.format == "html":
        for path in sorted(Path(app.outdir).rglob("*.html")):
            if found := loads_from_elsewhere(path.read_text()):
                raise ExtensionError(f"{path} loads from elsewhere: {found}")


def setup(app):
    app.connect("build-finished", _check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
