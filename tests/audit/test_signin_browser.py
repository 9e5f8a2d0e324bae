"""Signing in by hand in Chromium: an app, a passkey on a virtual key, and nothing the content policy objects to."""

import shutil

import pytest
from django.urls import reverse
from playwright.sync_api import Page, sync_playwright

from tests import make
from tests.audit.signing_in import code, records, sign_in_rules

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("sign_in_rules"),
]
__all__ = ["sign_in_rules"]
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


@pytest.fixture
def browser_page(live_server, monkeypatch):
    """A page of headless Chromium with a key plugged in; its ``complaints`` holds console errors."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        opened = browser.new_context(base_url=live_server.url).new_page()
        opened.complaints = []
        opened.on("console", lambda line: opened.complaints.append(line.text) if line.type == "error" else None)
        opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
        devtools = opened.context.new_cdp_session(opened)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
        yield opened
        browser.close()


def give_password(page: Page, username: str) -> None:
    page.goto(reverse("account_login"))
    page.fill("input[name=login]", username)
    page.fill("input[name=password]", make.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def accept_notice(page: Page) -> None:
    page.get_by_role("button", name="I understand and agree").click()


def add_passkey(page: Page) -> None:
    page.goto(reverse("mfa_add_webauthn"))
    page.click("label[for=id_passwordless]")
    page.get_by_role("button", name="Add this key").click()
    page.wait_for_url("**/recovery-codes/**")


def test_a_passkey_is_enrolled_and_then_signs_in_alone(browser_page, auditor):
    give_password(browser_page, "auditor")
    accept_notice(browser_page)
    add_passkey(browser_page)
    browser_page.goto(reverse("audit:policy"))
    assert browser_page.url.endswith(reverse("audit:policy"))
    browser_page.get_by_role("button", name="Sign out").click()
    browser_page.wait_for_load_state()
    browser_page.goto(reverse("account_login"))
    browser_page.click("#passkey_login")
    browser_page.wait_for_url("**/notice/**")
    accept_notice(browser_page)
    browser_page.goto(reverse("audit:policy"))
    assert browser_page.url.endswith(reverse("audit:policy"))
    assert [entry.clear.reason for entry in records("session.sign_in")] == ["password", "webauthn"]
    assert browser_page.complaints == []


def test_the_key_is_asked_for_after_the_password(browser_page, auditor):
    give_password(browser_page, "auditor")
    accept_notice(browser_page)
    add_passkey(browser_page)
    browser_page.context.clear_cookies()
    give_password(browser_page, "auditor")
    browser_page.click("#mfa_webauthn_authenticate")
    browser_page.wait_for_url("**/notice/**")
    accept_notice(browser_page)
    assert [entry.clear.reason for entry in records("session.sign_in")][-1] == "password, webauthn"
    assert browser_page.complaints == []


def test_an_app_is_set_up_and_its_code_signs_in(browser_page, auditor):
    give_password(browser_page, "auditor")
    accept_notice(browser_page)
    browser_page.get_by_role("link", name="Set up an app").click()
    secret = browser_page.locator("#authenticator_secret").inner_text().strip()
    browser_page.fill("input[name=code]", code(secret))
    browser_page.get_by_role("button", name="Finish").click()
    browser_page.wait_for_url("**/recovery-codes/**")
    browser_page.context.clear_cookies()
    give_password(browser_page, "auditor")
    browser_page.fill("input[name=code]", code(secret, steps=1))
    browser_page.get_by_role("button", name="Go on").click()
    accept_notice(browser_page)
    browser_page.goto(reverse("audit:policy"))
    assert browser_page.url.endswith(reverse("audit:policy"))
    assert browser_page.complaints == []
