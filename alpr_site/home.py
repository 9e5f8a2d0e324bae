"""The front door: for the public what this is; for staff what needs them now, in figures that link to the lists."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from alpr_site import store
from alpr_site.navigation import count_to_publish
from audit.abilities import Ability, abilities_of, roles_of
from audit.elsewhere import gaps
from audit.log.checkpoints import exposure
from audit.models import Certificate, LedgerEntry, RoleGrant, User
from audit.policies.looks import waiting as proposals
from audit.review.waiting import waiting as review_waiting
from audit.roster.looks import review_overdue
from audit.roster.request_looks import count_waiting as count_access
from audit.safeguards.breaches import count_open
from audit.safeguards.keeping import count_overdue
from cameras.models import Camera
from detections.hits.visibility import visible_hits
from detections.models import Hit, Photo, PurgeCertificate, Search
from detections.quarantine.listing import count_waiting as count_wrong_clocks
from detections.retention import hold_pages, looks
from detections.searching import approval
from hotlists.entries.reconcile import count_to_reconcile
from hotlists.lists.stale import count_stale
from hotlists.models import HotPlate
from hotlists.special.looks import count_to_open
from hotlists.special.share_looks import count_to_decide
from registry.views import home_public

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that needs someone, the words for it, and the list behind it."""

    number: int
    words: str
    url: str
    note: str = ""
    urgent: bool = False


def home(request: HttpRequest) -> HttpResponse:
    """The public page, or the signed-in person's own."""
    if not request.user.is_authenticated:
        return home_public(request)
    at = timezone.now()
    user = request.user
    context = {
        "figures": figures_for(user, at),
        "roles": [RoleGrant.Role(role).label for role in sorted(roles_of(user, at))],
        "certificates": Certificate.objects.filter(user=user).order_by("kind", "-expires_on"),
        "today": at.date(),
        "soon": at.date() + timedelta(days=30),
        "searches": Search.objects.filter(asked_by=user).order_by("-asked_at")[:5],
    }
    return render(request, "home.html", context)


def figures_for(user: User, at: datetime) -> list[Figure]:
    """What needs this person now, by what they may do. Counts only: no plate is shown, so none is looked at."""
    abilities = abilities_of(user, at)
    makers = {
        Ability.WATCH_HITS: _hits,
        Ability.ENTER_HOT_PLATE: _hot_plates,
        Ability.TRANSCRIBE: _photos,
        Ability.MANAGE_CAMERAS: _cameras,
        Ability.READ_LEDGER: _ledger,
        Ability.UPLOAD_READS: _wrong_clocks,
        Ability.PLACE_HOLDS: _holds,
        Ability.APPROVE_PURGE: _purges,
        Ability.ENTER_ADMIN: _store,
        Ability.MANAGE_HOT_LISTS: _hot_lists,
        Ability.APPROVE_SHARES: _shares,
        Ability.ANSWER_FINDINGS: _findings,
        Ability.IMPORT_QUERIES: _elsewhere,
        Ability.MANAGE_SAFEGUARDS: _safeguards,
        Ability.MANAGE_PEOPLE: _roster,
        Ability.APPROVE_POLICY: _policies,
        Ability.APPROVE_PUBLICATION: _publications,
    }
    by_ability = [figure for ability, make in makers.items() if ability in abilities for figure in make(user, at)]
    return _approvals(user, at) + _access(user, at) + _inspections(user, at) + by_ability


def _hits(user: User, at: datetime) -> list[Figure]:
    hits = visible_hits(user, at)
    waiting = hits.filter(status=Hit.Status.NEW)
    mine = hits.filter(taken_by=user).exclude(status__in=[Hit.Status.NEW, Hit.Status.CLOSED]).count()
    oldest = waiting.order_by("created_at").values_list("created_at", flat=True).first()
    note = f"oldest {_age(at - oldest)}" if oldest else "nothing waits"
    desk = reverse("detections:hit_desk")
    count = waiting.count()
    return [
        Figure(count, "hits wait for someone", f"{desk}?show=new", note, urgent=count > 0),
        Figure(mine, "hits are yours and open", f"{desk}?show=mine"),
    ]


def _hot_plates(user: User, at: datetime) -> list[Figure]:
    own = HotPlate.objects.active(at).filter(entered_by=user)
    ending = own.filter(expires_at__lt=at + timedelta(hours=2)).count()
    note = f"{ending} end within 2 hours" if ending else "none ends within 2 hours"
    open_ends = count_to_reconcile(user, at)
    reconcile = reverse("hotlists:reconcile")
    return [
        Figure(own.count(), "live hot plates you entered", reverse("hotlists:hot_plates"), note),
        Figure(open_ends, "hot plates differ from CLETS/NCIC", reconcile, urgent=open_ends > 0),
    ]


def _hot_lists(user: User, at: datetime) -> list[Figure]:
    stale, waiting = count_stale(user, at), count_to_open(user, at) or 0
    return [
        Figure(stale, "hot lists are out of date", reverse("hotlists:lists"), urgent=stale > 0),
        Figure(waiting, "special lists wait to be opened", reverse("hotlists:special_lists"), urgent=waiting > 0),
    ]


def _shares(user: User, at: datetime) -> list[Figure]:
    waiting = count_to_decide(user, at) or 0
    return [Figure(waiting, "shares of special lists wait for you", reverse("hotlists:shares"), urgent=waiting > 0)]


def _photos(user: User, at: datetime) -> list[Figure]:
    unread = Photo.objects.filter(status=Photo.Status.UNREADABLE).count()
    waiting = Photo.objects.filter(status__in=[Photo.Status.WAITING, Photo.Status.READING]).count()
    note = f"{waiting} more wait for the machine" if waiting else ""
    return [Figure(unread, "photographs need a person's eye", reverse("detections:unread_photos"), note)]


def _cameras(user: User, at: datetime) -> list[Figure]:
    operational = Camera.objects.operational(at).count()
    total = Camera.objects.filter(retired_at=None).count()
    words = "cameras commissioned but not deployed"
    return [Figure(total - operational, words, reverse("cameras:list"), f"{operational} deployed")]


def _ledger(user: User, at: datetime) -> list[Figure]:
    recent = LedgerEntry.objects.between(at - DAY, at)
    url = reverse("audit:ledger")
    refused = recent.filter(outcome="refused").count()
    return [
        Figure(refused, "looks refused in the last 24 hours", f"{url}?outcome=refused", urgent=refused > 0),
        Figure(recent.count(), "records in the last 24 hours", url),
        _outside(at),
    ]


def _outside(at: datetime) -> Figure:
    """How much of the log no witness outside the database has seen yet (A-9)."""
    exposed = exposure(at)
    note = f"for {exposed.window.total_seconds():.0f} s" if exposed.window else "all of it is outside"
    late = exposed.window > timedelta(seconds=120)
    return Figure(
        exposed.head_size - exposed.size_covered,
        "records no witness has seen yet",
        reverse("audit:log"),
        note,
        urgent=late,
    )


def _approvals(user: User, at: datetime) -> list[Figure]:
    count = approval.count_waiting(user, at)
    if count is None:
        return []
    return [Figure(count, "wide searches wait for approval", reverse("detections:search_approvals"), urgent=count > 0)]


def _wrong_clocks(user: User, at: datetime) -> list[Figure]:
    return [Figure(count_wrong_clocks(), "reads with a wrong clock wait", reverse("detections:quarantine"))]


def _holds(user: User, at: datetime) -> list[Figure]:
    due = hold_pages.count_due(at)
    return [Figure(due, "holds are due for review", f"{reverse('detections:holds')}?state=due", urgent=due > 0)]


def _purges(user: User, at: datetime) -> list[Figure]:
    url = reverse("detections:purges")
    plans = looks.count_to_approve(at)
    done = PurgeCertificate.objects.filter(run_at__gt=at - 30 * DAY).count()
    return [
        Figure(plans, "purge plans wait for approval", url, urgent=plans > 0),
        Figure(done, "purges in the last 30 days", url),
    ]


def _access(user: User, at: datetime) -> list[Figure]:
    waiting = count_access(user, at)
    words = "requests for access wait for you"
    return [Figure(waiting, words, reverse("audit:access"), urgent=True)] if waiting else []


def _inspections(user: User, at: datetime) -> list[Figure]:
    """Overdue inspections are shown to all who answer for them: those who review, approve and command."""
    if not abilities_of(user, at) & {Ability.REVIEW_QUERIES, Ability.APPROVE_INSPECTIONS}:
        return []
    found, url = review_waiting(user, at), reverse("audit:inspections")
    note = f"{found.overdue} overdue" if found.overdue else "none overdue"
    return [Figure(found.inspections, "inspections wait for you", url, note, urgent=found.overdue > 0)]


def _findings(user: User, at: datetime) -> list[Figure]:
    found, url = review_waiting(user, at), reverse("audit:findings")
    note = f"{found.answers_late} past their time" if found.answers_late else ""
    return [Figure(found.to_answer, "findings wait for your answer", url, note, urgent=found.to_answer > 0)]


def _elsewhere(user: User, at: datetime) -> list[Figure]:
    missing = gaps.count_missing(at)
    words = "weeks lack an audit export of another system"
    return [Figure(missing, words, reverse("audit:elsewhere"), urgent=missing > 0)]


def _policies(user: User, at: datetime) -> list[Figure]:
    asked = [one for one in proposals() if one.proposed_by_id != user.pk]
    return [Figure(len(asked), "policy changes wait for you", reverse("audit:policy"), urgent=True)] if asked else []


def _roster(user: User, at: datetime) -> list[Figure]:
    late = review_overdue(at)
    return [Figure(1, "yearly review of the roster is due", reverse("audit:roster"), urgent=True)] if late else []


def _safeguards(user: User, at: datetime) -> list[Figure]:
    overdue, breaches = count_overdue(at), count_open()
    return [
        Figure(overdue, "safeguards are due for review", reverse("audit:safeguards"), urgent=overdue > 0),
        *([Figure(breaches, "breaches are open", reverse("audit:breaches"), urgent=True)] if breaches else []),
    ]


def _publications(user: User, at: datetime) -> list[Figure]:
    waiting = count_to_publish(user, at)
    return [Figure(waiting, "publications wait for you", reverse("registry:publications"), urgent=waiting > 0)]


def _store(user: User, at: datetime) -> list[Figure]:
    found = store.alarms(at)
    note = found[0] if found else "partitions and replicas are well"
    return [Figure(len(found), "alarms of the store of reads", reverse("store"), note, urgent=bool(found))]


def _age(gap: timedelta) -> str:
    minutes = int(gap.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
