"""Every control has its label, its hint and its error tied to it, in the design system's markup."""

import re

import pytest
from django import forms

from alpr_site.presentation_views import PatternForm


@pytest.fixture
def empty() -> str:
    return PatternForm().render()


@pytest.fixture
def wrong() -> str:
    return PatternForm({"plate": "0DEM12345"}).render()


def control(page: str, element_id: str) -> str:
    return next(tag for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", page) if f'id="{element_id}"' in tag)


@pytest.mark.parametrize(
    ("element_id", "name"),
    [
        ("id_plate", "usa-input plate-input"),
        ("id_purpose", "usa-select"),
        ("id_reason", "usa-textarea"),
        ("id_since", "usa-input"),
        ("id_day", "usa-input"),
        ("id_source_0", "usa-radio__input"),
        ("id_owners_0", "usa-checkbox__input"),
        ("id_photo", "usa-file-input"),
        ("id_checked", "usa-checkbox__input"),
    ],
)
def test_each_control_has_its_class_and_its_label(empty: str, element_id: str, name: str) -> None:
    assert f'class="{name}"' in control(empty, element_id)
    assert f'for="{element_id}"' in empty


def test_required_is_said_in_words_and_only_where_it_is_so(empty: str) -> None:
    assert empty.count("(required)") == len([field for field in PatternForm() if field.field.required])


def test_every_id_that_describes_a_control_is_on_the_page(wrong: str) -> None:
    described = {part for value in re.findall(r'aria-describedby="([^"]+)"', wrong) for part in value.split()}
    assert {"id_plate_helptext", "id_plate_error", "id_source_error"} <= described
    assert described <= set(re.findall(r'\bid="([^"]+)"', wrong))


def test_the_summary_links_to_each_wrong_field(wrong: str) -> None:
    targets = re.findall(r'<li><a href="#([^"]+)"', wrong)
    assert targets == ["id_plate", "id_purpose", "id_source_0", "id_checked"]
    assert set(targets) <= set(re.findall(r'\bid="([^"]+)"', wrong))


def test_a_form_without_errors_has_no_summary(empty: str) -> None:
    assert "error-summary" not in empty
    assert "usa-error-message" not in empty


def test_an_error_of_the_whole_form_is_in_the_summary() -> None:
    form = PatternForm({"plate": "0DEM123"})
    form.add_error(None, "This range is longer than a year.")
    assert "<li>This range is longer than a year.</li>" in form.render()


def test_hidden_fields_are_kept() -> None:
    class Ticket(forms.Form):
        ticket = forms.CharField(widget=forms.HiddenInput)

    assert 'type="hidden"' in Ticket({"ticket": "t"}).render()


def test_what_a_person_typed_comes_back_as_text() -> None:
    page = PatternForm({"plate": '"><script>'}).render()
    assert "<script>" not in page
