"""The public sign-up form. It judges shape; the rules decide."""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core import signing
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from registry import consent
from registry.models import RegisteredCamera
from registry.operations import Offer, Traps

_SALT = "registry.form"
_LINES = re.compile(r"[\r\n\u2028\u2029]")
EQUIPMENT = [
    ("", _("Choose one")),
    (RegisteredCamera.Equipment.DOORBELL, _("Doorbell camera")),
    (RegisteredCamera.Equipment.HOME, _("Home security camera")),
    (RegisteredCamera.Equipment.BUSINESS, _("Business surveillance")),
    (RegisteredCamera.Equipment.DASH, _("Vehicle dash camera")),
    (RegisteredCamera.Equipment.OTHER, _("Other")),
]


def one_plain_line(text: str) -> None:
    """Raise ValidationError for line breaks, control characters, and what turns the direction of writing round."""
    for character in text:
        if _LINES.match(character) or unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn"):
            raise forms.ValidationError(_("Write this on one line, with ordinary characters."))
        if character in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069":
            raise forms.ValidationError(_("Write this on one line, with ordinary characters."))


def line(label: Any, most: int, *, autocomplete: str = "off", **options: Any) -> forms.CharField:
    """A field for one line of text."""
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=most, validators=[one_plain_line], widget=widget, **options)


class SignUpForm(forms.Form):
    """What H.1 asks for; what is not needed to find the camera and reach its owner is optional."""

    contact_name = line(_("Your name, or the name of a contact"), 120, autocomplete="name")
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("We send a link there to make sure it is yours."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = PhoneNumberField(
        label=_("Telephone"), required=False, widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})
    )
    address = line(_("Address where the camera is"), 200, autocomplete="street-address")
    city = line(_("City"), 80, autocomplete="address-level2")
    zip_code = line(_("ZIP code"), 10, autocomplete="postal-code")
    location_note = line(
        _("Where it points"), 200, required=False, help_text=_("Such as: from the front door to the street.")
    )
    equipment = forms.ChoiceField(label=_("Type of camera"), choices=EQUIPMENT)
    retention_days = forms.IntegerField(
        label=_("Days the recordings are kept"),
        required=False,
        min_value=0,
        max_value=3650,
        help_text=_("Leave it empty if you do not know."),
    )
    consent = forms.BooleanField(
        label=_("I agree to these four points"), error_messages={"required": _("Without your consent nothing is kept.")}
    )
    consent_version = forms.CharField(widget=forms.HiddenInput, max_length=20)
    opened = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    homepage = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def __init__(self, *data: Any, at: datetime, **options: Any) -> None:
        super().__init__(*data, **options)
        self.fields["zip_code"].validators.append(
            RegexValidator(r"^[0-9]{5}(-[0-9]{4})?$", _("A ZIP code has five digits, such as 95814."))
        )
        self.initial = {"consent_version": consent.CURRENT, "opened": stamp(at)}

    def offer(self) -> Offer:
        """The valid form as the verb takes it."""
        facts = self.cleaned_data
        return Offer(
            contact_name=facts["contact_name"],
            email=facts["email"],
            phone=facts["phone"],
            address=facts["address"],
            city=facts["city"],
            zip_code=facts["zip_code"],
            location_note=facts["location_note"],
            equipment=facts["equipment"],
            retention_days=facts["retention_days"],
        )

    def traps(self) -> Traps:
        """Whether a program filled it in, as far as the form can tell."""
        return Traps(self.cleaned_data["homepage"], opened_at(self.cleaned_data["opened"]))

    def agreed_to(self) -> str:
        """The version of the terms that was ticked."""
        return self.cleaned_data["consent_version"] if self.cleaned_data["consent"] else ""

    def renew(self, at: datetime) -> None:
        """Let the form, shown once more, be sent from now on; terms that have changed are to be agreed to anew."""
        data = {name: self.data.get(name, "") for name in self.fields}
        if data["consent_version"] != consent.CURRENT:
            data["consent"] = ""
        self.data = data | {"opened": stamp(at), "homepage": "", "consent_version": consent.CURRENT}


class LostLinkForm(forms.Form):
    """The address a private link was once sent to."""

    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))


def stamp(at: datetime) -> str:
    """The instant the form was opened, signed."""
    return signing.dumps(int(at.timestamp()), salt=_SALT)


def opened_at(text: str) -> datetime | None:
    """When the form was opened; None for a stamp that is missing or not ours."""
    try:
        return datetime.fromtimestamp(signing.loads(text, salt=_SALT), UTC)
    except (signing.BadSignature, ValueError, TypeError):
        return None
