"""Forms of lists, sources, their keys and files: they judge shape; the rules decide."""

import re
from datetime import timedelta
from typing import Any

from django import forms

from audit import plates
from hotlists.imports.layout import all_layouts
from hotlists.lists.sources import SourceFacts, facts_of
from hotlists.models import HotList, HotListSource

_QUIET = {"autocomplete": "off"}
_TYPE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,39}")
_MOST_TYPES = 50


def layout_choices() -> list[tuple[str, str]]:
    """The layouts there are, as choices."""
    return [(name, one.title) for name, one in all_layouts().items()]


class TypesField(forms.CharField):
    """File types as people type them: apart by spaces, commas or lines. A tuple in capitals, each once."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 2}), **options)

    def clean(self, value: Any) -> Any:
        typed = re.split(r"[\s,;]+", str(super().clean(value)).upper())
        found = tuple(dict.fromkeys(filter(None, typed)))
        for one in found:
            if not _TYPE.fullmatch(one):
                raise forms.ValidationError(f"“{one[:40]}” is no file type: up to 40 letters, digits, _ and -.")
        if len(found) > _MOST_TYPES:
            raise forms.ValidationError(f"At most {_MOST_TYPES} types.")
        return found


class SourceForm(forms.Form):
    """What is on file about a source."""

    name = forms.CharField(label="Name of the source", max_length=120)
    authority = forms.CharField(label="Issuing authority", max_length=200, help_text="Whose list it is.")
    kind = forms.ChoiceField(label="Kind", choices=HotListSource.Kind.choices)
    refresh_minutes = forms.IntegerField(
        label="Renewed every (minutes)", required=False, min_value=1, max_value=60 * 24 * 366,
        help_text="A list older than this is out of date and raises an alarm. Empty: no promise.",
    )  # fmt: skip
    layout = forms.ChoiceField(label="Usual layout of its files", required=False)
    code = forms.SlugField(
        label="Folder for pick-up", required=False, max_length=40,
        help_text="Small letters, digits and dashes. Files laid there are taken in. Empty: no folder.",
    )  # fmt: skip
    accepted_types = TypesField(label="File types taken", help_text="None named: all that are not dropped.")
    refused_types = TypesField(label="File types dropped", help_text="Besides those that the policy drops.")

    def __init__(self, *data: Any, of: HotListSource | None = None, **options: Any) -> None:
        super().__init__(*data, **options)
        self.fields["layout"].choices = [("", "Not settled"), *layout_choices()]  # type: ignore[attr-defined]
        if of is not None:
            facts = facts_of(of)
            self.initial.update({name: getattr(facts, name) for name in self.fields})
            for name in ("accepted_types", "refused_types"):
                self.initial[name] = "\n".join(getattr(facts, name))

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if code != code.lower():
            raise forms.ValidationError("Small letters only.")
        return code

    def facts(self) -> SourceFacts:
        """The valid form as the verb takes it."""
        return SourceFacts(**self.cleaned_data)


class NewListForm(forms.Form):
    """A new ordinary list of a source."""

    name = forms.CharField(label="Name of the list", max_length=120)
    source = forms.ModelChoiceField(label="Source", queryset=HotListSource.objects.order_by("name"))
    near = forms.ChoiceField(
        label="Possible matches", choices=HotList.Near.choices, initial=HotList.Near.LOOKALIKE,
        help_text="What beside the very plate is shown to people. Never a hit.",
    )  # fmt: skip


class ListForm(forms.Form):
    """What can be changed of a list."""

    name = forms.CharField(label="Name of the list", max_length=120)
    near = forms.ChoiceField(label="Possible matches", choices=HotList.Near.choices)


class KeyForm(forms.Form):
    """A new key of software."""

    name = forms.CharField(label="Name of the key", max_length=50, help_text="Which software holds it.")
    life = forms.TypedChoiceField(
        label="Ends", required=False, empty_value=None, coerce=lambda days: timedelta(days=int(days)),
        choices=[("", "Not by itself"), ("90", "After 90 days"), ("365", "After a year")],
    )  # fmt: skip


class LookUpForm(forms.Form):
    """One plate to be looked up on a list; sent by POST, kept on record."""

    plate = forms.CharField(
        max_length=plates.MAX_TYPED,
        widget=forms.TextInput(attrs=_QUIET | {"class": "plate-input", "autocapitalize": "characters"}),
    )

    def clean_plate(self) -> str:
        try:
            return plates.normalise(self.cleaned_data["plate"])
        except plates.PlateError as error:
            raise forms.ValidationError(error.reason) from None


class HandInForm(forms.Form):
    """A file that becomes the whole list."""

    use_required_attribute = False

    file = forms.FileField(
        label="File",
        required=True,
        help_text="It becomes the whole list, or changes nothing. CSV, TSV or fixed width, not compressed.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.dat,text/csv,text/plain", "data-upload-file": ""}),
        error_messages={"required": "Choose a file.", "missing": "Choose a file.", "empty": "The file is empty."},
    )
    layout = forms.ChoiceField(label="Layout of its columns", widget=forms.RadioSelect)
    expect_shrink = forms.BooleanField(
        label="It is right that the list becomes much shorter", required=False,
        help_text="Without this, a file with far fewer rows than the live one is refused.",
    )  # fmt: skip

    def __init__(self, *data: Any, of: HotListSource, **options: Any) -> None:
        super().__init__(*data, **options)
        chosen: forms.ChoiceField = self.fields["layout"]  # type: ignore[assignment]
        chosen.choices = [(name, f"{one.title}: {one.about}") for name, one in all_layouts().items()]
        chosen.initial = of.layout or "generic_csv"
