"""What every section of the configuration is made of: keys with unit, reason and bounds."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

#: Whole kelvin, because a temperature is part of file names.
Kelvin = Annotated[int, Field(ge=250, le=700)]


Radius = Annotated[float, Field(gt=0, le=5)]


Fraction = Annotated[float, Field(gt=0, le=1)]


#: Bounds of a length of time in ps, and of one that may be none: no study lasts a microsecond.
TIME: dict[str, float] = {"gt": 0, "le": 1e6}


START: dict[str, float] = {"ge": 0, "le": 1e6}


def key(default: Any, unit: str | None, description: str, provenance: str, **bounds: Any) -> Any:
    """A configuration key; ``bounds`` are those of ``pydantic.Field`` (gt, ge, lt, le, min_length, pattern).

    Args:
        unit: None for a pure number or text.
        provenance: why the default is what it is.
    """
    extra = {"unit": unit, "provenance": provenance}
    return Field(default, description=description, json_schema_extra=extra, **bounds)


class Section(BaseModel):
    """Strict: no unknown keys, no text or booleans in place of numbers, nothing infinite."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, validate_default=True
    )
