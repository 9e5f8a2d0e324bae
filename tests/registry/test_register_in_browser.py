"""A citizen without scripts registers a camera, confirms it and withdraws it, in a real browser."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.db import connection
from playwright.sync_api import Page, sync_playwright

from registry import rules
from registry.models import RegisteredCamera
from tests import chromium

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, live_server) -> Iterator[Callable[..., Page]]:
    """``visit(scripts=, language=)``: a phone's page on the live server, with a form that needs no waiting."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    monkeypatch.setattr(rules, "FASTEST", timedelta(0))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.FLAGS)

        def open_page(*, scripts: bool, language: str) -> Page:
            context = browser.new_context(
                base_url=live_server.url,
                viewport={"width": 390, "height": 844},
                locale=language,
                java_script_enabled=scripts,
            )
            return context.new_page()

        yield open_page
        browser.close()
        # While Playwright's loop runs, Django keeps another connection for this thread; it would outlive the database.
        connection.close()


def fill(page: Page) -> None:
    page.goto("/registry/")
    for name, value in {
        "contact_name": "Alma Sample",
        "email": "alma@example.com",
        "address": "12 Invented Lane",
        "city": "Demo City",
        "zip_code": "95814",
    }.items():
        page.fill(f"[name={name}]", value)
    page.select_option("[name=equipment]", "doorbell")
    page.locator("label[for=id_consent]").click()
    page.locator("main button.usa-button").click()


def path_in_mail() -> str:
    return re.search(r"https?://[^/]+(/registry/\S+)", mail.outbox[-1].body)[1]


def test_the_whole_way_without_scripts(visit):
    page = visit(scripts=False, language="en-US")
    fill(page)
    assert page.url.endswith("/registry/sent/")
    page.goto(path_in_mail())
    page.locator("main button.usa-button").click()
    assert page.get_by_text("12 Invented Lane").is_visible()
    page.locator("main button.usa-button--secondary").click()
    assert page.get_by_text("You withdrew it on").is_visible()
    camera = RegisteredCamera.objects.get()
    assert (camera.status, camera.email, camera.address) == ("withdrawn", "", "")


def test_pages_are_accessible_and_fit_a_phone_in_spanish(visit):
    page = visit(scripts=True, language="es-MX")
    wrong = []

    def inspect(name: str) -> None:
        found = Axe().run(page).response["violations"]
        wrong.extend((name, rule["id"]) for rule in found if rule["impact"] in ("serious", "critical"))
        if page.evaluate("document.documentElement.scrollWidth") > 390:
            wrong.append((name, "too wide"))

    fill(page)
    inspect("sent")
    page.goto(path_in_mail())
    inspect("confirm")
    page.locator("main button.usa-button").click()
    page.wait_for_url("**/registry/mine/**")
    inspect("mine")
    page.locator("main button.usa-button--secondary").click()
    inspect("asked")
    page.locator("dialog button.usa-button").first.click()
    page.get_by_text("Usted la retiró el").wait_for()
    inspect("withdrawn")
    assert wrong == []
