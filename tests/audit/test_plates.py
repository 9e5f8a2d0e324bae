"""Plates have one written form, and everything that is no plate is refused with the character named."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import plates
from audit.plates import PlateError, StateError

written = st.text(alphabet=string.ascii_uppercase + string.digits, min_size=1, max_size=plates.MAX_LENGTH)


@pytest.mark.parametrize(
    "typed",
    [
        "0dem123",
        "0DEM 123",
        "0-DEM-123",
        " 0dem.123 ",
        "0DEM\u2013123",
        "0DEM\u00b7123",
        "\uff10\uff24\uff25\uff2d\uff11\uff12\uff13",
    ],
)
def test_case_and_separators_do_not_matter(typed):
    assert plates.normalise(typed) == "0DEM123"


@pytest.mark.parametrize(
    ("typed", "position", "character", "words"),
    [
        ("0\u0410BC123", 2, "\u0410", "Cyrillic capital letter A"),
        ("0AB\u039f123", 4, "\u039f", "Greek capital letter OMICRON"),
        ("0AB\u200b123", 4, "\u200b", "invisible"),
        ("0AB\u202e123", 4, "\u202e", "invisible"),
        ("0AB\ufe0f123", 4, "\ufe0f", "invisible"),
        ("0AB%", 4, "%", "percent sign"),
        ("0AB_123", 4, "_", "low line"),
        ("0AB\x00123", 4, "\x00", "invisible"),
        ("0AB\n123", 4, "\n", "invisible"),
        ("0AB\ud800", 4, "\ud800", "broken"),
        ("\u0131AB123", 1, "\u0131", "dotless"),
        ("0AB\u00b2", 4, "\u00b2", "superscript"),
        ("0AB\u2167", 4, "\u2167", "roman numeral"),
        ("0AB\u0663", 4, "\u0663", "arabic-indic digit three"),
        ("0AB\u2103", 4, "\u2103", "degree"),
        ("0AB\uff05", 4, "\uff05", "percent"),
    ],
)
def test_a_character_that_cannot_be_on_a_plate_is_refused_by_name_and_place(typed, position, character, words):
    with pytest.raises(PlateError) as refused:
        plates.normalise(typed)
    assert (refused.value.position, refused.value.character) == (position, character)
    assert words in refused.value.reason
    assert f"place {position}" in refused.value.reason


def test_nine_characters_are_refused_and_the_ninth_is_named():
    with pytest.raises(PlateError, match="at most 8 characters; this has 9") as refused:
        plates.normalise("0DEM-12345")
    assert (refused.value.position, refused.value.character) == (10, "5")
    assert "\u201c5\u201d at place 10" in refused.value.reason


@pytest.mark.parametrize("typed", ["", "   ", "--", " . - "])
def test_an_empty_plate_is_refused(typed):
    with pytest.raises(PlateError, match="empty"):
        plates.normalise(typed)


def test_a_very_long_text_is_refused_without_being_read():
    with pytest.raises(PlateError, match="5000 characters"):
        plates.normalise("7" * 5_000)


@pytest.mark.parametrize("value", [None, 7, b"0DEM123", ["0DEM123"], float("nan")])
def test_what_is_not_text_is_refused(value):
    with pytest.raises(PlateError, match="text"):
        plates.normalise(value)


@given(st.text(max_size=80))
def test_any_text_is_either_a_stored_plate_or_a_named_refusal(typed):
    try:
        plate = plates.normalise(typed)
    except PlateError:
        return
    assert 1 <= len(plate) <= plates.MAX_LENGTH
    assert set(plate) <= plates.ALPHABET
    assert plates.normalise(plate) == plate


@given(written, st.lists(st.sampled_from(sorted(plates.SEPARATORS)), max_size=8), st.randoms())
def test_separators_never_change_which_plate_it_is(plate, separators, random):
    characters = list(plate.lower())
    for separator in separators:
        characters.insert(random.randrange(len(characters) + 1), separator)
    assert plates.normalise("".join(characters)) == plate


def test_the_fold_makes_look_alikes_equal():
    assert plates.fold("OQDILBSZG") == "000118526"
    assert plates.fold("0B1S") == plates.fold("OBIS") == plates.fold("D8L5")


@given(written)
def test_folding_twice_is_folding_once_and_keeps_the_length(plate):
    folded = plates.fold(plate)
    assert plates.fold(folded) == folded
    assert len(folded) == len(plate)
    assert not set(folded) & set("OQDILBSZG")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("0DEM123", "0DEM124", True),
        ("0DEM123", "0DEM12", True),
        ("0DEM123", "DEM123", True),
        ("0DEM123", "0DXEM123", True),
        ("0DEM123", "0DEM123", False),
        ("0DEM123", "0DEM132", False),
        ("0DEM123", "0DEM1", False),
        ("", "A", True),
        ("", "", False),
    ],
)
def test_one_edit_is_one_character_changed_added_or_left_out(first, second, expected):
    assert plates.distance_one(first, second) is expected
    assert plates.distance_one(second, first) is expected


@given(written, written)
def test_one_edit_agrees_with_counting_edits(first, second):
    assert plates.distance_one(first, second) == (_edits(first, second) == 1)


@given(written, st.integers(0, 7), st.sampled_from(sorted(plates.ALPHABET)))
def test_any_single_change_is_found(plate, place, character):
    place %= len(plate)
    changed = plate[:place] + character + plate[place + 1 :]
    assert plates.distance_one(plate, changed) == (changed != plate)
    assert plates.distance_one(plate, plate[:place] + character + plate[place:])
    assert plates.distance_one(plate, plate[:place] + plate[place + 1 :])


@pytest.mark.parametrize(
    ("plate", "expected"),
    [
        ("0DEM123", True),
        ("1234", True),
        ("DEM", False),
        ("DEMO", False),
        ("0DEM12345", False),
        ("0DEM%", False),
    ],
)
def test_an_ordinary_plate_has_four_to_eight_characters_and_a_digit(plate, expected):
    assert plates.is_plausible(plate) is expected


@pytest.mark.parametrize(
    ("plate", "shown"),
    [("0DEM123", "0\u2022\u2022\u2022\u2022\u20223"), ("A1", "\u2022\u2022"), ("A", "\u2022"), ("", "")],
)
def test_a_masked_plate_shows_its_first_and_last_character_only(plate, shown):
    assert plates.mask(plate) == shown


def test_there_are_fifty_states_the_district_and_five_territories():
    assert len(plates.US_STATES) == 56
    assert all(len(code) == 2 and code.isupper() for code in plates.US_STATES)


@pytest.mark.parametrize("typed", ["CA", "ca", " us-ca ", "US_CA", "California", "california"])
def test_a_state_is_known_by_its_code_or_its_name(typed):
    assert plates.normalise_state(typed) == "CA"


@pytest.mark.parametrize("typed", [None, "", "  "])
def test_no_state_is_an_empty_code(typed):
    assert plates.normalise_state(typed) == ""


@pytest.mark.parametrize("typed", ["ZZ", "gb", "us-zz", "\u0421A", "C" * 500, 7])
def test_what_is_no_state_is_refused(typed):
    with pytest.raises(StateError, match="two-letter code"):
        plates.normalise_state(typed)


def _edits(first, second):
    """Plain edit distance, to check the fast answer against."""
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, start=1):
        previous, row[0] = row[0], i
        for j, b in enumerate(second, start=1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1]
