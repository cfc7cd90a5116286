"""All figures of these tests are drawn with the looks of the report, at a low resolution."""

import pytest

from thermalcg import figures


@pytest.fixture(autouse=True)
def looks():
    figures.use(dpi=60, font_size=9)
