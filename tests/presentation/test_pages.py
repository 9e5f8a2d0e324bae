"""The frame of every page: menu, theme, refusals, and pages that come when nothing else does."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import RequestFactory

from alpr_site import presentation
from alpr_site.presentation_views import examples, patterns
from tests.make import NOON

MENU = [{"label": "Home", "url": "/"}, {"label": "Hits", "url": "/hits/"}, {"label": "Old hits", "url": "/hits/old/"}]


@pytest.fixture
def request_of_a_stranger(rf: RequestFactory) -> HttpRequest:
    request = rf.get("/")
    request.user = AnonymousUser()
    return request


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/", "Home"),
        ("/hits/", "Hits"),
        ("/hits/7/", "Hits"),
        ("/hits/old/3/", "Old hits"),
        ("/hitsville/", None),
        ("/search/", None),
    ],
)
def test_the_menu_marks_the_entry_one_is_under(path: str, current: str | None) -> None:
    marked = [entry["label"] for entry in presentation.mark_current(MENU, path) if entry["current"]]
    assert marked == ([current] if current else [])


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ("light", "light"), ('"><script>', ""), ("", "")])
def test_only_known_themes_reach_the_page(rf: RequestFactory, cookie: str, theme: str) -> None:
    request = rf.get("/")
    request.COOKIES["theme"] = cookie
    assert presentation.chosen_theme(request) == theme


def test_a_page_without_a_known_person_has_no_menu(rf: RequestFactory) -> None:
    assert presentation.page(rf.get("/"))["navigation"] == []


def test_a_refusal_says_what_why_and_what_next(request_of_a_stranger: HttpRequest) -> None:
    shown = {name: examples(NOON)[name] for name in ("refusal", "record_index")}
    page = render_to_string("errors/refused.html", shown, request_of_a_stranger)
    for words in [
        "This search has no purpose, so it was not run.",
        "A record of access must state the purpose",
        "1798.90.52(a)(4)",
        "Choose a purpose from the list",
        "search.purpose_missing",
        "1042",
    ]:
        assert words in page


def test_a_refusal_shows_what_was_typed_as_text(request_of_a_stranger: HttpRequest) -> None:
    refusal = SimpleNamespace(code="x", reason="<script>alert(1)</script>", citation=None, next_step="")
    page = render_to_string("errors/refused.html", {"refusal": refusal}, request_of_a_stranger)
    assert "<script>alert" not in page


@pytest.mark.parametrize("name", ["400.html", "500.html", "errors/503.html"])
def test_the_last_pages_need_no_context(name: str) -> None:
    page = render_to_string(name)
    assert "<h1>" in page
    assert "{" not in page


@pytest.mark.parametrize("name", ["403.html", "403_csrf.html", "404.html", "413.html", "429.html"])
def test_error_pages_say_what_to_do(name: str, request_of_a_stranger: HttpRequest) -> None:
    page = render_to_string(name, request=request_of_a_stranger)
    assert "Back to my page" in page
    assert "<h1>" in page


def test_not_found_does_not_tell_whether_a_thing_exists(request_of_a_stranger: HttpRequest) -> None:
    page = render_to_string(
        "404.html", {"exception": "No Hit matches", "request_path": "/hits/7/"}, request_of_a_stranger
    )
    assert "No Hit matches" not in page
    assert "not open to you" in page


def test_points_of_a_map_cannot_break_out_of_their_block(request_of_a_stranger: HttpRequest) -> None:
    points = [{"lat": 38.5, "lon": -121.4, "label": "</script><script>alert(1)</script>"}]
    page = render_to_string("includes/map.html", {"points": points, "map_id": "seen"}, request_of_a_stranger)
    assert 'id="seen-points"' in page
    assert "<script>alert" not in page


def test_the_pattern_page_draws_without_errors(request_of_a_stranger: HttpRequest) -> None:
    page = patterns(request_of_a_stranger).content.decode()
    assert page.count("data-countdown=") == 3
    assert "Ensure this value" not in page
