"""Links between the texts of the repository lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Folders that the build of the site fills; it stops at a link into them that leads nowhere.
BUILT = {"_build", "executed", "generated"}

TEXTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *(
        path
        for path in sorted((ROOT / "docs").rglob("*.md"))
        if not BUILT & set(path.relative_to(ROOT).parts)
    ),
]

#: [text](target) and ![text](target), the target without spaces.
LINK = re.compile(r"\]\(<?([^)\s>]+)>?\)")


def anchors(path: Path) -> set[str]:
    """The names that GitHub and the documents' site give to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(path: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)  # code is no text
    dead = []
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        if BUILT & set(Path(name).parts):
            continue
        target = (path.parent / name) if name else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    return dead


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(path):
    assert dead_links(path) == []


def test_a_dead_link_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# One heading\n[a](page.md) [b](#one-heading) [c](gone.md) [d](#gone) [e](https://x.org)\n"
    )
    assert dead_links(page) == ["gone.md", "#gone"]


def test_the_texts_are_among_those_that_are_checked():
    names = {str(path.relative_to(ROOT)) for path in TEXTS}
    assert {"README.md", "docs/explanation/thermal_response.md", "docs/howto/cluster.md"} <= names
