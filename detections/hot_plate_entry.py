"""What the doors of entering share: the form with the word a search needs, and what is told after it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest

from audit.abilities import Ability, abilities_of
from audit.asker import Asker
from audit.policy import Profile, duration
from detections.look_back import Entered
from hotlists.forms import EntryForm

KEY = "look_back"


class EntryWithLookBackForm(EntryForm):
    """The entry form, with the word that a search asks for where one may look back."""

    attested = forms.BooleanField(
        required=False, label="This is not based solely on race, sex, religion or another protected class."
    )

    def __init__(self, *data: Any, by: Asker, profile: Profile, at: datetime, **options: Any) -> None:
        super().__init__(*data, by=by, profile=profile, **options)
        reach = profile.get("hotplate.look_back")
        if reach is None or by.user is None or Ability.SEARCH not in abilities_of(by.user, at):
            del self.fields["attested"]
        else:
            days = duration(reach).days
            words = f"Needed to look back over the reads of the last {days} days, which is a search on record."
            self.fields["attested"].help_text = words

    def clean(self) -> dict[str, Any]:
        """Keep the word apart: it belongs to the search, not to the entry."""
        cleaned = super().clean() or self.cleaned_data
        self.word_given = bool(cleaned.pop("attested", False))
        return cleaned


@dataclass(frozen=True, slots=True)
class Told:
    """What the page after an entry tells of the look back; nothing of it names a plate."""

    since: datetime
    search_id: UUID | None
    refusal: dict[str, Any] | None
    trouble: str


def remember(request: HttpRequest, entered: Entered) -> None:
    """Keep for the next page, in the person's session, what came of the look back."""
    found = entered.look_back
    if found is None:
        request.session.pop(KEY, None)
        return
    refused = found.refused
    request.session[KEY] = {
        "entry": str(entered.entry.pk),
        "since": found.since.isoformat(),
        "search": str(found.search.pk) if found.search else "",
        "refusal": refusal_facts(refused.refusal, refused.record_index) if refused else None,
        "trouble": found.trouble,
    }


def refusal_facts(refusal: Any, record_index: int | None) -> dict[str, Any]:
    """A refusal as its include takes it."""
    cited = refusal.citation
    citation = {"instrument": cited.instrument, "section": cited.section, "text": cited.text}
    told = {"code": refusal.code, "reason": refusal.reason, "next_step": refusal.next_step, "record": record_index}
    return told | {"citation": citation, "title": "No look back"}


def recall(request: HttpRequest, entry_id: UUID) -> Told | None:
    """What was remembered about this entry; None about any other."""
    kept = request.session.get(KEY)
    if not kept or kept["entry"] != str(entry_id):
        return None
    search_id = UUID(kept["search"]) if kept["search"] else None
    return Told(datetime.fromisoformat(kept["since"]), search_id, kept["refusal"], kept["trouble"])
