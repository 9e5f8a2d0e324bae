"""Forms of inspections and findings: shape only, the rules decide."""

from typing import Any, cast

from django import forms

from audit.models import Finding, InspectedQuery, User
from audit.review.findings import measures_of

MARKS = [(mark.value, mark.label) for mark in InspectedQuery.Mark if mark.value]
NO_PLATE = "No plate here: the record has it."


def _words(label: str, hint: str = "", rows: int = 3, **attrs: str) -> forms.CharField:
    field = forms.CharField(
        label=label, required=False, max_length=4000, help_text=hint, widget=forms.Textarea({"rows": rows} | attrs)
    )
    field.strip = True
    return field


class MarkForm(forms.Form):
    """A mark and its words; the mark is the button that was pressed."""

    use_required_attribute = False

    words = _words("Words", f"Needed unless it is compliant. {NO_PLATE}")
    mark = forms.ChoiceField(choices=MARKS, widget=forms.HiddenInput)


class SignForm(forms.Form):
    """The reviewer's words under an inspection."""

    use_required_attribute = False

    summary = _words("What you found", f"Stands in the report. {NO_PLATE}", rows=4)


class BackForm(forms.Form):
    """Why a signed inspection goes back to its reviewer."""

    use_required_attribute = False

    words = _words("What is to be looked at again")


class AnswerForm(forms.Form):
    """A commander's answer."""

    use_required_attribute = False

    measure = forms.ChoiceField(label="What was done", widget=forms.RadioSelect)
    answer = _words("Your answer", f"What happened, and why this measure. {NO_PLATE}", rows=4)

    def __init__(self, data: Any = None, *, finding: Finding) -> None:
        super().__init__(data)
        cast(forms.ChoiceField, self.fields["measure"]).choices = measures_of(finding)


class CloseForm(forms.Form):
    """The reviewer's last words on a finding."""

    use_required_attribute = False

    closing = _words("Your words on the answer")


class SendOnForm(forms.Form):
    """Who is to answer instead, and why."""

    use_required_attribute = False

    to = forms.TypedChoiceField(label="Send it to", coerce=int)
    why = _words("Why", rows=2)

    def __init__(self, data: Any = None, *, people: list[User]) -> None:
        super().__init__(data)
        cast(forms.ChoiceField, self.fields["to"]).choices = [(one.pk, one.display_name) for one in people]
