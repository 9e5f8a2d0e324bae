"""A next version of the policy that waits for a second person, so that the pages show a change on its way."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from audit import asker, policy
from audit.models import ActivationProposal, ProfileVersion, User
from audit.policies import activation, document, prepare, toml_text

NOTE = "A vehicle seen again at one camera counts as one hit for twenty minutes, and misread plates are put right."
PROPOSAL = "Adopted by the Chief's letter of this week; dispatch asked for fewer repeated hits."
MEASURES = (
    "A person compares each hit's picture with the plate before anything is done, and a wrong read is corrected "
    "beside the original."
)


def create_policies(at: datetime) -> int:
    """Prepare the next version and propose it for the first of the coming month; nothing where it was done before."""
    base = policy.in_force(at)
    manager = User.objects.filter(username="demo-sysadmin").first()
    if manager is None or ActivationProposal.objects.exists() or ProfileVersion.objects.exclude(based_on="").exists():
        return 0
    by = asker.person(manager)
    row = prepare.prepare(text=_next(base, at), note=NOTE, based_on=base.stamp, by=by, at=at)
    activation.propose(stamp=str(row), effective_from=_first_of_next_month(at), note=PROPOSAL, by=by, at=at)
    return 1


def _next(base: policy.Profile, at: datetime) -> str:
    """The text of the version in force with two changes: a longer folding, and measures for accuracy stated."""
    raw = document.raw_of(policy.text_of(base.stamp), base.stamp)
    raw["profile"]["version"] = f"draft-{at:%Y-%m}"
    for value in raw["value"]:
        if value["key"] == "hit.fold_within":
            value["value"] = "PT20M"
            value["text"] = "A vehicle seen again at one camera within twenty minutes counts as the same open hit."
    first = next(value for value in raw["value"] if value["key"] == "access.role")
    measures = {"key": "accuracy.measures", "value": ["second_look", "corrections_kept"]}
    raw["value"].append(
        measures | {"instrument": first["instrument"], "section": "draft", "strength": "shall", "text": MEASURES}
    )
    return toml_text.write(raw)


def _first_of_next_month(at: datetime) -> datetime:
    """Midnight in the agency's zone, a week away at least."""
    zone = ZoneInfo(settings.AGENCY["zone"])
    day = (at.astimezone(zone) + timedelta(days=7)).date().replace(day=28) + timedelta(days=4)
    return datetime.combine(day.replace(day=1), time(), zone)
