"""No cell of the bad rows' CSV is taken for a formula by a spreadsheet."""

import pytest

from audit.spreadsheet import cell as harmless


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1"])
def test_a_formula_is_made_text(cell):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "plate", "a=1", "is no date as the layout has it"])
def test_plain_words_stay(cell):
    assert harmless(cell) == cell
