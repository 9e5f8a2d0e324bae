"""The transparency page says what the policy in force says, and nothing else."""

import html

import pytest
from django.test import Client
from django.utils import timezone

from audit import policy, verify
from audit.models import PolicyActivation, PolicyDetermination
from cameras.models import Camera
from registry.transparency import say_duration
from tests import make

PROFILES = [profile.id for profile in policy.shipped()]


def activate(profile: str) -> policy.Profile:
    loaded = policy.load(profile)
    PolicyActivation.objects.create(profile=profile, version=loaded.version, effective_from=make.LONG_AGO)
    return loaded


def shown(path: str = "/transparency/", **headers: str) -> str:
    response = Client().get(path, headers=headers)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


@pytest.mark.parametrize("name", PROFILES)
def test_page_says_what_the_profile_says(db, name):
    profile = activate(name)
    page = shown()
    for one in (*profile.purposes, *profile.prohibitions):
        assert one.label in page
        assert one.citation.text in page
        assert str(one.citation) in page
    for text in (*profile.page["detected"], *profile.page["not_detected"], profile.page["acceptable_use"]):
        assert text in page
    for key in ("access.role", "train.gate", "query.requires", "accesslog.retention", "audit.queries", "hit.verifier"):
        assert profile[key].citation.text in page
    assert profile.page["hotlist_policy"] in page
    assert profile.title in page
    assert profile.stamp in page


@pytest.mark.parametrize("name", PROFILES)
def test_json_holds_what_the_page_holds(db, name):
    activate(name)
    page, content = shown(), Client().get("/transparency.json").json()
    for part in ("purposes", "prohibited", "who", "access", "hot_list"):
        for clause in content[part]:
            assert clause["words"]["text"] in page
            assert clause["citation"]
    assert content["policy_stamp"] in page


def test_retention_shows_floor_and_ceiling_with_their_clauses(db):
    profile = activate("sacpd_525_08")
    page = shown()
    for key, words in (("retention.alpr.floor", "90 days"), ("retention.alpr.ceiling", "2 years")):
        assert f"<strong>{words}</strong>" in page
        assert profile[key].citation.text in page


def test_contradictory_retention_publishes_no_figure(db):
    activate("egpd_462")
    page, content = shown(), Client().get("/transparency.json").json()["retention"]
    assert "contradict each other" in page
    assert "<strong>1 year" not in page
    assert "<strong>30 days" not in page
    assert (content["undetermined"], content["floor"], content["ceiling"]) == (True, None, None)
    assert [side["citation"] for side in content["sides"]] == [
        "EGPD Policy 462, 462.4",
        "EGPD ALPR transparency page, Data retention",
    ]


def test_a_determination_publishes_its_figure_and_who_signed(db, clerk):
    activate("egpd_462")
    PolicyDetermination.objects.create(
        profile="egpd_462",
        conflict="retention",
        chosen="P1Y",
        reasoning="<script>alert(1)</script> The statute goes before the page.",
        signed_by="A. Sample, City Attorney",
        signed_on=make.NOON.date(),
        filed_by=clerk,
        filed_at=make.NOON,
    )
    raw = Client().get("/transparency/").content.decode()
    assert "<strong>1 year</strong>" in raw
    assert "A. Sample, City Attorney" in raw
    assert "<script>alert(1)" not in raw


def test_cameras_are_counted_by_owner_while_they_operate(db):
    make.camera("A-1")
    make.camera("A-2")
    make.camera("A-3", deployed=False)
    make.camera("C-1", owner_class=Camera.OwnerClass.CITY)
    make.camera("T-1", owner_class=Camera.OwnerClass.CITY_TRAFFIC, retired_at=make.NOON.replace(year=2025))
    make.camera("D-1", owner_class=Camera.OwnerClass.DONOR, kind=Camera.Kind.VIDEO)
    content = Client().get("/transparency.json").json()
    numbers = {row["code"]: row["number"] for row in content["cameras"]}
    assert numbers == {"agency": 2, "city": 1, "city_traffic": 0, "donor": 1}
    assert content["owned_cameras"] == 3


def test_head_of_the_ledger_is_published(db, detective):
    from audit import ledger
    from audit.actions import Action

    ledger.note(Action.NOTICE_ACCEPT, by=make.by(detective), at=timezone.now(), purpose="system")
    content, head = Client().get("/transparency.json").json(), verify.head()
    assert (content["ledger"]["size"], content["ledger"]["root"]) == (head.size, head.root)
    assert head.root in shown()


def test_no_plate_and_no_person_is_on_the_public_pages(db, detective):
    make.detection("0DEM123")
    make.hot_plate("0DEM777", entered_by=detective)
    for path in ("/", "/transparency/", "/transparency.json"):
        page = shown(path)
        assert not any(secret in page for secret in ("0DEM123", "0DEM777", detective.username, "CAM-01"))


@pytest.mark.parametrize("path", ["/", "/transparency/"])
def test_pages_speak_the_readers_language(db, path):
    assert 'lang="es"' in shown(path, **{"accept-language": "es-MX,es;q=0.9"})
    client = Client(headers={"accept-language": "es"})
    client.post("/i18n/setlang/", {"language": "en", "next": path})
    response = client.get(path)
    assert response["Content-Language"] == "en"
    assert "Accept-Language" in response["Vary"]


@pytest.mark.parametrize(("text", "words"), [("P90D", "90 days"), ("P1Y", "1 year"), ("PT24H", "24 hours")])
def test_durations_are_said_in_words(text, words):
    assert say_duration(text) == words
