"""Forms of publications and agencies: they judge shape; the rules decide."""

from typing import Any

from django import forms

from registry.models import PartnerAgency, Sharing
from registry.publishing.agencies import Confirmed

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
        label="The list, one agency a line (required)", max_length=100_000, widget=forms.Textarea(attrs={"rows": 12})
    )


class AgencyForm(forms.Form):
    """One agency's name, class and other ways of writing."""

    name = forms.CharField(label="Name (required)", max_length=160, widget=_SHORT)
    state = forms.CharField(label="State (required)", min_length=2, max_length=2, widget=_SHORT)
    legal_class = forms.ChoiceField(label="What it is in law (required)", choices=PartnerAgency.LegalClass.choices)
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


def confirmed_lines(data: Any) -> list[Confirmed]:
    """The lines of the posted table that were not left out."""
    count = data.get("lines", "")
    if not (count.isascii() and count.isdecimal() and int(count) <= 5000):
        return []
    lines = []
    for number in range(int(count)):
        if data.get(f"keep-{number}"):
            parts = {name: data.get(f"{name}-{number}", "").strip() for name in ("written", "name", "state", "mark")}
            parts["state"] = parts["state"].upper()
            lines.append(Confirmed(legal_class=data.get(f"legal_class-{number}", ""), **parts))
    return lines
