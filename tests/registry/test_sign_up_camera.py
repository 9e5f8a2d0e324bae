"""The voluntary registry: confirmed by its owner, guarded against programs, gone when withdrawn."""

import re
from datetime import timedelta
from unittest import mock

import pytest
from django.apps import apps
from django.core import mail
from django.db import models
from django.test import Client
from django.utils import timezone

from audit import asker
from audit.models import LedgerDetail, LedgerEntry
from registry import attempts, consent, operations, rules
from registry.forms import opened_at, stamp
from registry.models import RegisteredCamera, SignUpAttempt
from tests import make

FIELDS = {
    "contact_name": "Alma Sample",
    "email": "alma@example.com",
    "phone": "(916) 555-0134",
    "address": "12 Invented Lane",
    "city": "Demo City",
    "zip_code": "95814",
    "location_note": "From the porch to the street",
    "equipment": "doorbell",
    "retention_days": "14",
    "consent": "on",
    "consent_version": consent.CURRENT,
    "homepage": "",
}
SECRETS = ("Alma", "alma@example.com", "5550134", "555-0134", "12 Invented Lane", "Demo City", "95814", "porch")


@pytest.fixture
def visitor(db) -> Client:
    return Client()


def send(visitor: Client, *, open_for: timedelta = timedelta(minutes=2), **fields: str):
    return visitor.post("/registry/", FIELDS | {"opened": stamp(timezone.now() - open_for)} | fields)


def link_in(message: mail.EmailMessage) -> str:
    return re.search(r"https?://[^/]+(/registry/\S+)", message.body)[1]


def registered(visitor: Client, **fields: str) -> str:
    """Sign up and confirm; returns the address of the private page."""
    send(visitor, **fields)
    return visitor.post(link_in(mail.outbox[-1]))["Location"]


def everything_stored() -> str:
    """All text of all tables, the ledger and the histories among them."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        names = [field.attname for field in model._meta.concrete_fields if not isinstance(field, models.BinaryField)]
        found.extend(str(row) for row in model._default_manager.values_list(*names))
    return "\n".join(found)


def test_signing_up_confirming_and_looking(visitor):
    answer = send(visitor)
    assert (answer.status_code, answer["Location"]) == (302, "/registry/sent/")
    camera = RegisteredCamera.objects.get()
    assert (camera.status, camera.retention_days, str(camera.phone)) == ("unconfirmed", 14, "+19165550134")
    assert camera.consent_version == consent.CURRENT
    link = link_in(mail.outbox[0])
    assert b"Yes, register my camera" in visitor.get(link).content
    camera.refresh_from_db()
    assert camera.status == "unconfirmed", "opening the link must not confirm: mail programs do that by themselves"
    page = visitor.post(link, follow=True)
    assert b"Alma Sample" in page.content
    camera.refresh_from_db()
    assert (camera.status, camera.token_hash) == ("confirmed", "")
    assert "/registry/mine/" in link_in(mail.outbox[1])


def test_each_step_is_on_the_ledger_without_contact_data(visitor):
    visitor.post(registered(visitor) + "withdraw/", follow=True)
    assert [entry.action for entry in LedgerEntry.objects.order_by("index")] == [
        "registry.sign_up",
        "registry.confirm",
        "registry.withdraw",
        "registry.view",
    ]
    clear = "\n".join(str(row.values()) for row in LedgerDetail.objects.all())
    assert not any(secret in clear for secret in SECRETS)
    assert set(LedgerEntry.objects.values_list("actor_kind", "purpose")) == {("public", "public registry")}


def test_withdrawal_leaves_no_contact_data_anywhere(visitor):
    private = registered(visitor)
    assert any(secret in everything_stored() for secret in SECRETS)
    visitor.post(private + "withdraw/")
    stored = everything_stored()
    assert [secret for secret in SECRETS if secret in stored] == []
    camera = RegisteredCamera.objects.get()
    assert camera.status == "withdrawn"
    assert camera.consented_at
    assert camera.confirmed_at
    assert b"You withdrew it on" in visitor.get(private).content


def test_withdrawing_twice_keeps_the_first_time(visitor):
    private = registered(visitor)
    visitor.post(private + "withdraw/")
    first = RegisteredCamera.objects.get().withdrawn_at
    visitor.post(private + "withdraw/")
    assert RegisteredCamera.objects.get().withdrawn_at == first


def test_a_confirmation_link_works_once(visitor):
    send(visitor)
    link = link_in(mail.outbox[0])
    visitor.post(link)
    again = visitor.post(link)
    assert again.status_code == 404
    assert rules.LINK_OVER.code == "registry.link_over"
    assert LedgerEntry.objects.get(outcome="refused").rule_code == "registry.link_over"
    assert len(mail.outbox) == 2


def test_a_confirmation_link_ends_after_24_hours(visitor):
    send(visitor)
    token = link_in(mail.outbox[0]).split("/")[3]
    sent_at = RegisteredCamera.objects.get().consented_at
    assert operations.is_confirmable(token, sent_at + timedelta(hours=24) - timedelta(seconds=1))
    assert not operations.is_confirmable(token, sent_at + timedelta(hours=24))


def test_neither_token_is_stored(visitor):
    send(visitor)
    token = link_in(mail.outbox[0]).split("/")[3]
    private = visitor.post(link_in(mail.outbox[0]))["Location"].split("/")[3]
    assert token not in everything_stored()
    camera = RegisteredCamera.objects.get()
    assert private not in (camera.private_hash, camera.token_hash)


@pytest.mark.parametrize("path", ["/registry/confirm/nonsense/", "/registry/mine/nonsense/", "/registry/mine/%00/"])
def test_unknown_links_look_like_old_ones(visitor, path):
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert b"does not work any more" in answer.content


def test_the_answer_is_the_same_whatever_is_registered(visitor):
    first = send(visitor)
    registered(visitor)
    known = send(visitor)
    assert (first.status_code, first["Location"]) == (known.status_code, known["Location"])


def test_nobody_can_fill_a_strangers_mailbox(visitor):
    answers = [send(visitor, email="Alma@Example.com").status_code for _ in range(5)]
    assert answers == [302] * 5
    assert len(mail.outbox) == rules.MOST_MAILS_A_DAY
    assert RegisteredCamera.objects.count() == rules.MOST_MAILS_A_DAY


@pytest.mark.parametrize(
    ("open_for", "fields"),
    [
        (timedelta(minutes=2), {"homepage": "http://spam.example"}),
        (timedelta(seconds=1), {}),
        (timedelta(hours=13), {}),
        (timedelta(minutes=-5), {}),
        (timedelta(minutes=2), {"opened": "forged"}),
        (timedelta(minutes=2), {"opened": ""}),
    ],
)
def test_programs_are_refused_and_people_may_send_again(visitor, open_for, fields):
    answer = send(visitor, open_for=open_for, **fields)
    assert answer.status_code == 403
    assert b"registry.form_trap" in answer.content
    assert b"Alma Sample" in answer.content, "what was typed is kept"
    assert not RegisteredCamera.objects.exists()
    assert not mail.outbox
    assert LedgerEntry.objects.get().rule_code == "registry.form_trap"
    fresh = re.search(r'name="opened" value="([^"]+)"', answer.content.decode())[1]
    assert opened_at(fresh)
    assert rules.refuse_trapped("", opened_at(fresh), timezone.now() + timedelta(seconds=5)) is None


def test_only_so_many_forms_are_taken_from_one_address(visitor):
    for number in range(attempts.MOST_BY_ADDRESS):
        assert send(visitor, email=f"a{number}@example.com").status_code == 302
    answer = send(visitor, email="late@example.com")
    assert answer.status_code == 429
    assert b"registry.too_many" in answer.content
    assert SignUpAttempt.objects.count() == attempts.MOST_BY_ADDRESS
    assert send(Client(REMOTE_ADDR="192.0.2.7"), email="other@example.com").status_code == 302


def test_only_so_many_forms_are_taken_in_all(db):
    at = make.NOON
    SignUpAttempt.objects.bulk_create(
        SignUpAttempt(address=f"192.0.2.{number}", at=at) for number in range(attempts.MOST_BY_ALL)
    )
    assert not attempts.admit("198.51.100.1", at + timedelta(minutes=1))
    assert attempts.admit("198.51.100.1", at + timedelta(hours=1))


def test_a_network_of_addresses_counts_as_one_source():
    assert attempts.source_of("2001:db8::1") == attempts.source_of("2001:db8::ffff") == "2001:db8::/64"
    assert attempts.source_of("unknown") == "unknown"


@pytest.mark.parametrize("fields", [{"consent": ""}, {"consent_version": "0"}])
def test_nothing_is_kept_without_consent_to_the_current_words(visitor, fields):
    answer = send(visitor, **fields)
    assert answer.status_code in (200, 403)
    assert not RegisteredCamera.objects.exists()


def test_the_verb_itself_asks_for_consent(db):
    offer = operations.Offer("A", "a@example.com", "1 Way", "Demo City", "95814", "home")
    traps = operations.Traps("", make.NOON - timedelta(minutes=1))
    with pytest.raises(operations.Refused) as refused:
        operations.sign_up(offer, consent_version="", traps=traps, by=asker.public(address="192.0.2.1"), at=make.NOON)
    assert refused.value.refusal.code == "registry.no_consent"


def test_words_once_agreed_to_never_change():
    assert [str(point)[:40] for point in consent.VERSIONS["1"]] == [
        "I register my camera of my own free will",
        "The police may use my contact data only ",
        "Registering lets nobody see through my c",
        "I can withdraw at any time. My contact d",
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "no address"},
        {"email": "a@example.com\nBcc: b@example.com"},
        {"zip_code": "9581"},
        {"zip_code": "٩٥٨١٤"},
        {"phone": "12"},
        {"equipment": "telescope"},
        {"retention_days": "-1"},
        {"retention_days": "99999999999999999999"},
        {"retention_days": "NaN"},
        {"contact_name": ""},
        {"contact_name": "x" * 121},
        {"contact_name": "two\nlines"},
        {"contact_name": "nul\x00"},
        {"address": "turned \u202eround"},
        {"city": "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace") + "\x07"},
    ],
)
def test_bad_fields_are_named_and_nothing_is_kept(visitor, fields):
    answer = send(visitor, **fields)
    assert answer.status_code == 200
    assert b"error-summary" in answer.content
    assert not RegisteredCamera.objects.exists()
    assert not LedgerEntry.objects.exists()


def later(hours: int = 2) -> None:
    """Make it so that the last private link was sent hours ago."""
    RegisteredCamera.objects.update(link_sent_at=timezone.now() - timedelta(hours=hours))


def test_a_lost_link_is_sent_again_to_its_owner_and_the_old_one_dies(visitor):
    old = registered(visitor)
    later()
    answer = visitor.post("/registry/lost-link/", {"email": "ALMA@example.com"})
    assert answer["Location"] == "/registry/link-sent/"
    assert mail.outbox[-1].to == ["alma@example.com"], "to the address on file, never to the one typed"
    assert b"Alma Sample" in visitor.get(link_in(mail.outbox[-1])).content
    assert visitor.get(old).status_code == 404


def test_asking_for_a_link_tells_nothing_and_is_limited(visitor):
    registered(visitor)
    before = len(mail.outbox)
    answers = [
        visitor.post("/registry/lost-link/", {"email": email}) for email in ("alma@example.com", "no@example.com")
    ]
    assert {answer["Location"] for answer in answers} == {"/registry/link-sent/"}
    assert len(mail.outbox) == before, "one was sent a moment ago"
    codes = [visitor.post("/registry/lost-link/", {"email": "no@example.com"}).status_code for _ in range(10)]
    assert codes[-1] == 429


def test_a_withdrawn_entry_gets_no_link(visitor):
    visitor.post(registered(visitor) + "withdraw/")
    later()
    before = len(mail.outbox)
    visitor.post("/registry/lost-link/", {"email": "alma@example.com"})
    visitor.post("/registry/lost-link/", {"email": ""})
    assert len(mail.outbox) == before


HTML = '<b onmouseover="x()">"\'&{{7*7}}'


@pytest.mark.parametrize("name", ["contact_name", "address", "city", "location_note"])
def test_html_in_any_field_is_inert(visitor, name):
    private = registered(visitor, **{name: HTML})
    page = visitor.get(private).content.decode()
    assert "<b onmouseover" not in page
    assert "&lt;b onmouseover" in page
    assert "49" not in page.split("What you wrote")[1].split("Proof")[0]
    again = send(visitor, email="bad", **{name: HTML}).content.decode()
    assert "<b onmouseover" not in again


def test_mail_server_away_says_so_and_keeps_what_was_typed(visitor):
    with mock.patch("django.core.mail.EmailMessage.send", side_effect=OSError("down")):
        answer = send(visitor)
    assert answer.status_code == 503
    assert b"Alma Sample" in answer.content


def test_unconfirmed_entries_go_after_48_hours_and_confirmed_stay(visitor):
    send(visitor)
    registered(visitor, email="b@example.com")
    waiting = RegisteredCamera.objects.get(status="unconfirmed")
    by = asker.system("registry")
    assert operations.remove_unconfirmed(by=by, at=waiting.consented_at + timedelta(hours=47)) == 0
    assert operations.remove_unconfirmed(by=by, at=waiting.consented_at + timedelta(hours=48)) == 1
    assert operations.remove_unconfirmed(by=by, at=waiting.consented_at + timedelta(hours=48)) == 0
    assert [camera.email for camera in RegisteredCamera.objects.all()] == ["b@example.com"]
    assert not SignUpAttempt.objects.exists()
    assert LedgerEntry.objects.filter(action="registry.clean").count() == 1


def test_the_demonstrations_mailbox_exists_in_the_quick_start_only(visitor, settings, tmp_path):
    assert visitor.get("/registry/demo-mail/").status_code == 404
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", tmp_path
    send(visitor, contact_name="Alma Sample")
    page = visitor.get("/registry/demo-mail/")
    assert b"/registry/confirm/" in page.content
    assert str(tmp_path).encode() in visitor.get("/registry/sent/").content
    settings.DEMO = False
    assert visitor.get("/registry/demo-mail/").status_code == 404
    assert str(tmp_path).encode() not in visitor.get("/registry/sent/").content


def test_the_form_warns_that_it_is_not_for_reporting_crimes(visitor):
    page = visitor.get("/registry/").content
    assert b"not for reporting a crime" in page
    assert b"911" in page
