"""Forms of special lists, of who sees them and of sharing them: they judge shape; the rules decide."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.db.models import QuerySet

from audit.models import User
from audit.policy import Profile
from hotlists.models import HotListShare, HotPlate
from hotlists.rules_shares import longest
from hotlists.rules_special import SUBJECTS
from hotlists.special.grants import Receiver
from hotlists.special.lists import ListWanted
from hotlists.special.looks import Access
from hotlists.special.shares import ShareWanted

_QUIET = {"autocomplete": "off"}
_CASE_HELP = "Such as 26-123456."


class ListForm(forms.Form):
    """What is said when a special list is asked for. There is no field for a name: it is made."""

    subject = forms.ChoiceField(
        label="What it is about", choices=[("", "Choose one"), *SUBJECTS.items()],
        help_text="The list's name is made of this and a number.",
    )  # fmt: skip
    why = forms.CharField(
        label="What it is for", max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Which criminal activity the plates have to do with, and what hits are to tell you.",
    )  # fmt: skip
    case_number = forms.CharField(max_length=20, help_text=_CASE_HELP, widget=forms.TextInput(attrs=_QUIET))

    def wanted(self) -> ListWanted:
        """The valid form as the verb takes it."""
        return ListWanted(**self.cleaned_data)


class WordsForm(forms.Form):
    """Why something is done."""

    words = forms.CharField(label="Why", max_length=300, widget=forms.TextInput(attrs=_QUIET))


class GrantPersonForm(WordsForm):
    person = forms.ModelChoiceField(queryset=User.objects.none(), empty_label="Choose one")
    field_order = ("person", "words")

    def __init__(self, *data: Any, seen_by: Access, **options: Any) -> None:
        super().__init__(*data, **options | {"prefix": "person"})
        own: QuerySet[User] = User.objects.filter(organisation="", is_active=True)
        granted = [one.user.pk for one in seen_by.people if one.user]
        self.fields["person"].queryset = own.exclude(pk__in=granted).order_by("last_name", "username")  # type: ignore[attr-defined]

    def receiver(self) -> Receiver:
        """To whom."""
        return Receiver(user=self.cleaned_data["person"])


class GrantGroupForm(WordsForm):
    group = forms.ModelChoiceField(queryset=Group.objects.none(), empty_label="Choose one")
    field_order = ("group", "words")

    def __init__(self, *data: Any, seen_by: Access, **options: Any) -> None:
        super().__init__(*data, **options | {"prefix": "group"})
        granted = [one.group.pk for one in seen_by.groups if one.group]
        self.fields["group"].queryset = Group.objects.exclude(pk__in=granted).order_by("name")  # type: ignore[attr-defined]

    def receiver(self) -> Receiver:
        """To which group."""
        return Receiver(group=self.cleaned_data["group"])


class GroupForm(WordsForm):
    """A group and who is in it: a new one, or one that is there and gets these members."""

    name = forms.CharField(
        label="Name of the group", max_length=80, help_text="A name that is there already: its members are replaced.",
        widget=forms.TextInput(attrs=_QUIET | {"list": "known-groups"}),
    )  # fmt: skip
    members = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(), help_text="Hold Ctrl to choose several.", widget=forms.SelectMultiple
    )
    field_order = ("name", "members", "words")

    def __init__(self, *data: Any, **options: Any) -> None:
        super().__init__(*data, **options | {"prefix": "set"})
        own = User.objects.filter(organisation="", is_active=True).order_by("last_name", "username")
        self.fields["members"].queryset = own  # type: ignore[attr-defined]


class RevokeForm(WordsForm):
    """One of those who see the list: a person or a group."""

    who = forms.ChoiceField(label="From whom")
    field_order = ("who", "words")

    def __init__(self, *data: Any, seen_by: Access, **options: Any) -> None:
        super().__init__(*data, **options | {"prefix": "revoke"})
        self._found = {f"person-{one.user.pk}": Receiver(user=one.user) for one in seen_by.people if one.user}
        self._found |= {f"group-{one.group.pk}": Receiver(group=one.group) for one in seen_by.groups if one.group}
        named = [(key, to.name if to.user else f"Group: {to.name}") for key, to in self._found.items()]
        self.fields["who"].choices = [("", "Choose one"), *named]  # type: ignore[attr-defined]

    def receiver(self) -> Receiver:
        """From whom."""
        return self._found[self.cleaned_data["who"]]


class ShareForm(forms.Form):
    """What is said when a list is to be shared: with whom, what, how long, what for."""

    agency = forms.CharField(
        label="Agency", max_length=120, help_text="As the accounts of its people name it.",
        widget=forms.TextInput(attrs=_QUIET | {"list": "known-agencies"}),
    )  # fmt: skip
    agency_class = forms.ChoiceField(
        label="What kind of agency", choices=[("", "Choose one"), *HotListShare.AgencyClass.choices]
    )
    what = forms.ChoiceField(
        label="What is shared", widget=forms.RadioSelect,
        choices=[("plates", "The plates ticked below"), ("whole", "The whole list, plates entered later too")],
    )  # fmt: skip
    plates = forms.ModelMultipleChoiceField(
        queryset=HotPlate.objects.none(), required=False, widget=forms.CheckboxSelectMultiple,
        help_text="A plate that is renewed stays shared to the end.",
    )  # fmt: skip
    starts_at = forms.DateTimeField(
        label="Begins", required=False, help_text="Empty: when it is approved.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    days = forms.IntegerField(label="For how many days", min_value=1, initial=7)
    why = forms.CharField(
        label="What they need it for", max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    case_number = forms.CharField(max_length=20, help_text=_CASE_HELP, widget=forms.TextInput(attrs=_QUIET))

    def __init__(self, *data: Any, plates: list[HotPlate], profile: Profile, **options: Any) -> None:
        super().__init__(*data, **options)
        most = longest(profile)
        # A little beyond the longest period is left to the rule, which says its clause.
        self.fields["days"].max_value = 366  # type: ignore[attr-defined]
        self.fields["days"].help_text = f"At most {most.days}. It ends by itself." if most else ""
        named = HotPlate.objects.filter(pk__in=[one.pk for one in plates]).order_by("plate", "pk")
        self.fields["plates"].queryset = named  # type: ignore[attr-defined]
        self.fields["plates"].label_from_instance = _in_words  # type: ignore[attr-defined]
        self.fields["what"].initial = "plates" if plates else "whole"
        if not plates:
            del self.fields["plates"]

    def clean_days(self) -> int:
        days: int = self.cleaned_data["days"]
        if days > 366:
            raise forms.ValidationError("That is longer than a year.")
        return days

    def wanted(self, hot_list_id: int, at: datetime) -> ShareWanted:
        """The valid form as the verb takes it."""
        facts = self.cleaned_data
        starts = facts["starts_at"] or at
        return ShareWanted(
            hot_list_id=hot_list_id,
            agency=facts["agency"],
            agency_class=facts["agency_class"],
            whole_list=facts["what"] == "whole",
            plates=frozenset(one.pk for one in facts.get("plates") or ()),
            why=facts["why"],
            case_number=facts["case_number"],
            starts_at=starts,
            ends_at=starts + timedelta(days=facts["days"]),
        )


class DecisionForm(forms.Form):
    """What a commander weighed. The decision itself is the button."""

    words = forms.CharField(
        label="What you weighed, and why you decide so", max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


def known_agencies() -> list[str]:
    """The other agencies as accounts name them."""
    named = User.objects.exclude(organisation="").order_by("organisation").values_list("organisation", flat=True)
    return list(named.distinct())


def _in_words(entry: HotPlate) -> str:
    return f"{entry.state} {entry.plate}: {entry.reason[:80]}".strip()
