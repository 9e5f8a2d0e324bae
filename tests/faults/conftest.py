"""One copy of the database for all faults, with one of each thing, and people signed in before anything breaks."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.utils import timezone

from alpr_site.quickstart.servers import APP
from audit.models import User
from audit.signin.sessions import mark_complete
from detections.models import Hit
from tests import make
from tests.faults.private_database import PASSWORD, copied, led_to
from tests.standby import Standby

PLATE = "0LOC123"


def client_of(user: User) -> Client:
    """A browser with a whole sign-in, whose errors come as answers."""
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    mark_complete(session, at=timezone.now())
    session.save()
    return client


def _things() -> dict[str, Any]:
    now = timezone.now()
    detective = make.user("detective", "detective", classification="detective", badge="2001")
    administrator = make.user("administrator", "alpr_administrator", is_staff=True)
    camera = make.camera(approver=detective)
    entry = make.hot_plate(PLATE, at=now, entered_by=detective)
    read = make.detection(PLATE, at=now - timedelta(minutes=5), seen_by=camera)
    hit = Hit.objects.create(detection=read, hot_plate=entry, plate=PLATE, captured_at=read.captured_at, created_at=now)
    return {
        "hit": hit.pk,
        "entry": entry.pk,
        "detective": client_of(detective),
        "administrator": client_of(administrator),
    }


@pytest.fixture(scope="package")
def house(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Standby, dict[str, Any]]]:
    """The copy and what it holds; the tests' own database is empty again before anything is broken."""
    with django_db_blocker.unblock():
        call_command("flush", interactive=False, verbosity=0)
        made = _things()
        with copied() as server:
            call_command("flush", interactive=False, verbosity=0)
            connections["default"].close()
            yield server, made


@pytest.fixture
def server(
    transactional_db: None, house: tuple[Standby, dict[str, Any]], settings: Any, tmp_path: Any
) -> Iterator[Standby]:
    """The copy that may be broken, over which Django works as the serving role; with an alarm file of its own."""
    settings.ALARM_FILE = str(tmp_path / "alarms.jsonl")
    with led_to(house[0], USER=APP, PASSWORD=PASSWORD):
        yield house[0]


@pytest.fixture
def made(house: tuple[Standby, dict[str, Any]]) -> dict[str, Any]:
    return house[1]
