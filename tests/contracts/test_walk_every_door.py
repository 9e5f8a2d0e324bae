"""Promise A-2 at every door there is: each address and task stands in ``plate_data`` and does what it says."""

import uuid
from collections.abc import Iterator

import pytest
from django.core import mail
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from alpr_site.celery import app as celery
from audit.actions import Action
from audit.models import LedgerEntry, Notice
from audit.signin.sessions import mark_complete
from detections.models import Detection
from tests.contracts.plate_data import ADDRESSES, ADMIN, ADMIN_FRAME, STEP, TASKS, Look, Run
from tests.contracts.test_no_ledger_no_data import PLATE, no_ledger, things  # noqa: F401 - fixtures

STREAM = "detections:hit_stream"  # never ends; tests/detections/test_stream.py walks it
# Parameters that name one of the things; every other gets a value of its kind that names nothing.
NAMED = {
    "hit_id": "hit", "search_id": "search", "entry_id": "entry", "hold_id": "hold", "package_id": "package",
    "possible_id": "possible", "hot_list_id": "hot_list", "share_id": "share",
}  # fmt: skip
VALUES = {"uuid": str(uuid.UUID(int=7)), "int": "7", "slug": "alpr-01", "str": "abc", "path": "7"}


def doors(patterns: list | None = None, prefix: str = "", space: str = "") -> Iterator[tuple[str, str, dict[str, str]]]:
    """(name with namespace, route as written, kind of each parameter) of every pattern of the URLconf."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        kinds = getattr(pattern.pattern, "converters", {})
        found = {name: type(kind).__name__.removesuffix("Converter").lower() for name, kind in kinds.items()}
        route = prefix + str(pattern.pattern).lstrip("^").rstrip("$").replace(r"\Z", "")
        if isinstance(pattern, URLResolver):
            yield from doors(
                pattern.url_patterns, route, f"{space}{pattern.namespace}:" if pattern.namespace else space
            )
        elif isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}", route, found


def filled(route: str, kinds: dict[str, str], things: dict) -> str:  # noqa: F811
    for name, kind in kinds.items():
        word = "str" if kind == "string" else kind
        value = str(things[NAMED[name]]) if name in NAMED else VALUES.get(word, "abc")
        route = route.replace(f"<{word}:{name}>", value).replace(f"<{name}>", value)
    return "/" + route


ALL = sorted({(name, route, tuple(kinds.items())) for name, route, kinds in doors() if "(?P" not in route})
NAMES = {name for name, _, _ in doors()}


def entry_of(name: str) -> Look | str | None:
    """What the table says of an address; for a page of administration, what it says of the model."""
    if not name.startswith("admin:"):
        return ADDRESSES.get(name)
    page = name.removeprefix("admin:")
    if page in ADMIN_FRAME:
        return "the frame of administration"
    model = next((model for model in sorted(ADMIN, key=len, reverse=True) if page.startswith(f"{model}_")), None)
    if model is None:
        return None
    said = ADMIN[model]
    if said is not True:
        return str(said)
    return Look(Action.ADMIN_VIEW) if page.endswith("_changelist") else STEP


def who_for(name: str) -> str:
    """Whose browser asks: administration is closed to whoever does not administer before anything is looked at."""
    return "administrator" if name.startswith("admin:") else "detective"


@pytest.fixture
def people(transactional_db, detective, administrator) -> dict[str, Client]:
    """A browser for each, whose errors come as answers."""

    def client_of(user) -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        mark_complete(session, at=timezone.now())
        session.save()
        return client

    return {user.username: client_of(user) for user in (detective, administrator)}


def test_every_address_and_every_task_has_its_line_and_no_line_is_left_over():
    assert sorted(name for name in NAMES if entry_of(name) is None) == [], "give these a line in plate_data.py"
    assert sorted(set(ADDRESSES) - NAMES) == []
    celery.loader.import_default_modules()
    known = {name for name in celery.tasks if not name.startswith("celery.")}
    assert sorted(known ^ set(TASKS)) == []


def test_with_a_ledger_every_look_leaves_its_record(things, people):  # noqa: F811
    wrong = []
    for name, route, kinds in ALL:
        said = entry_of(name)
        if not isinstance(said, Look):
            continue
        before = LedgerEntry.objects.count()
        answer = people[who_for(name)].get(filled(route, dict(kinds), things))
        b"".join(answer)
        left = {entry.action for entry in LedgerEntry.objects.filter(index__gte=before)}
        if not said.actions & left:
            wrong.append(f"{name}: {answer.status_code}, recorded {sorted(left)} and not {sorted(said.actions)}")
    assert wrong == []


def test_without_a_ledger_every_look_is_a_503_and_nothing_shows_a_plate(things, people, no_ledger):  # noqa: F811
    wrong, records = [], LedgerEntry.objects.count()
    for name, route, kinds in ALL:
        said, path = entry_of(name), filled(route, dict(kinds), things)
        if name in (STREAM, "account_logout"):
            continue
        answer = people[who_for(name)].get(path)
        if PLATE.encode() in b"".join(answer):
            wrong.append(f"{name}: shows a plate")
        if isinstance(said, Look) and answer.status_code != 503:
            wrong.append(f"{name}: {answer.status_code} and not 503")
    assert wrong == []
    assert LedgerEntry.objects.count() == records


def test_without_a_ledger_no_step_is_taken_and_none_shows_a_plate(things, people, no_ledger):  # noqa: F811
    """Every address with an empty form, as a person who may: whatever it answers, no plate is in it."""
    wrong = []
    for name, route, kinds in ALL:
        if name in (STREAM, "account_logout"):
            continue
        answer = people["detective"].post(filled(route, dict(kinds), things))
        if PLATE.encode() in b"".join(answer):
            wrong.append(f"{name}: {answer.status_code} shows a plate")
    assert wrong == []
    assert Detection.objects.count() == 1


@pytest.mark.parametrize("name", [name for name, said in TASKS.items() if isinstance(said, Run)])
def test_without_a_ledger_a_task_tells_nobody(transactional_db, things, no_ledger, name):  # noqa: F811
    celery.loader.import_default_modules()
    notices, records = Notice.objects.count(), LedgerEntry.objects.count()
    result = celery.tasks[name].apply(kwargs=TASKS[name].kwargs)
    assert result.state in ("FAILURE", "RETRY", "SUCCESS")
    assert LedgerEntry.objects.count() == records
    assert Notice.objects.count() == notices
    assert mail.outbox == []
