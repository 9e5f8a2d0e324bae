"""The search form: shape only. What may not be searched is for the rules to say, so that it is on record."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import uuid4
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.forms.boundfield import BoundField

from audit.models import User
from audit.plates import US_STATES
from audit.policy import Profile
from cameras.models import Camera, Site
from detections.searching.asked import Asked
from detections.searching.form_choices import EXACT_WAYS, WAYS, group_choices, purpose_choices
from detections.searching.local_instant import LocalInstantField, local_minute
from detections.searching.places import SCENES, KnownPlace, PlaceError, area_of, place_fields
from detections.searching.question import Area, Kind, Match, QuestionError, Scene
from detections.searching.run import DEFAULT_WINDOW, reviewers

# What a canvass begins with; a week of everything near a place would need approval.
CANVASS_WINDOW = timedelta(hours=1)
LIMITS = ("days", "hours", "area_km2", "known_characters")
WHY = ("purpose", "reason", "case_number", "reviewer", "review", "attested", "ticket", "way")
_PLACE_OF_AREA = tuple(place_fields("area"))
_SCENE_FIELDS = tuple(name for scene in SCENES for name in (*place_fields(scene), f"{scene}_from_at", f"{scene}_to_at"))
_WHEN = ("from_at", "to_at")
_WHERE = ("cameras", "groups", *_PLACE_OF_AREA)
FIELDS_OF = {
    "plate": ("plate", "match", "state", *_WHEN, *_WHERE),
    "part": ("plate", "containing", "folded", "state", *_WHEN, *_WHERE),
    "canvass": ("plate", "containing", "folded", "state", *_WHEN, *_WHERE),
    "scenes": ("at_least", "state", "cameras", "groups", *_SCENE_FIELDS),
    "convoy": ("plate", "state", "within_minutes", "cameras_together", *_WHEN, "cameras", "groups"),
}
# Where a question without meaning is mended in this form.
_FIELD_OF = {"area": "area_site", "scenes": "scene1_site", "within_s": "within_minutes", "question": "plate"}


class SearchForm(forms.Form):
    """A search as a person types it. ``asked()`` gives it to the verb once the form is valid.

    Only the fields of the chosen way are judged; the others keep what was typed.
    """

    use_required_attribute = False

    ticket = forms.UUIDField(required=False, widget=forms.HiddenInput)
    way = forms.ChoiceField(
        label="What do you know?", choices=list(WAYS.items()), required=False, widget=forms.RadioSelect
    )
    plate = forms.CharField(
        required=False,
        max_length=64,
        help_text="Spaces and dashes do not matter. In a part: ? is one unknown character, * any number of them.",
        widget=forms.TextInput(
            attrs={
                "class": "plate-input",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "data-shortcut": "/",
            }
        ),
    )
    match = forms.ChoiceField(label="Find", choices=EXACT_WAYS, required=False)
    containing = forms.CharField(
        label="Characters somewhere in the plate",
        required=False,
        max_length=64,
        help_text="In any order, where you do not know their places.",
        widget=forms.TextInput(
            attrs={"class": "plate-input", "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    folded = forms.BooleanField(label="Look-alikes too: 0 O Q D, 1 I L, 8 B, 5 S, 2 Z, 6 G", required=False)
    state = forms.ChoiceField(
        required=False,
        choices=[("", "Any state"), *US_STATES.items()],
        help_text="Reads whose state was not told are shown too.",
    )
    within_minutes = forms.FloatField(
        label="Within how many minutes of it",
        required=False,
        min_value=0.1,
        max_value=60,
        widget=forms.NumberInput(attrs={"step": "any", "placeholder": "2"}),
    )
    cameras_together = forms.IntegerField(
        label="At how many cameras or more",
        required=False,
        min_value=2,
        max_value=50,
        widget=forms.NumberInput(attrs={"placeholder": "3"}),
    )
    at_least = forms.IntegerField(
        label="At how many of the scenes or more",
        required=False,
        min_value=2,
        max_value=len(SCENES),
        widget=forms.NumberInput(attrs={"placeholder": "2"}),
    )
    from_at = LocalInstantField(label="From", edge="start")
    to_at = LocalInstantField(label="Up to", edge="end", required=False)
    groups = forms.MultipleChoiceField(
        label="All cameras of a kind", required=False, widget=forms.CheckboxSelectMultiple
    )
    cameras = forms.ModelMultipleChoiceField(
        label="Cameras",
        queryset=Camera.objects.none(),
        required=False,
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
    )
    purpose = forms.CharField(label="Purpose (required)", required=False, max_length=60)
    reason = forms.CharField(
        label="What is it for? (required)",
        required=False,
        max_length=500,
        help_text="What happened, and what you hope to find.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    case_number = forms.CharField(
        label="Case number", required=False, max_length=30, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    reviewer = forms.ModelChoiceField(
        label="Documented by",
        queryset=User.objects.none(),
        required=False,
        empty_label="Nobody",
        to_field_name="username",
    )
    review = forms.CharField(
        label="What they reviewed", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    attested = forms.BooleanField(
        label="This search is not based solely on race, sex, religion or another protected class.", required=False
    )

    def __init__(self, data: Any = None, *, profile: Profile, user: User, at: datetime) -> None:
        super().__init__(data, initial={"from_at": at - DEFAULT_WINDOW, "way": "plate", "ticket": uuid4()})
        self._add_places()
        zone = at.astimezone(ZoneInfo(settings.AGENCY["zone"])).tzname()
        self.fields["from_at"].help_text = f"Local time ({zone} today)."
        usual = {
            "data-usual": local_minute(at - DEFAULT_WINDOW),
            "data-usual-canvass": local_minute(at - CANVASS_WINDOW),
        }
        self.fields["from_at"].widget.attrs |= usual
        self.fields["to_at"].help_text = f"Local time ({zone} today). Empty: up to now."
        self.readers = readers = Camera.objects.exclude(kind=Camera.Kind.VIDEO).order_by("code")
        cast(forms.ModelMultipleChoiceField, self.fields["cameras"]).queryset = readers
        cast(forms.MultipleChoiceField, self.fields["groups"]).choices = list(group_choices(readers))
        cast(forms.ModelChoiceField, self.fields["reviewer"]).queryset = reviewers(at, but=user)
        self.fields["purpose"].widget = forms.RadioSelect(choices=purpose_choices(profile))
        if "case_number" in profile["query.requires"].value:
            self.fields["case_number"].label = "Case number (required)"
        self.fields["case_number"].help_text = "Year, dash, number: 26-123456."
        self.needs_review = [purpose.label for purpose in profile.purposes if purpose.review]
        self.limits = {name: profile[f"search.wide.{name}"].value for name in LIMITS}
        way = str(self.data.get("way", ""))
        self.chosen = way if way in WAYS else "plate"

    def full_clean(self) -> None:
        """Judge the fields of the chosen way alone: what stands in the others is neither used nor an error."""
        super().full_clean()
        used = {*WHY, *FIELDS_OF[self.chosen], "__all__"}
        for name in set(self.errors) - used:
            del self.errors[name]

    def clean(self) -> dict[str, Any]:
        """The places: each wrong part is named."""
        data = self.cleaned_data
        self.known = {place.name.casefold(): place for place in self.known_places}
        if self.chosen == "scenes":
            data["scenes"] = self._scenes()
        elif self.chosen != "convoy":
            data["area"] = self._area("area")
            if self.chosen == "canvass" and data["area"] is None and not self._place_is_wrong("area"):
                self.add_error("area_site", "Say where: a known place, a point, or corners on the map.")
        return data

    def asked(self) -> Asked:
        """The valid form as the verb takes it."""
        data = self.cleaned_data
        used = FIELDS_OF[self.chosen]
        values: dict[str, Any] = {
            name: data[name] for name in ("plate", "containing", "folded", "state") if name in used
        }
        values |= {name: data[name] for name in ("from_at", "to_at", "area") if name in used or name in data}
        if self.chosen == "scenes":
            values |= {"from_at": None, "to_at": None, "scenes": data["scenes"], "at_least": data["at_least"] or 2}
        if self.chosen == "convoy":
            values |= {
                "within_s": round((data["within_minutes"] or 2) * 60),
                "cameras_together": data["cameras_together"] or 3,
            }
        why = {name: data[name] for name in WHY if name not in ("ticket", "way")}
        return Asked(**values, **why, **self._kind_and_match(), cameras=tuple(self._cameras()))

    def take(self, error: QuestionError) -> None:
        """Show a question without meaning at the field where it is mended."""
        name = _FIELD_OF.get(error.field, error.field)
        self.add_error(name if name in self.fields else None, error.reason)

    @property
    def known_places(self) -> list[KnownPlace]:
        """Every site, for the list of places and for the map."""
        if not hasattr(self, "_known"):
            sites = Site.objects.order_by("name").values_list("name", "latitude", "longitude")
            self._known = [KnownPlace(*site) for site in sites]
        return self._known

    @property
    def area_fields(self) -> list[BoundField]:
        return [self[name] for name in _PLACE_OF_AREA]

    @property
    def filled_area(self) -> bool:
        """Whether something stands in the area's fields."""
        return any(field.value() or field.errors for field in self.area_fields)

    @property
    def scene_rows(self) -> list[dict[str, Any]]:
        """The scenes' fields, a row each; ``filled`` where something was typed."""
        rows = []
        for number, scene in enumerate(SCENES, start=1):
            place = [self[name] for name in place_fields(scene)]
            when = [self[f"{scene}_from_at"], self[f"{scene}_to_at"]]
            filled = any(field.value() for field in (*place, *when)) or any(field.errors for field in (*place, *when))
            rows.append({"number": number, "prefix": scene, "place": place, "when": when, "filled": filled})
        return rows

    def _add_places(self) -> None:
        self.fields |= place_fields("area")
        for scene in SCENES:
            self.fields |= place_fields(scene)
            self.fields[f"{scene}_from_at"] = LocalInstantField(label="From", edge="start", required=False)
            self.fields[f"{scene}_to_at"] = LocalInstantField(label="Up to", edge="end", required=False)

    def _kind_and_match(self) -> dict[str, Any]:
        match self.chosen:
            case "part":
                return {"kind": Kind.PLATE, "match": Match.PATTERN}
            case "canvass":
                return {"kind": Kind.CANVASS, "match": Match.PATTERN}
            case "plate":
                return {"kind": Kind.PLATE, "match": Match(self.cleaned_data["match"] or Match.EXACT)}
        return {"kind": Kind(self.chosen)}

    def _cameras(self) -> Iterable[Camera]:
        """The ticked cameras and those of the ticked kinds, each once."""
        chosen = {camera.pk: camera for camera in self.cleaned_data["cameras"]}
        wanted = [group.split(":", 1) for group in self.cleaned_data["groups"]]
        if wanted:
            chosen |= {c.pk: c for c in self.readers if any(getattr(c, name) == value for name, value in wanted)}
        return chosen.values()

    def _area(self, prefix: str) -> Area | None:
        try:
            return area_of(self.cleaned_data, prefix, self.known)
        except PlaceError as error:
            self.add_error(f"{prefix}_{error.part}", error.reason)
            return None

    def _place_is_wrong(self, prefix: str) -> bool:
        return any(name.startswith(f"{prefix}_") for name in self.errors)

    def _scenes(self) -> tuple[Scene, ...]:
        """The scenes that have a place or a time; each needs both."""
        found: list[Scene] = []
        for scene in SCENES:
            area, wrong = self._area(scene), self._place_is_wrong(scene)
            from_at, to_at = (self.cleaned_data.get(f"{scene}_{edge}_at") for edge in ("from", "to"))
            if wrong or not (area or from_at or to_at):
                continue
            missing = {"site": area, "from_at": from_at, "to_at": to_at}
            for part in (part for part, value in missing.items() if value is None):
                self.add_error(f"{scene}_{part}", "Say where this scene was." if part == "site" else "Say when.")
            if not self._place_is_wrong(scene):
                self._add_scene(found, scene, area, from_at, to_at)
        if len(found) < 2 and not any(name.startswith("scene") for name in self.errors):
            self.add_error("scene1_site" if not found else "scene2_site", "Name at least two scenes.")
        return tuple(found)

    def _add_scene(self, found: list[Scene], scene: str, area: Any, from_at: Any, to_at: Any) -> None:
        try:
            found.append(Scene(area, from_at, to_at))
        except QuestionError as error:
            self.add_error(f"{scene}_to_at", error.reason)
