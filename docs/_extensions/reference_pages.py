"""Pages of the reference, written from the declarations in the code before Sphinx reads its sources."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

import thermalcg
from thermalcg.config.messages import allowed, subsection
from thermalcg.config.study import Config
from thermalcg.storage.declared import DATASETS, OTHER_FILES, Dataset
from thermalcg.storage.declared.kinds import PLACEHOLDERS
from thermalcg.storage.declared.shared import PROVENANCE
from thermalcg.storage.declared.tables import GROUPS

FOLDER = Path(__file__).parents[1] / "reference" / "generated"

#: What a folder of the library is about, and the order in which a reader wants them.
ORDER = (
    "models",
    "response",
    "conditional",
    "cg",
    "dynamics",
    "analysis",
    "training",
    "benchmark",
    "atomistic",
    "geometry",
    "figures",
    "storage",
    "runtime",
    "config",
    "planning",
)


def setup(app):
    app.connect("builder-inited", lambda app: write_pages())
    return {"parallel_read_safe": True}


def write_pages() -> None:
    """Write all pages; one that would not change keeps its time, so that Sphinx need not read it again."""
    pages = {"configuration": configuration(), "files": files(), "tables": tables(), **api()}
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, lines in pages.items():
        path, text = FOLDER / f"{name}.md", "\n".join(lines) + "\n"
        if not path.is_file() or path.read_text() != text:
            path.write_text(text)
    for path in FOLDER.glob("*.md"):
        if path.stem not in pages:
            path.unlink()


def configuration() -> Iterator[str]:
    yield from paragraphs(
        """
        # Configuration

        A study is configured by YAML files: `config.yaml`, and any number of files after it whose keys
        replace those before. Keys that are not given take their defaults. Unknown keys and values that are
        not allowed are refused before anything runs, with the key, its value and what is allowed.
        """
    )
    top = [name for name, field in Config.model_fields.items() if not subsection(field)]
    yield "## Of the whole study\n"
    for name in top:
        yield from key(Config, name, name)
    for name, field in Config.model_fields.items():
        if section := subsection(field):
            yield f"## {name}\n"
            yield " ".join((section.__doc__ or "").split()) + "\n"
            for inner in section.model_fields:
                yield from key(section, inner, f"{name}.{inner}")


def key(section: type[BaseModel], name: str, dotted: str) -> Iterator[str]:
    field, schema = section.model_fields[name], section.model_json_schema()["properties"][name]
    extra = field.json_schema_extra
    unit = f" {extra['unit']}" if extra["unit"] else ""
    default = plain(field.get_default(call_default_factory=True))
    yield f"::::{{confval}} {dotted}"
    yield f"{sentence(escaped(field.description))}\n"
    why = sentence(escaped(extra["provenance"]))
    yield f"Default: `{default}`{unit}. Why: {why} Allowed: {allowed_text(schema)}\n"
    yield "::::\n"


def allowed_text(schema: dict) -> str:
    text = escaped(allowed(schema)).replace(">=", "≥").replace("\\<=", "≤")
    return f"text that matches `{schema['pattern']}`." if "pattern" in schema else sentence(text)


def files() -> Iterator[str]:
    yield from paragraphs(
        """
        # Files

        Everything of a study lies under `results/<study>/`, where `<study>` is the key `study` of the
        configuration. In the names below
        """
    )
    used = {part for d in (*DATASETS, *OTHER_FILES) for path in d.paths for part in words_in_braces(path)}
    yield from (f"- `{{{name}}}` stands for {text}" for name, text in PLACEHOLDERS.items() if name in used)
    yield from paragraphs(
        """

        ## Datasets

        Datasets are NetCDF-4 files, which xarray opens: `xarray.open_dataset(path, engine="h5netcdf")`. Every
        variable has an attribute `units`. The library's reader, `thermalcg.storage.datasets.read_dataset`,
        also checks that the variables asked for are there and finite, and converts those in other units
        (kcal/mol/angstrom, eV, fs, ...) to the units below. It refuses a unit that is unknown or absent, and
        positions without their box.

        Every dataset has these attributes:
        """
    )
    yield from rows(("attribute", "meaning"), [(f"`{n}`", a.meaning) for n, a in PROVENANCE.items()])
    for dataset in DATASETS:
        yield from one_dataset(dataset)
    yield "## Other files\n"
    cells = [(names(d.paths), f"{sentence(d.holds)} ({d.rule})") for d in OTHER_FILES]
    yield from rows(("file", "holds"), cells)


def one_dataset(dataset: Dataset) -> Iterator[str]:
    yield f"### {dataset.paths[0]}\n"
    if len(dataset.paths) > 1:
        yield f"Also {names(dataset.paths[1:])}.\n"
    yield f"{sentence(dataset.holds)} Made by {rule(dataset.rule)}.\n"
    cells = []
    for values in (dataset.coordinates, dataset.variables):
        for name, v in values.items():
            note = "" if v.always else " *(where it applies)*"
            cells.append((f"`{name}`", v.dims.replace(" ", ", ") or "none", unit(v.unit), v.meaning + note))
    yield from rows(("variable", "dimensions", "unit", "meaning"), cells)
    cells = [(f"`{name}`", unit(a.unit), a.meaning) for name, a in dataset.attributes.items()]
    yield from rows(("attribute", "unit", "meaning"), cells)


def tables() -> Iterator[str]:
    yield from paragraphs(
        """
        # Tables

        Tables are CSV files in `results/<study>/tables/`, one observation a row. `mode` is a training mode,
        `member` an ensemble member: for `spline`, 0 is the fit to all data and the others are bootstrap
        resamples of its independent pieces; for `hipnn_ts` every member is a seed. Numbers that could not
        be measured are empty.
        """
    )
    for group, members in GROUPS.items():
        yield f"## {group}\n"
        for table in members:
            yield f"### {table.name}\n"
            yield f"{sentence(table.holds)} File {names(table.paths)}, made by {rule(table.rule)}.\n"
            cells = [(f"`{name}`", unit(c.unit), c.meaning) for name, c in table.columns.items()]
            yield from rows(("column", "unit", "meaning"), cells)


def api() -> dict[str, list[str]]:
    """A page for each folder with its modules, one for what lies above the folders, and the list of them."""
    pages = {}
    found = {m.name for m in pkgutil.iter_modules(thermalcg.__path__) if m.ispkg}
    ordered = [folder for folder in ORDER if folder in found] + sorted(found - set(ORDER))
    for folder in ordered:
        package = f"thermalcg.{folder}"
        lines = [f"# thermalcg.{folder}\n", docstring(package), ""]
        for name in public_modules(package):
            lines += module(name)
        pages[f"api_{folder}"] = lines
    own = [f"thermalcg.{m.name}" for m in pkgutil.iter_modules(thermalcg.__path__) if not m.ispkg]
    own = [name for name in own if not name.rsplit(".", 1)[-1].startswith("_")]
    pages["api_shared"] = [
        "# thermalcg: units and statistics\n",
        *(line for name in own for line in module(name)),
    ]
    order = [*(f"api_{folder}" for folder in ordered), "api_shared"]
    links = [(f"[{folder}](api_{folder}.md)", docstring(f"thermalcg.{folder}")) for folder in ordered]
    links.append(("[units, statistics](api_shared.md)", "Constants; errors, intervals and verdicts."))
    pages["api"] = [
        *paragraphs(
            """
            # Python library

            One page for each folder of the library `thermalcg`. Units are nm, ps, kJ/mol, K and amu unless
            something else is said; arrays of positions and forces have the shape (..., bead, axis).
            """
        ),
        *rows(("folder", "what it is for"), links),
        "```{toctree}\n:hidden:\n:maxdepth: 1",
        *order,
        "```",
    ]
    return pages


def module(name: str) -> list[str]:
    short = name.removeprefix("thermalcg.")
    return [
        f"## {short}\n",
        "```{eval-rst}",
        f".. automodule:: {name}",
        "   :members:",
        "   :ignore-module-all:",
        "```\n",
    ]


def public_modules(package: str) -> list[str]:
    paths = importlib.import_module(package).__path__
    inner = [m.name for m in pkgutil.walk_packages(paths, f"{package}.") if not m.name.endswith("__main__")]
    return [n for n in inner if documented(n)]


def documented(name: str) -> bool:
    """Whether a module holds something of its own to show."""
    members = vars(importlib.import_module(name))
    return any(
        getattr(value, "__module__", None) == name and inspect.getdoc(value)
        for key, value in members.items()
        if not key.startswith("_")
    )


def docstring(name: str) -> str:
    return " ".join((importlib.import_module(name).__doc__ or "").split())


def paragraphs(text: str) -> list[str]:
    return [textwrap.dedent(text).strip("\n"), ""]


def rows(head: tuple[str, ...], cells: list[tuple[str, ...]]) -> list[str]:
    """A table in Markdown."""
    if not cells:
        return []
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return [
        *lines,
        *("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells),
        "",
    ]


def names(paths: tuple[str, ...]) -> str:
    return ", ".join(f"`{path}`" for path in paths)


def rule(text: str) -> str:
    parts = text.split(", ")
    return ("rules " if len(parts) > 1 else "rule ") + ", ".join(f"`{part}`" for part in parts)


def unit(text: str | None) -> str:
    return "" if text is None else text


def words_in_braces(path: str) -> list[str]:
    return [part.split("}")[0] for part in path.split("{")[1:]]


def plain(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, list):
        return "[" + ", ".join(plain(v) for v in value) + "]"
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e-3 else str(value)


def escaped(text: str) -> str:
    """Text that Markdown takes for text."""
    return re.sub(r"([<*_`])", r"\\\1", text)


def sentence(text: str) -> str:
    """The text with a full stop at its end; its first letter is left as it is."""
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?")) else text + "."
