"""The verbs of sources and lists: create and change, each on record with old and new values."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError

from audit import ledger
from audit.actions import Action
from audit.asker import Asker
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from hotlists import rules_special
from hotlists.imports.layout import all_layouts
from hotlists.lists import managing, rules
from hotlists.models import HotList, HotListSource

PURPOSE = "administration"


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What is on file about a source. ``code`` is its folder for pick-up, "" for none; ``refresh_minutes`` None for
    no promise; file types in the supplier's own words, none accepted meaning all."""

    name: str
    authority: str
    kind: str = HotListSource.Kind.OWN
    code: str = ""
    refresh_minutes: int | None = None
    layout: str = ""
    accepted_types: tuple[str, ...] = ()
    refused_types: tuple[str, ...] = ()


def create_source(facts: SourceFacts, *, by: Asker, at: datetime) -> HotListSource:
    """A new source. Raises Refused."""
    with _changing(by, at) as (record, profile):
        source = HotListSource()
        _require(facts, None, profile)
        _put(source, facts, by, "Created", profile)
        record.about("source", source.pk, source.name)
        record.detail = {"before": None, "after": asdict(facts)}
    return source


def change_source(*, source_id: Any, facts: SourceFacts, by: Asker, at: datetime) -> HotListSource:
    """Change what is on file about a source. Raises HotListSource.DoesNotExist, Refused."""
    with _changing(by, at) as (record, profile):
        source = HotListSource.objects.select_for_update(no_key=True).get(pk=source_id)
        record.about("source", source.pk, source.name)
        before = facts_of(source)
        _require(facts, source.pk, profile)
        _put(source, facts, by, "Changed", profile)
        record.detail = {"before": _differing(before, facts), "after": _differing(facts, before)}
    return source


def create_list(*, name: str, source_id: Any, near: str, by: Asker, at: datetime) -> HotList:
    """A new ordinary list; a special one is asked for and opened by another person (I). Raises Refused,
    HotListSource.DoesNotExist."""
    with _changing(by, at) as (record, profile):
        name = name.strip()
        _refuse(rules.refuse_name(_list_named(name).exists(), "list", profile))
        hot_list = HotList(name=name, source=HotListSource.objects.get(pk=source_id), near=near)
        _save(hot_list, by, "Created", profile, "list")
        record.about("hot_list", hot_list.pk, hot_list.name)
        record.detail = {"before": None, "after": {"source": hot_list.source.name, "near": near}}
    return hot_list


def change_list(*, hot_list_id: Any, name: str, near: str, by: Asker, at: datetime) -> HotList:
    """Change a list's name, or what it shows as possible matches. Raises HotList.DoesNotExist where the asker may not
    see it, Refused."""
    with _changing(by, at) as (record, profile):
        name = name.strip()
        seen = HotList.objects.visible_to(by.member, at)
        hot_list = HotList.objects.select_for_update(of=("self",), no_key=True).get(
            pk__in=seen.filter(pk=hot_list_id).values("pk")
        )
        record.about("hot_list", hot_list.pk, hot_list.name)
        _refuse(rules_special.refuse_renaming(hot_list, name, profile))
        _refuse(rules.refuse_name(_list_named(name).exclude(pk=hot_list.pk).exists(), "list", profile))
        before = {"name": hot_list.name, "near": hot_list.near}
        hot_list.name, hot_list.near = name, near
        _save(hot_list, by, "Changed", profile, "list", "name", "near")
        record.detail = {"before": before, "after": {"name": name, "near": near}}
    return hot_list


def facts_of(source: HotListSource) -> SourceFacts:
    """What is on file about a source now."""
    return SourceFacts(
        name=source.name,
        authority=source.authority,
        kind=source.kind,
        code=source.code or "",
        refresh_minutes=source.refresh_minutes,
        layout=source.layout,
        accepted_types=tuple(source.accepted_types),
        refused_types=tuple(source.refused_types),
    )


@contextmanager
def _changing(by: Asker, at: datetime) -> Iterator[tuple[ledger.Record, Profile]]:
    with ledger.act(Action.HOT_LIST_CHANGE, by=by, at=at, purpose=PURPOSE) as record:
        yield record, managing.admit(by, at=at)


def _require(facts: SourceFacts, own: int | None, profile: Profile) -> None:
    others = HotListSource.objects.exclude(pk=own) if own else HotListSource.objects.all()
    _refuse(
        rules.refuse_source(
            name_taken=others.filter(name=facts.name.strip()).exists(),
            code_taken=bool(facts.code) and others.filter(code=facts.code).exists(),
            layout_known=not facts.layout or facts.layout in all_layouts(),
            authority=facts.authority.strip(),
            profile=profile,
        )
        or rules.refuse_types(facts.accepted_types, facts.refused_types, profile)
    )


def _put(source: HotListSource, facts: SourceFacts, by: Asker, why: str, profile: Profile) -> None:
    source.name, source.authority, source.kind = facts.name.strip(), facts.authority.strip(), facts.kind
    source.code, source.refresh_minutes, source.layout = facts.code or None, facts.refresh_minutes, facts.layout
    source.accepted_types, source.refused_types = list(facts.accepted_types), list(facts.refused_types)
    _save(source, by, why, profile, "source")


def _save(row: Any, by: Asker, why: str, profile: Profile, what: str, *fields: str) -> None:
    row._history_user, row._change_reason = by.user, why
    try:
        row.save(update_fields=fields or None)
    except IntegrityError as error:  # somebody took the name or the folder a moment ago; nothing else is unique
        raise Refused(
            rules.NAME_TAKEN.refuse(f"Another {what} has this name or folder.", profile=profile.stamp)
        ) from error


def _list_named(name: str) -> Any:
    # All lists, those the asker may not see too: the name is unique in the table, and two of one name help nobody.
    return HotList.objects.filter(name=name)


def _differing(one: SourceFacts, other: SourceFacts) -> dict[str, Any]:
    there = asdict(other)
    return {key: value for key, value in asdict(one).items() if value != there[key]}


def _refuse(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)
