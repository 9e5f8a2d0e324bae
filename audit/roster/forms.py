"""Forms of access and of the roster: they judge shape; the rules decide."""

from datetime import datetime
from typing import Any

from django import forms

from audit.models import AccessRequest, Certificate, Division, RoleGrant, User
from audit.roster import supervision
from audit.roster.opening import Course
from audit.roster.requests import Newcomer, Wanted

_QUIET = {"autocomplete": "off"}
_DAY = {"type": "date"}


class WantedForm(forms.Form):
    """What is asked for."""

    roles = forms.MultipleChoiceField(choices=RoleGrant.Role.choices, widget=forms.CheckboxSelectMultiple)
    why = forms.CharField(
        label="Why",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Right and need to know: which duties need this.",
    )
    wanted_until = forms.DateTimeField(
        label="Until",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text="Blank: until further notice. A temporary or emergency account ends after 72 hours at the latest.",
    )

    def wanted(self) -> Wanted:
        """The valid form as the verb takes it."""
        said = self.cleaned_data
        return Wanted(tuple(said["roles"]), said["why"], said.get("kind") or "standing", said["wanted_until"])


class NewcomerForm(WantedForm):
    """Somebody without an account, and what is asked for them."""

    first_name = forms.CharField(max_length=150, widget=forms.TextInput(attrs=_QUIET))
    last_name = forms.CharField(max_length=150, widget=forms.TextInput(attrs=_QUIET))
    username = forms.RegexField(
        r"^[\w.@+-]+$", label="User name", max_length=150, help_text="Never one that anybody had before.",
        error_messages={"invalid": "Letters, digits and . @ + - _ only."}, widget=forms.TextInput(attrs=_QUIET),
    )  # fmt: skip
    email = forms.EmailField(label="Mail", required=False, widget=forms.EmailInput(attrs=_QUIET))
    badge = forms.CharField(max_length=20, required=False)
    employee_number = forms.CharField(max_length=20)
    classification = forms.ChoiceField(choices=[("", "Choose one"), *User.Classification.choices])
    division = forms.ModelChoiceField(queryset=Division.objects.none(), empty_label="Choose one")
    supervisor = forms.ModelChoiceField(
        queryset=User.objects.none(), empty_label="Choose one", help_text="Decides about this. Not you yourself."
    )
    kind = forms.ChoiceField(label="Kind of account", choices=AccessRequest.Kind.choices)
    field_order = (
        "first_name", "last_name", "username", "email", "badge", "employee_number", "classification", "division",
        "supervisor", "roles", "why", "kind", "wanted_until",
    )  # fmt: skip

    def __init__(self, *data: Any, asked_by: User, at: datetime, **options: Any) -> None:
        super().__init__(*data, **options)
        self.fields["division"].queryset = Division.objects.order_by("name")  # type: ignore[attr-defined]
        heads = supervision.supervisors(at).exclude(pk=asked_by.pk)
        self.fields["supervisor"].queryset = heads  # type: ignore[attr-defined]

    def newcomer(self) -> Newcomer:
        """The person, as the verb takes them."""
        names = ("username", "first_name", "last_name", "classification", "division", "email", "badge")
        return Newcomer(
            **{name: self.cleaned_data[name] for name in names}, employee_number=self.cleaned_data["employee_number"]
        )


class DecisionForm(forms.Form):
    """The supervisor's answer."""

    decision = forms.ChoiceField(choices=[("approve", "Approve"), ("refuse", "Refuse")], widget=forms.RadioSelect)
    words = forms.CharField(
        label="Words", max_length=500, required=False, help_text="Needed where you refuse.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class CourseForm(forms.Form):
    """A certificate to put on file with the opening; left blank where none is to be filed."""

    issued_on = forms.DateField(required=False, widget=forms.DateInput(attrs=_DAY))
    expires_on = forms.DateField(
        required=False, widget=forms.DateInput(attrs=_DAY), help_text="First day it no longer holds."
    )
    reference = forms.CharField(label="Certificate number", max_length=80, required=False)

    def __init__(self, *data: Any, kind: str, **options: Any) -> None:
        super().__init__(*data, **options | {"prefix": kind})
        self.kind = kind
        self.title = str(Certificate.Kind(kind).label)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        first, last = said.get("issued_on"), said.get("expires_on")
        if bool(first) != bool(last):
            raise forms.ValidationError("Give both days, or neither.")
        if first and last and last <= first:
            raise forms.ValidationError("A certificate must expire after it was issued.")
        return said

    def course(self) -> Course | None:
        """The certificate typed; None where nothing was."""
        said = self.cleaned_data
        if not said.get("issued_on"):
            return None
        return Course(self.kind, said["issued_on"], said["expires_on"], said["reference"])


class ReasonForm(forms.Form):
    """Why something is done about an account or the roster."""

    reason = forms.CharField(label="Why", max_length=300, widget=forms.TextInput(attrs=_QUIET))


class SuspendForm(forms.Form):
    """Why an account is suspended; it may be said later, where seconds count."""

    reason = forms.CharField(
        label="Why", max_length=300, required=False, help_text="May be left out now.", widget=forms.TextInput(_QUIET)
    )


class ReviewForm(forms.Form):
    """What somebody who went through the roster says."""

    words = forms.CharField(
        label="What you found and did", max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )  # fmt: skip


class RosterFilter(forms.Form):
    """Which day, and whom."""

    day = forms.DateField(required=False, widget=forms.DateInput(attrs=_DAY), label="As of")
    role = forms.ChoiceField(required=False, choices=[("", "Every role"), *RoleGrant.Role.choices])
    division = forms.ModelChoiceField(required=False, queryset=Division.objects.none(), empty_label="Every division")
    name = forms.CharField(required=False, max_length=60, label="Name, badge or user name")
    page = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *data: Any, **options: Any) -> None:
        super().__init__(*data, **options)
        self.fields["division"].queryset = Division.objects.order_by("name")  # type: ignore[attr-defined]
