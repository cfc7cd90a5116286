"""Formulas as MathML, which browsers draw themselves: no script, no picture and no download is needed."""

import re
from html import unescape
from xml.etree import ElementTree

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.errors import ExtensionError
from sphinx.util.math import get_node_equation_number

NAMESPACE = "http://www.w3.org/1998/Math/MathML"


def mathml(text: str, as_block: bool) -> str:
    """A formula in LaTeX as MathML.

    Raises:
        MathError: what cannot be translated.
    """
    if re.search(r"frac\s*\d", text):
        raise MathError(r"write \frac{1}{2}, with braces")
    if as_block and r"\\" in text and r"\begin" not in text:
        text = rf"\begin{{aligned}}{text}\end{{aligned}}"
    # these accents stand clear of the letter in every font, also in one that is not made for formulas
    text = re.sub(r"\\hat\b", r"\\widehat", re.sub(r"\\bar\b", r"\\overline", text))
    made = re.sub(
        r"&(?!amp;|lt;|gt;|quot;|#)\w+;", lambda name: unescape(name[0]), tex2mathml(text, as_block=as_block)
    )
    root = ElementTree.fromstring(made)
    ElementTree.register_namespace("", NAMESPACE)
    paired = set()
    for row in root.iter(f"{{{NAMESPACE}}}mrow"):
        ends = [row[0], row[-1]] if len(row) else []
        if [end.text for end in ends] == ["⟨", "⟩"]:
            paired |= set(map(id, ends))
    for sign in root.iter(f"{{{NAMESPACE}}}mo"):
        if sign.text == "'":
            sign.text = "′"
            sign.attrib |= {"lspace": "0", "rspace": "0"}
        # only brackets of \left and \right grow with what they enclose
        if sign.text in ("⟨", "⟩") and not sign.attrib and id(sign) not in paired:
            sign.set("stretchy", "false")
    return ElementTree.tostring(root, encoding="unicode")


def _translated(node, as_block: bool) -> str:
    try:
        return mathml(node.astext(), as_block)
    except MathError as error:
        raise ExtensionError(f"{node.source}, line {node.line}: {error}\n{node.astext()}") from error


def visit_inline(self, node):
    self.body.append(_translated(node, as_block=False))
    raise nodes.SkipNode


def visit_block(self, node):
    self.body.append(self.starttag(node, "div", CLASS="math"))
    if node["number"]:
        number = get_node_equation_number(self, node)
        self.body.append(f'<span class="eqno">({number})</span>')
    self.body.append(_translated(node, as_block=True) + "</div>\n")
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
