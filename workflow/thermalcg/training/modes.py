"""Training modes: which data train a model, and how it depends on temperature."""

from __future__ import annotations

#: Temperature dependence of the models that each mode trains.
MODES = {
    "baseline": "constant",
    "trf1": "linear",
    "trf1_conditional": "linear",
    "trf2": "quadratic",
    "trf2_conditional": "quadratic",
    "trf2_heat_capacity": "heat_capacity",
    "energy_matching": "linear",
    "multi_temperature": "heat_capacity",
    "at_temperature": "constant",
}


#: Response targets of a mode: (order, name of the label, name of the product).
RESPONSES = {
    "trf1": [(1, "trf", "trf_product")],
    "trf2": [(1, "trf", "trf_product"), (2, "trf2", "trf2_product")],
}


def model_temperature(model: str) -> float | None:
    """The temperature in a name like ``at_temperature-555K``; None for other models."""
    return float(model.split("-")[1].removesuffix("K")) if "-" in model else None


def training_temperatures(model: str, reference: float, multi: list[float]) -> list[float]:
    """Temperatures whose data train a model."""
    if model == "multi_temperature":
        return list(multi)
    return [model_temperature(model) or reference]


def response_source(model: str) -> str | None:
    """``labels`` (conditional) or ``products`` (ordinary) for the modes with a response; None otherwise."""
    if not model.startswith("trf"):
        return None
    return "labels" if model.endswith("_conditional") else "products"
