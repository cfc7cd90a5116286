"""YAML files with keys that describe a user's data: strict models, and errors in words."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from thermalcg.storage.files import DatasetError
from thermalcg.storage.messages import allowed, problem, quotes_hint
from thermalcg.storage.yaml_files import YamlError, read_yaml


class Keys(BaseModel):
    """Strict: no unknown keys, no text or booleans in place of numbers, nothing infinite."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, validate_default=True
    )


Model = TypeVar("Model", bound=Keys)


def read_keys(path: str | Path, model: type[Model]) -> Model:
    """The keys of a YAML file.

    Raises:
        DatasetError: a file that cannot be read, or one line for each key that is not allowed, with the file,
            the key, its value and what is allowed.
    """
    try:
        raw = read_yaml(path)
    except YamlError as error:
        raise DatasetError(str(error)) from None
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        lines = dict.fromkeys(_line(detail, model) for detail in error.errors(include_url=False))
        raise DatasetError("\n".join(f"{path}: {line}" for line in lines)) from None


def _line(detail: Any, root: type[BaseModel]) -> str:
    """One line about one key that pydantic rejects."""
    section: type[BaseModel] | None = root
    key, name = "", ""
    for part in detail["loc"]:
        if isinstance(part, int):
            key += f"[{part}]"
        elif section is not None:
            key += f"{'.' if key else ''}{part}"
            name, owner, section = part, section, _nested(section, part)
    if not key:
        return problem("the file", detail["input"], f"keys, which are {', '.join(root.model_fields)}")
    if detail["type"] == "extra_forbidden":
        close = difflib.get_close_matches(name, owner.model_fields, n=1)
        meant = f"did you mean {close[0]}? " if close else ""
        return f"{key} is not a key; {meant}allowed: {', '.join(owner.model_fields)}"
    if detail["type"] == "value_error":
        return f"{key}: {detail['ctx']['error']}"
    text = allowed(owner.model_json_schema()["properties"][name])
    if detail["type"] == "missing":
        return f"{key} is missing; allowed: {text}"
    return problem(key, detail["input"], text + quotes_hint(detail["input"], detail["type"]))


def _nested(section: type[BaseModel], name: str) -> type[BaseModel] | None:
    """The model of the keys below a key, which may hold a list of such sections."""
    field = section.model_fields.get(name)
    kinds = [field.annotation] if field else []
    while kinds:
        kind = kinds.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
        if get_origin(kind) is not None:
            kinds += get_args(kind)
    return None
