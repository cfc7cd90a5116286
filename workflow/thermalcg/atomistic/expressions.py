"""Energy expressions of OpenMM's custom forces, evaluated for many pairs or bonds at once.

Lepton, OpenMM's parser, writes powers as ``^`` and names intermediate values after semicolons::

    4*epsilon*((sigma/r)^12-(sigma/r)^6); sigma=sqrt(sigma1*sigma2); epsilon=sqrt(epsilon1*epsilon2)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
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

OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
    ast.UAdd: np.positive,
    ast.USub: np.negative,
}

#: Put before every name, since a name may be a word of Python, such as lambda.
PREFIX = "name_"
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")

Values = dict[str, Any]


class Expression:
    """An expression as a function of named values; its parts are computed one by one, no code is run.

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
        self._steps = [(name, self._read(value)) for name, value in reversed(steps)]
        self._main = self._read(main)

    def __call__(self, values: Mapping[str, Any]) -> np.ndarray:
        """The value, broadcast over those of the names.

        Raises:
            UnknownExpression: a name without a value.
        """
        known = dict(values)
        try:
            for name, step in self._steps:
                known[name] = step(known)
            return np.asarray(self._main(known), dtype=float)
        except KeyError as error:
            raise UnknownExpression(f"{error} has no value") from None

    def _read(self, text: str) -> Callable[[Values], Any]:
        plain = _NAME.sub(lambda match: PREFIX + match.group(), text.strip()).replace("^", "**")
        try:
            return self._part(ast.parse(plain, mode="eval").body)
        except SyntaxError:
            raise UnknownExpression(f"{text.strip()!r} is not understood") from None

    def _part(self, node: ast.expr) -> Callable[[Values], Any]:
        """A node of the parsed text as a function of the values."""
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                return lambda values: float(value)
            case ast.Name(id=name):
                return lambda values: values[name.removeprefix(PREFIX)]
            case ast.UnaryOp(op=sign, operand=inner) if type(sign) in OPERATORS:
                return self._applied(OPERATORS[type(sign)], inner)
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in OPERATORS:
                return self._applied(OPERATORS[type(sign)], left, right)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                if (name := name.removeprefix(PREFIX)) not in self._functions:
                    raise UnknownExpression(f"the function {name} is not known")
                return self._applied(self._functions[name], *arguments)
        raise UnknownExpression(f"{ast.unparse(node).replace(PREFIX, '')!r} is not understood")

    def _applied(self, function: Callable[..., Any], *arguments: ast.expr) -> Callable[[Values], Any]:
        parts = [self._part(argument) for argument in arguments]
        return lambda values: function(*(part(values) for part in parts))
