"""Formulas as MathML, which browsers draw themselves: no script, no picture and no download is needed."""

import re

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.errors import ExtensionError
from sphinx.util.math import get_node_equation_number


def _mathml(node, as_block: bool) -> str:
    text = node.astext()
    if re.search(r"frac\s*\d", text):
        raise ExtensionError(f"formula of {node.source}, line {node.line}: write \\frac{{1}}{{2}}\n{text}")
    # these accents stand clear of the letter in every font, also in one that is not made for formulas
    text = re.sub(r"\\hat\b", r"\\widehat", re.sub(r"\\bar\b", r"\\overline", text))
    if as_block and "\\\\" in text and "\\begin" not in text:
        text = rf"\begin{{aligned}}{text}\end{{aligned}}"
    try:
        return tex2mathml(text, as_block=as_block)
    except MathError as error:
        raise ExtensionError(f"formula of {node.source}, line {node.line}: {error}\n{text}") from error


def visit_inline(self, node):
    self.body.append(_mathml(node, as_block=False))
    raise nodes.SkipNode


def visit_block(self, node):
    self.body.append(self.starttag(node, "div", CLASS="math"))
    if node["number"]:
        number = get_node_equation_number(self, node)
        self.body.append(f'<span class="eqno">({number})</span>')
    self.body.append(_mathml(node, as_block=True) + "</div>\n")
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
