"""Forms of holds, their reviews, bookings and end: shape only, the rules decide."""

from datetime import date
from typing import Any, cast

from django import forms

from audit.policy import Profile
from cameras.models import Camera
from detections.models import Booking, Hold
from detections.retention.holds import HoldTerms
from detections.rules.holds import Receipt, Window, grounds_of
from detections.searching.local_instant import LocalInstantField

STATES = [
    ("", "In force, and lately lifted"),
    ("due", "Due for review"),
    ("live", "In force"),
    ("booked", "In force and booked"),
    ("asked", "To be lifted by a second person"),
    ("lifted", "Lifted"),
]


class HoldForm(forms.Form):
    """Why and until when some reads are held. Offers the grounds that the policy in force names."""

    use_required_attribute = False

    case_number = forms.CharField(
        label="Case number (required)",
        required=False,
        max_length=20,
        help_text="Year, dash, number: 26-123456.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(label="Ground", choices=Hold.Kind.choices, widget=forms.RadioSelect)
    belief = forms.CharField(
        label="Why will they become evidence?",
        required=False,
        max_length=1000,
        help_text="Only where they are believed to become evidence: what happened, and what proceeding you expect.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    proceeding = forms.ChoiceField(choices=Hold.Proceeding.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Why are they kept? (required)",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    review_on = forms.DateField(
        label="Look at it again on",
        help_text="A day within the next year.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, profile: Profile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = grounds_of(profile)
        cast(forms.ChoiceField, self.fields["kind"]).choices = [one for one in Hold.Kind.choices if one[0] in named]
        if "anticipated" not in named:
            del self.fields["belief"]

    def terms(self) -> HoldTerms:
        """The valid form as the verbs take it."""
        told = self.cleaned_data
        return HoldTerms(
            case_number=told["case_number"],
            kind=told["kind"],
            proceeding=told["proceeding"],
            reason=told["reason"],
            review_on=told["review_on"],
            belief=told.get("belief", "") if told["kind"] == Hold.Kind.ANTICIPATED else "",
        )


class WindowForm(HoldForm):
    """A hold on all that some cameras saw in a time."""

    cameras = forms.ModelMultipleChoiceField(
        queryset=Camera.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    from_at = LocalInstantField(label="From", edge="start")
    to_at = LocalInstantField(label="Up to", edge="end")
    field_order = ("cameras", "from_at", "to_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        readers = Camera.objects.exclude(kind=Camera.Kind.VIDEO).order_by("code")
        cast(forms.ModelMultipleChoiceField, self.fields["cameras"]).queryset = readers

    def window(self) -> Window:
        """The valid form's cameras and time."""
        told = self.cleaned_data
        numbers = frozenset(camera.number for camera in told["cameras"])
        return Window(cameras=numbers, from_at=told["from_at"], to_at=told["to_at"])


class HoldFilterForm(forms.Form):
    """Which holds are listed. Cases are chosen, not typed: what is typed could be a plate, and stands in an address."""

    case = forms.ChoiceField(required=False)
    state = forms.ChoiceField(required=False, choices=STATES)

    def __init__(self, *args: Any, cases: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["case"]).choices = [("", "All cases"), *((one, one) for one in cases)]


class ReviewForm(forms.Form):
    """What the review found, and when the next is due."""

    use_required_attribute = False
    prefix = "review"

    words = forms.CharField(
        label="Why are they still evidence?", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    next_on = forms.DateField(
        label="Look at it again on",
        help_text="A day within the next year.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class BookingForm(forms.Form):
    """The evidence room's receipt."""

    use_required_attribute = False
    prefix = "booking"

    medium = forms.ChoiceField(label="Booked as", choices=Booking.Medium.choices, widget=forms.RadioSelect)
    place = forms.CharField(
        label="Repository or medium id",
        required=False,
        max_length=80,
        help_text="Such as evidence.com, or the number on the disc.",
    )
    number = forms.CharField(label="Booking number", required=False, max_length=60)
    sha256 = forms.CharField(
        label="SHA-256 of the package or file",
        required=False,
        max_length=128,
        help_text="64 digits from 0 to f, as the evidence package or the receipt says.",
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"}),
    )
    booked_by = forms.CharField(label="Booked by", required=False, max_length=120, help_text="Name or badge number.")
    booked_at = LocalInstantField(label="Booked at", edge="start")

    def receipt(self) -> Receipt:
        """The valid form as the verb takes it; the hash without spaces, in small letters."""
        told = self.cleaned_data
        return Receipt(**told | {"sha256": "".join(told["sha256"].split()).lower()})


class LiftRequestForm(forms.Form):
    """Why a hold may end."""

    use_required_attribute = False
    prefix = None

    ground = forms.ChoiceField(
        required=False, choices=Hold.LiftGround.choices, widget=forms.RadioSelect, initial=Hold.LiftGround.OVER
    )
    reason = forms.CharField(label="Why may it end?", required=False, max_length=300)


def in_half_a_year(today: date) -> date:
    """The review day that the form offers."""
    return date.fromordinal(today.toordinal() + 182)
