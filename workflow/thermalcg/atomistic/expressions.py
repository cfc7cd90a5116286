"""Energy expressions of OpenMM's custom forces, evaluated for many pairs or bonds at once.

Lepton, OpenMM's parser, writes powers as ``^`` and names intermediate values after semicolons::

    4*epsilon*((sigma/r)^12-(sigma/r)^6); sigma=sqrt(sigma1*sigma2); epsilon=sqrt(epsilon1*epsilon2)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

import numpy as np
from scipy import special


class UnknownExpression(ValueError):
    """An expression that holds what is not evaluated here."""


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "erf": special.erf,
    "erfc": special.erfc,
    "abs": np.abs,
    "floor": np.floor,
    "ceil": np.ceil,
    "min": np.minimum,
    "max": np.maximum,
    "step": lambda x: np.where(x >= 0, 1.0, 0.0),
    "select": lambda x, y, z: np.where(x != 0, y, z),
    "square": lambda x: x * x,
    "cube": lambda x: x * x * x,
    "recip": lambda x: 1 / x,
}

_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.UAdd, ast.USub)
_NODES = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Constant, ast.Load, *_OPERATORS)


class Expression:
    """An expression as a function of named values.

    Args:
        text: in the syntax of Lepton.
        functions: further functions by name, such as tables.

    Raises:
        UnknownExpression: a function or a sign that is not known here.
    """

    def __init__(self, text: str, functions: Mapping[str, Callable[..., Any]] | None = None) -> None:
        self._functions = FUNCTIONS | dict(functions or {})
        main, *definitions = (part for part in text.split(";") if part.strip())
        steps = [(name.strip(), value) for name, _, value in (d.partition("=") for d in definitions)]
        # a definition may use those that come after it
        self._steps = [(name, self._compiled(value)) for name, value in reversed(steps)]
        self._main = self._compiled(main)

    def __call__(self, values: Mapping[str, Any]) -> np.ndarray:
        """The value, broadcast over those of the names.

        Raises:
            UnknownExpression: a name without a value.
        """
        names = {"__builtins__": {}} | {f"f_{name}": f for name, f in self._functions.items()}
        names |= {f"v_{name}": value for name, value in values.items()}
        try:
            for name, code in self._steps:
                names[f"v_{name}"] = eval(code, names)
            return np.asarray(eval(self._main, names), dtype=float)
        except NameError as error:
            raise UnknownExpression(str(error).replace("'v_", "'")) from None

    def _compiled(self, text: str) -> CodeType:
        # prefixes, since a name may be a word of Python, such as lambda
        text = _NAME.sub(lambda match: self._prefixed(match, text), text).replace("^", "**")
        try:
            tree = ast.parse(text.strip(), mode="eval")
        except SyntaxError:
            raise UnknownExpression(f"{text.strip()!r} is not understood") from None
        for node in ast.walk(tree):
            number = not isinstance(node, ast.Constant) or type(node.value) in (int, float)
            call = not isinstance(node, ast.Call) or getattr(node.func, "id", "").startswith("f_")
            if not (isinstance(node, _NODES) and number and call):
                raise UnknownExpression(f"{text.strip()!r} holds what is not understood")
        return compile(tree, "<expression>", "eval")

    def _prefixed(self, match: re.Match, text: str) -> str:
        name = match.group()
        if not text[match.end() :].lstrip().startswith("("):
            return f"v_{name}"
        if name not in self._functions:
            raise UnknownExpression(f"the function {name} is not known")
        return f"f_{name}"
