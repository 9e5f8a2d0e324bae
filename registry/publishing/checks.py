"""What the page says beside what is enforced: each check names both sides and its clause. One open check stops all."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from audit import policy
from audit.models import PolicyActivation, User
from audit.policy import Profile
from audit.refusals import Citation
from cameras.models import Camera
from detections.models import Detection
from detections.retention.terms import terms_of
from hotlists.models import HotListImport, HotListShare, HotListSource
from registry.models import Sharing
from registry.transparency import ACCESS, BLOCKED, OWNED, say_duration

HOUSE = "Platekeeper default"
IMMIGRATION = "IMMIGRATION_VIOLATOR"
# Words that a store of vehicles has no column for; the page says so from this list.
NOT_STORED = ("face", "facial", "gender", "race", "sex", "person", "people", "age", "ethnic", "biometric")
NOT_FOR_SHARING = {"private", "out_of_state", "federal"}


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: what the page says, what is enforced, under which clause, and whether they agree."""

    code: str
    title: str
    page: str
    enforced: str
    citation: str
    agrees: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Ground:
    """What the checks look at: the policy, the page's policy part as content, the instant."""

    profile: Profile
    page: dict[str, Any]
    at: datetime


def all_checks(page: dict[str, Any], at: datetime) -> list[Check]:
    """Every check, in a fixed order. ``page`` is the policy part of a publication's content. A dozen queries."""
    ground = Ground(policy.in_force(at), page, at)
    return [check(ground) for check in CHECKS]


def open_checks(checks: list[Check]) -> list[Check]:
    """Those that do not agree."""
    return [check for check in checks if not check.agrees]


def _policy_version(ground: Ground) -> Check:
    newest = PolicyActivation.objects.filter(effective_from__lte=ground.at).order_by("-effective_from", "-id").first()
    enforced = ground.profile.stamp
    filed = newest.profile if newest else ground.profile.id
    return Check(
        "policy.version",
        "Policy and version",
        ground.page["policy_stamp"],
        enforced,
        _of(Citation("Civil Code", "§ 1798.90.51(b)(1)")),
        ground.page["policy_stamp"] == enforced and filed == ground.profile.id,
    )


def _retention(ground: Ground) -> Check:
    profile, terms = ground.profile, terms_of(ground.profile, ground.at)
    said = ground.page["retention"]
    waiting = policy.undetermined(profile, BLOCKED)
    if waiting:
        sides = waiting[0].sides
        page = "; ".join(f"{side.citation.text} ({side.citation})" for side in sides)
        return Check(
            "retention", "How long reads are kept", page, "Undetermined: no read is destroyed by the clock",
            str(sides[0].citation), agrees=False,
        )  # fmt: skip
    on_page = said["determination"]["value"] if said["determination"] else (said["ceiling"] or {}).get("value", "")
    cited = str(terms.citation) if terms.citation else HOUSE
    return Check(
        "retention", "How long reads are kept", f"At most {_in_words(on_page) or 'not said'}",
        f"Destroyed after {_in_words(terms.ceiling) or 'never'}", cited, agrees=on_page == terms.ceiling,
    )  # fmt: skip


def _immigration(ground: Ground) -> Check:
    prohibited = any(one.code == "immigration" for one in ground.profile.prohibitions)
    refused = IMMIGRATION in ground.profile.get("hotlist.refused_types", [])
    accepting = [] if refused else _taking_immigration()
    taken = any("IMMIGRATION" in str(kind).upper() for kind in _kinds_kept())
    enforced = "The file is dropped" if refused else "The policy does not drop the file"
    if accepting:
        enforced += f"; taken by {', '.join(accepting)}"
    if taken:
        enforced += "; rows of it stand on a live list"
    cited = ground.profile.values.get("hotlist.refused_types")
    return Check(
        "immigration", "Immigration enforcement", "Prohibited" if prohibited else "Not prohibited", enforced,
        _of(cited.citation) if cited else "SPD General Order 525.08, C.5",
        agrees=not prohibited or (refused and not taken),
    )  # fmt: skip


def _taking_immigration() -> list[str]:
    sources = HotListSource.objects.exclude(kind=HotListSource.Kind.OWN).order_by("name")
    return [
        one.name
        for one in sources
        if IMMIGRATION not in one.refused_types and (not one.accepted_types or IMMIGRATION in one.accepted_types)
    ]


def _kinds_kept() -> set[str]:
    from hotlists.models import HotPlate

    live = HotListImport.objects.filter(live_from__isnull=False, live_until=None)
    kept = HotPlate.objects.filter(imported_from__in=live).exclude(file_type="")
    return set(kept.order_by().values_list("file_type", flat=True).distinct())


def _agencies(ground: Ground) -> Check:
    listed = {row.agency.name: row for row in _has_access(ground.at)}
    names = {other.casefold() for row in listed.values() for other in (row.agency.name, *row.agency.aliases)}
    reaching = {share.agency for share in HotListShare.objects.active(ground.at)}
    reaching |= set(User.objects.filter(is_active=True).exclude(organisation="").values_list("organisation", flat=True))
    unlisted = sorted(one for one in reaching if one.casefold() not in names)
    return Check(
        "agencies", "Agencies with access", f"{len(listed)} listed",
        f"Accounts or shares without entry: {', '.join(unlisted)}" if unlisted else "Every account and share is listed",
        _cited(ground.profile, "share.steps"), agrees=not unlisted,
    )  # fmt: skip


def _legal_class(ground: Ground) -> Check:
    wrong = [
        row.agency.name
        for row in _has_access(ground.at)
        if row.agency.legal_class in NOT_FOR_SHARING and not row.authority.split("[")[0].strip()
    ]
    return Check(
        "agencies.class", "Who may have access", "Public agencies of California, unless a paper says more",
        f"Without a paper: {', '.join(sorted(wrong))}" if wrong else "No other agency without a paper on file",
        _of(Citation("Civil Code", "§ 1798.90.55(b)")), agrees=not wrong,
    )  # fmt: skip


def _has_access(at: datetime) -> list[Sharing]:
    rows = Sharing.objects.at(at).filter(direction=Sharing.Direction.HAS_ACCESS)
    return list(rows.select_related("agency").order_by("agency__name"))


def _cameras(ground: Ground) -> Check:
    now = Camera.objects.operational(ground.at).filter(owner_class__in=OWNED).count()
    said = sum(row["number"] for row in ground.page["cameras"] if row["owned"])
    return Check(
        "cameras", "Cameras owned", f"{said} on the page", f"{now} in the inventory", f"{HOUSE}, publish.counted",
        agrees=said == now,
    )  # fmt: skip


def _human_verified(ground: Ground) -> Check:
    text = ground.page["hot_list_policy"]["text"]
    promises = "verified" in text.casefold()
    by, how = ground.profile.get("hit.verifier", []), ground.profile.get("hit.verification", [])
    return Check(
        "hit.verification", "Hits are verified by a person", text,
        f"By {', '.join(by) or 'nobody'}, through {', '.join(how) or 'nothing'}; no action is recorded without",
        _cited(ground.profile, "hit.verification"), agrees=not promises or bool(by and how),
    )  # fmt: skip


def _case_number(ground: Ground) -> Check:
    clauses = [ground.profile.values[key].citation for key in ACCESS if key in ground.profile.values]
    saying = [one for one in clauses if "case number" in one.text.casefold()]
    asked = "case_number" in ground.profile.get("query.requires", [])
    return Check(
        "query.case_number", "A search needs a case number",
        saying[0].text if saying else "The page does not say so",
        "A search without one is refused" if asked else "A search without one is let through",
        str(saying[0]) if saying else _cited(ground.profile, "query.requires"), agrees=asked or not saying,
    )  # fmt: skip


def _not_detected(ground: Ground) -> Check:
    columns = [field.name for field in Detection._meta.get_fields() if getattr(field, "column", None)]
    found = [name for name in columns if set(name.casefold().split("_")) & set(NOT_STORED)]
    said = ", ".join(one["text"] for one in ground.page["not_detected"])
    return Check(
        "not_detected", "What is not detected", said,
        f"Columns of a read: {', '.join(found)}" if found else "A read has no column for it",
        f"{HOUSE}, publish.schema", agrees=not found,
    )  # fmt: skip


def _cited(profile: Profile, key: str) -> str:
    return str(profile.values[key].citation) if key in profile.values else f"{HOUSE}, {key}"


def _in_words(duration: str) -> str:
    return say_duration(duration) if duration else ""


def _of(citation: Citation) -> str:
    return str(citation)


CHECKS: tuple[Callable[[Ground], Check], ...] = (
    _policy_version,
    _retention,
    _immigration,
    _agencies,
    _legal_class,
    _cameras,
    _human_verified,
    _case_number,
    _not_detected,
)
