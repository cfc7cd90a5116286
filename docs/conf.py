"""How the site is built; nothing is downloaded. By hand: python -m sphinx -W -b html docs docs/_build/html"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_extensions"), str(HERE.parent / "workflow")]

project = "thermalcg"
author = copyright = "The thermalcg authors"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "docstrings",
    "mathml",
    "offline",
    "reference_pages",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
# howto/publish.md is for maintainers and linked from CONTRIBUTING.md
exclude_patterns = ["_build", "tutorial/scripts", "tutorial/executed/index.rst", "howto/publish.md"]
smartquotes = False

# formulas are written as on GitHub: $F'$ in a line, $$ ... $$ on lines of their own
myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "fieldlist", "colon_fence"]
myst_heading_anchors = 3
html_math_renderer = "mathml"

html_theme = "furo"
html_title = "thermalcg"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
pygments_style = "friendly"
pygments_dark_style = "native"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

sphinx_gallery_conf = {
    "examples_dirs": "tutorial/scripts",
    "gallery_dirs": "tutorial/executed",
    "filename_pattern": r"\.py$",
    "backreferences_dir": None,
    "capture_repr": (),
    "download_all_examples": False,
    "show_signature": False,
    "show_memory": False,
    "write_computation_times": False,
    "abort_on_example_error": True,
}
