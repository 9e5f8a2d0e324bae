"""The people of the tests, by what they are; and clients signed in with a second factor."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit.models import User
from tests import make


@pytest.fixture(scope="session", autouse=True)
def end_other_sessions(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """A browser's event loop can leave a connection of its own behind; the test database is dropped without it."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def own_alarms(settings, tmp_path: Path) -> None:
    """What a test breaks raises alarms that stand in a file of its own, and in no other test's."""
    settings.ALARM_FILE = str(tmp_path / "alarms-of-this-test.jsonl")


@pytest.fixture
def detective(db: None) -> User:
    return make.user("detective", "detective", classification="detective", badge="2001")


@pytest.fixture
def officer(db: None) -> User:
    return make.user("officer", "officer", classification="officer", badge="3001")


@pytest.fixture
def untrained(db: None) -> User:
    """An officer without any certificate."""
    return make.user("untrained", "officer", trained=False, classification="officer", badge="3009")


@pytest.fixture
def dispatcher(db: None) -> User:
    return make.user("dispatcher", "dispatcher", classification="dispatcher")


@pytest.fixture
def administrator(db: None) -> User:
    """An ALPR administrator: a sergeant assigned to the RTIC."""
    return make.user("administrator", "alpr_administrator", is_staff=True)


@pytest.fixture
def auditor(db: None) -> User:
    return make.user("auditor", "auditor", trained=False)


@pytest.fixture
def clerk(db: None) -> User:
    return make.user("clerk", "records_clerk", trained=False)


@pytest.fixture
def outsider(db: None) -> User:
    """Someone with an account and no role at all."""
    return make.user("outsider", trained=False)


@pytest.fixture
def signed_in():
    """``signed_in(user) -> Client``: a session with second factor and accepted notice, as sign-in makes it."""
    from audit.signin.sessions import mark_complete

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        mark_complete(session, at=timezone.now())
        session.save()
        return client

    return sign_in


@pytest.fixture
def noon() -> dt.datetime:
    return make.NOON
