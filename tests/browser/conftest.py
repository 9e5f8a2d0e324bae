"""Headless Chromium on the live server; every page it opens is watched for console errors."""

import time
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from audit.models import User
from audit.signin.sessions import mark_complete
from detections.live.feed import feed
from detections.live.line import keep_while
from tests import chromium

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.FLAGS)
        yield opened
        opened.close()
        connection.close()  # the one Django opened inside playwright's loop


@pytest.fixture
def page_of(browser: Browser, live_server) -> Iterator[Callable[..., Page]]:
    """``page_of(user or None, width=1440)``: a page of its own, signed in as the person, with ``complaints``."""
    contexts: list[BrowserContext] = []

    def open_page(user: User | None = None, *, width: int = 1440) -> Page:
        context = browser.new_context(base_url=live_server.url, viewport={"width": width, "height": 900})
        contexts.append(context)
        if user is not None:
            context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": live_server.url}])
        page = context.new_page()
        page.complaints = []  # type: ignore[attr-defined]
        page.on("console", lambda line: page.complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    end_streams()


def end_streams() -> None:
    """Let the live lines of closed pages end, so that none outlives the test's database."""
    keep_while(lambda: False)
    until = time.monotonic() + 20
    while not feed.is_idle and time.monotonic() < until:
        time.sleep(0.1)
    keep_while(lambda: True)


def session_of(user: User) -> str:
    """A stored session as sign-in leaves it: second factor used, notice accepted."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    mark_complete(session, at=timezone.now())
    session.save()
    return session.session_key or ""
