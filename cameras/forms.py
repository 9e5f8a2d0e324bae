"""Forms of cameras: they judge shape; the rules decide."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator

from audit.models import User
from cameras import operations
from cameras.models import Camera, Site

_LOCAL = {"type": "datetime-local", "step": "1"}


class ApproverField(forms.ModelChoiceField):
    """People by the name pages show."""

    def label_from_instance(self, obj: User) -> str:
        return f"{obj.display_name}, {obj.get_classification_display().lower()}"


class CommissionForm(forms.Form):
    """A camera taken into service."""

    code = forms.SlugField(max_length=40, help_text="What people and device software call it, such as CAM-07.")
    name = forms.CharField(max_length=120, help_text="Such as: J Street at 9th, northbound.")
    owner_class = forms.ChoiceField(label="Owner", choices=[("", "Choose one"), *Camera.OwnerClass.choices])
    kind = forms.ChoiceField(choices=[("", "Choose one"), *Camera.Kind.choices])
    authority = forms.CharField(max_length=120, help_text="The department or party under whose authority it stands.")
    bearing = forms.IntegerField(
        required=False, min_value=0, validators=[MaxValueValidator(359)], help_text="Degrees clockwise from north."
    )
    firmware = forms.CharField(max_length=60, required=False)
    public_view = forms.BooleanField(
        required=False,
        label="I have looked at its picture: it shows public view only",
        help_text="Without this it cannot be deployed (A.7, A.10-A.11). It can be attested later.",
    )


class DeployForm(forms.Form):
    """A camera put at a site."""

    site = forms.ModelChoiceField(queryset=Site.objects.order_by("name"), empty_label="Choose one")
    starts_at = forms.DateTimeField(
        label="Since", required=False, widget=forms.DateTimeInput(attrs=_LOCAL), help_text="Empty for now."
    )
    purpose = forms.CharField(
        label="Official purpose",
        max_length=300,
        help_text="Such as: locating stolen vehicles on J Street.",
    )
    approved_by = ApproverField(
        queryset=User.objects.none(), required=False, empty_label="Choose one",
        help_text="A sergeant or above, an ALPR administrator or a division commander.",
    )  # fmt: skip

    def __init__(self, *data: Any, at: datetime, **options: Any) -> None:
        super().__init__(*data, **options)
        self.at = at
        self.fields["approved_by"].queryset = operations.approvers(at)  # type: ignore[attr-defined]

    def clean_starts_at(self) -> datetime:
        return self.cleaned_data["starts_at"] or self.at


class EndForm(forms.Form):
    """A deployment ended."""

    ends_at = forms.DateTimeField(
        label="Until", required=False, widget=forms.DateTimeInput(attrs=_LOCAL), help_text="Empty for now."
    )

    def __init__(self, *data: Any, at: datetime, **options: Any) -> None:
        super().__init__(*data, **options)
        self.at = at

    def clean_ends_at(self) -> datetime:
        return self.cleaned_data["ends_at"] or self.at


class RetireForm(forms.Form):
    reason = forms.CharField(label="Why it is retired", max_length=200)


class KeyForm(forms.Form):
    """A new device key."""

    name = forms.CharField(label="Name of the key", max_length=50, help_text="Which device or software holds it.")
    life = forms.TypedChoiceField(
        label="Ends", required=False, empty_value=None, coerce=lambda days: timedelta(days=int(days)),
        choices=[("", "Not by itself"), ("90", "After 90 days"), ("365", "After a year")],
    )  # fmt: skip
