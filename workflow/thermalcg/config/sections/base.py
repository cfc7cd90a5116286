"""What every section of the configuration is made of: keys with unit, reason and bounds."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

from thermalcg.models.names import kelvin

#: Decimals of a temperature: it is part of file names, and tables carry six digits.
DECIMALS = 3


def _temperature(value: float) -> float:
    if round(value, DECIMALS) != value:
        raise ValueError(f"more than {DECIMALS} decimals")
    return kelvin(value)


#: A whole number of kelvin stays a whole number, so that it is written without a point wherever it goes.
Kelvin = Annotated[
    float,
    Field(gt=0, le=10_000, json_schema_extra={"decimals": DECIMALS}),
    AfterValidator(_temperature),
    PlainSerializer(lambda value: value),  # pydantic's own would warn of a whole number
]


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
