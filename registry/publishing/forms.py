"""Forms of publications and agencies: they judge shape; the rules decide."""

import json
from dataclasses import replace
from typing import Any

from django import forms

from registry.models import PartnerAgency, Sharing
from registry.publishing.agencies import Confirmed

_PARTS = ("written", "name", "state", "legal_class", "mark")
_SHORT = forms.TextInput(attrs={"autocomplete": "off"})


class PrepareForm(forms.Form):
    """What goes with a publication; optional."""

    note = forms.CharField(
        label="Note for the second person", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class RefuseForm(forms.Form):
    """Why it is not published."""

    words = forms.CharField(
        label="Why it is not published (required)", required=False, max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class PasteForm(forms.Form):
    """A list as it stands elsewhere, a line an agency."""

    direction = forms.ChoiceField(label="Which list", choices=Sharing.Direction.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label="The list, one agency a line", max_length=100_000, widget=forms.Textarea(attrs={"rows": 12})
    )


class AgencyForm(forms.Form):
    """One agency's name, class and other ways of writing."""

    name = forms.CharField(label="Name", max_length=160, widget=_SHORT)
    state = forms.CharField(label="State", min_length=2, max_length=2, widget=_SHORT)
    legal_class = forms.ChoiceField(label="What it is in law", choices=PartnerAgency.LegalClass.choices)
    aliases = forms.CharField(
        label="Other ways it is written", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line.",
    )  # fmt: skip

    def wanted(self) -> Confirmed:
        """The valid form as the verb takes it."""
        data = self.cleaned_data
        return Confirmed("", data["name"].strip(), data["state"].upper(), data["legal_class"])

    def other_names(self) -> list[str]:
        """Each once, in order."""
        lines = (line.strip() for line in self.cleaned_data["aliases"].splitlines())
        return list(dict.fromkeys(line for line in lines if line))


def as_text(lines: list[Any]) -> str:
    """Lines as one hidden field: a field a cell would be more of them than a form may have."""
    return json.dumps([[getattr(line, name) for name in _PARTS] for line in lines], ensure_ascii=False)


def confirmed_lines(data: Any) -> list[Confirmed]:
    """The lines of the posted table that were not left out, with what was changed in them. None if it is damaged."""
    try:
        rows = json.loads(data.get("lines", ""))
        lines = [Confirmed(**dict(zip(_PARTS, map(str, row), strict=True))) for row in rows]
    except (TypeError, ValueError):
        return []
    return [_changed(line, number, data) for number, line in enumerate(lines) if not data.get(f"leave-{number}")]


def _changed(line: Confirmed, number: int, data: Any) -> Confirmed:
    name = data.get(f"name-{number}", line.name).strip()
    state = data.get(f"state-{number}", line.state).strip().upper()
    return replace(line, name=name, state=state, legal_class=data.get(f"legal_class-{number}", line.legal_class))
