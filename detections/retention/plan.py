"""Plans of purges: what would be destroyed, counted, listed and put under one root before anyone approves it.

A plan is asked for (by the clockwork each night, or by the custodian), made off the request path, and is ready when
its counts, its list of ids and its root stand. It is of one partition; an approval is of one plan.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection

from audit import asker, gate, ledger, policy
from audit.abilities import Ability
from audit.actions import Action, ActorKind
from audit.asker import Asker
from audit.policy import Profile
from audit.refusals import Refused
from detections import partitions
from detections.models import Hit, Latecomer, PlateCorrection, PurgePlan, QuarantinedRead
from detections.retention import id_files, photos, store
from detections.retention.kept import kept_in
from detections.retention.terms import Terms, terms_of
from detections.rules import retention as rules

PURPOSE = "retention"
# A council meets every few weeks: a plan is there as long before it is due.
AHEAD = timedelta(days=45)
PATIENCE = 20.0
LIVE = (PurgePlan.Status.MAKING, PurgePlan.Status.READY)

_COUNTS = """
    SELECT camera_id, ((captured_at AT TIME ZONE %s)::date)::text, count(*), min(captured_at), max(captured_at)
    FROM detections_detection WHERE captured_at >= %s AND captured_at < %s AND id <> ALL(%s::uuid[])
    GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class _Counted:
    """Reads by camera number and day of the agency's calendar, and when the first and last were captured."""

    by_camera: dict[str, dict[str, int]]
    earliest: datetime | None
    latest: datetime | None


def ask(*, by: Asker, at: datetime) -> list[PurgePlan]:
    """Ask for the plans of all partitions due in the next weeks that have none; those asked for, to be made.

    A plan made under terms that are no longer in force is replaced. Raises Refused where the policy lets no purge run.
    """
    with ledger.act(Action.PURGE_PLAN, by=by, at=at, purpose=PURPOSE) as record:
        profile = _admit(by, at)
        terms = terms_of(profile, at)
        _replace_stale(profile, terms)
        live = set(PurgePlan.objects.filter(status__in=LIVE).values_list("partition", flat=True))
        due = [one for one in _due(terms, at) if one.name not in live]
        plans = [_new(one, by, at, profile, terms) for one in due]
        record.result_count = len(plans)
        record.detail = {"partitions": [plan.partition for plan in plans]}
    return plans


def ask_again(*, by: Asker, at: datetime, plan_id: UUID) -> PurgePlan:
    """Replace a ready plan by a new one: for holds lifted and reads come in since. Its approvals end with it.

    Raises Refused, and PurgePlan.DoesNotExist.
    """
    with ledger.act(Action.PURGE_PLAN, by=by, at=at, purpose=PURPOSE, subject=("purge plan", plan_id, "")) as record:
        profile = _admit(by, at)
        before = PurgePlan.objects.select_for_update(of=("self",)).get(pk=plan_id)
        if refusal := rules.refuse_plan_state(before.status, PurgePlan.Status.READY, profile):
            raise Refused(refusal)
        _set_replaced([before])
        there = partitions.Partition(before.partition, before.first, before.upto)
        plan = _new(there, by, at, profile, terms_of(profile, at))
        record.result_count = 1
        record.detail = {"replaced_by": str(plan.pk)}
    return plan


def make(*, plan_id: UUID, at: datetime) -> PurgePlan:
    """Make a plan that was asked for. Safe to run twice; one stopped half-way is made from the start.

    Raises store.Busy where the partition could not be watched; the plan then waits for the next run.
    """
    plan = PurgePlan.objects.get(pk=plan_id)
    if plan.status != PurgePlan.Status.MAKING:
        return plan
    if all((one.name, one.first, one.upto) != (plan.partition, plan.first, plan.upto) for one in partitions.listed()):
        PurgePlan.objects.filter(pk=plan.pk).update(status=PurgePlan.Status.FAILED)
        plan.refresh_from_db()
        return plan
    store.watch(plan.partition, patience=PATIENCE)
    # Looked at first: what came late until now is on the list, and what comes from now on stays out of it.
    late = list(Latecomer.objects.filter(**_between(plan)).values_list("pk", flat=True))
    _fill(plan, at)
    with ledger.act(
        Action.PURGE_PLAN, by=asker.system("purge plan"), at=at, purpose=PURPOSE, subject=("purge plan", plan.pk, "")
    ) as record:
        standing = PurgePlan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
        if standing.status == PurgePlan.Status.MAKING:
            Latecomer.objects.filter(pk__in=late).delete()
            plan.save()
        record.result_count = plan.reads
        record.detail = {"root": plan.root, "ids_sha256": plan.ids_sha256, "held": plan.reads_held}
    if standing.status != PurgePlan.Status.MAKING:
        id_files.remove(plan.ids_file)
        return standing
    return plan


def make_waiting(*, at: datetime) -> int:
    """Make all plans that were asked for and are not made; how many are ready now."""
    waiting = PurgePlan.objects.filter(status=PurgePlan.Status.MAKING).order_by("first").values_list("pk", flat=True)
    made = [make(plan_id=pk, at=at) for pk in list(waiting)]
    return sum(plan.status == PurgePlan.Status.READY for plan in made)


def terms_now(profile: Profile, terms: Terms) -> tuple[str, str, str]:
    """What a plan must have been made under to be carried out."""
    return profile.stamp, terms.floor, terms.ceiling


def _admit(by: Asker, at: datetime) -> Profile:
    """The profile, if it lets purges be planned; raises Refused. The clockwork needs no ability."""
    profile = policy.in_force(at) if by.kind == ActorKind.SYSTEM else gate.admit(by, Ability.APPROVE_PURGE, at=at)
    refusal = rules.refuse_conflict(policy.undetermined(profile, "purge"), profile) or rules.refuse_no_ceiling(
        terms_of(profile, at).ceiling, profile
    )
    if refusal:
        raise Refused(refusal)
    return profile


def _due(terms: Terms, at: datetime) -> list[partitions.Partition]:
    return [one for one in partitions.listed() if terms.may_destroy(one.first, one.upto, at + AHEAD)]


def _new(one: partitions.Partition, by: Asker, at: datetime, profile: Profile, terms: Terms) -> PurgePlan:
    return PurgePlan.objects.create(
        asked_at=at,
        asked_by=by.user,
        partition=one.name,
        first=one.first,
        upto=one.upto,
        due_at=terms.due_at(one.first, one.upto, at),
        profile=profile.stamp,
        floor=terms.floor,
        ceiling=terms.ceiling,
    )


def _replace_stale(profile: Profile, terms: Terms) -> None:
    now = terms_now(profile, terms)
    live = PurgePlan.objects.select_for_update(of=("self",)).filter(status__in=LIVE)
    _set_replaced([plan for plan in live if (plan.profile, plan.floor, plan.ceiling) != now])


def _set_replaced(plans: Sequence[PurgePlan]) -> None:
    for plan in plans:
        plan.status = PurgePlan.Status.REPLACED
        plan.save(update_fields=["status"])


def _between(plan: PurgePlan) -> dict[str, datetime]:
    return {"captured_at__gte": plan.first, "captured_at__lt": plan.upto}


def _fill(plan: PurgePlan, at: datetime) -> None:
    """Count and list what the plan would destroy. Outside any act: it takes seconds and shows nothing."""
    _progress(plan, 5)
    kept = kept_in(plan.first, plan.upto)
    stays = kept.held | kept.waiting
    but = [ref.id for ref in stays]
    counted = _count(plan, but)
    _progress(plan, 30)
    ids = id_files.store(str(plan.pk), store.ids_in(plan.first, plan.upto, but))
    _progress(plan, 85)
    between = _between(plan)
    plan.reads, plan.root, plan.ids_sha256 = ids.size, ids.root, ids.sha256
    plan.ids_file, plan.chunks = ids.name, ids.chunks
    plan.counts, plan.earliest, plan.latest = counted.by_camera, counted.earliest, counted.latest
    plan.reads_held, plan.reads_with_open_hits = len(kept.held), len(kept.waiting - kept.held)
    plan.holds = {str(hold): count for hold, count in kept.holds.items()}
    plan.kept = [ref.as_list() for ref in stays]
    plan.photos = photos.count_rows(plan.first, plan.upto, photos.of_reads(stays))
    plan.hits = Hit.objects.filter(**between, status=Hit.Status.CLOSED).exclude(detection_id__in=but).count()
    plan.corrections = PlateCorrection.objects.filter(**between).exclude(detection_id__in=but).count()
    plan.quarantined = QuarantinedRead.objects.filter(received_at__gte=plan.first, received_at__lt=plan.upto).count()
    plan.status, plan.progress, plan.made_at = PurgePlan.Status.READY, 100, at


def _count(plan: PurgePlan, but: list[UUID]) -> _Counted:
    by_camera: dict[str, dict[str, int]] = {}
    first: list[datetime] = []
    last: list[datetime] = []
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [settings.AGENCY["zone"], plan.first, plan.upto, but])
        for camera, day, count, earliest, latest in cursor:
            by_camera.setdefault(str(camera), {})[day] = count
            first.append(earliest)
            last.append(latest)
    return _Counted(by_camera, min(first, default=None), max(last, default=None))


def _progress(plan: PurgePlan, percent: int) -> None:
    PurgePlan.objects.filter(pk=plan.pk, status=PurgePlan.Status.MAKING).update(progress=percent)
