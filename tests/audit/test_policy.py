"""Profiles: what ships is sound, a wrong one says file, key and reason, and a contradiction stops the purge."""

from datetime import UTC, datetime, timedelta

import pytest

from audit import policy
from audit.models import PolicyActivation, PolicyDetermination
from tests import make
from tests.make import NOON


def test_both_seed_policies_ship():
    assert [profile.id for profile in policy.shipped()] == ["egpd_462", "sacpd_525_08"]


@pytest.mark.parametrize(
    ("profile", "key", "value", "section"),
    [
        ("sacpd_525_08", "retention.alpr.floor", "P90D", "C.1"),
        ("sacpd_525_08", "retention.alpr.ceiling", "P2Y", "C.1"),
        ("sacpd_525_08", "hotplate.max_ttl", "PT24H", "E.2"),
        ("sacpd_525_08", "hit.verifier", ["dispatcher"], "D.5.b"),
        ("sacpd_525_08", "donor.storage", "forbidden", "G.1"),
        ("egpd_462", "retention.alpr.floor", "P1Y", "462.4"),
        ("egpd_462", "query.requires", ["purpose", "case_number"], "Access Policy"),
        ("egpd_462", "train.gate", ["alpr"], "462.3(d)"),
        ("egpd_462", "audit.queries", "every_90_days", "Access Policy"),
    ],
)
def test_a_value_carries_its_clause(profile, key, value, section):
    found = policy.load(profile)[key]
    assert (found.value, found.citation.section) == (value, section)
    assert found.citation.text


def broken(tmp_path, old: str, new: str):
    path = tmp_path / "broken.toml"
    text = (policy.FOLDER / "sacpd_525_08.toml").read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('strength = "shall"', 'strength = "perhaps"', "broken.toml: value.0.strength: 'perhaps' is not one of"),
        ('instrument = "go"\nsection = "A.3"', 'instrument = "gone"\nsection = "A.3"', "unknown instrument 'gone'"),
        ('value = "P90D"', 'value = "90 days"', "retention.alpr.floor: not a duration: '90 days'"),
        ('key = "access.allowed"', 'key = "access.role"', "access.role: stands twice"),
        ("[profile]", "[profile", "not valid TOML"),
        ('key = "train.gate"', 'key = "train.gates"', "broken.toml: value:"),
    ],
)
def test_a_wrong_profile_names_file_key_and_reason(tmp_path, old, new, said):
    with pytest.raises(policy.ProfileError) as caught:
        policy.parse(broken(tmp_path, old, new))
    assert said in str(caught.value)
    assert str(caught.value).startswith("broken.toml")


@pytest.mark.parametrize(
    ("start", "text", "sign", "end"),
    [
        (datetime(2024, 2, 29, tzinfo=UTC), "P2Y", 1, datetime(2026, 2, 28, tzinfo=UTC)),
        (datetime(2028, 2, 29, tzinfo=UTC), "P4Y", -1, datetime(2024, 2, 29, tzinfo=UTC)),
        (datetime(2026, 6, 16, tzinfo=UTC), "P90D", -1, datetime(2026, 3, 18, tzinfo=UTC)),
        (datetime(2026, 6, 16, tzinfo=UTC), "P1Y30D", 1, datetime(2027, 7, 16, tzinfo=UTC)),
    ],
)
def test_years_are_calendar_years(start, text, sign, end):
    assert policy.add_duration(start, text, sign=sign) == end


def test_a_day_of_the_hot_plate_is_24_elapsed_hours():
    assert policy.duration("PT24H") == timedelta(hours=24)


def test_a_later_activation_supersedes_by_date(db):
    PolicyActivation.objects.create(profile="egpd_462", version="seed-002", effective_from=NOON)
    assert policy.in_force(NOON - timedelta(microseconds=1)).id == "sacpd_525_08"
    assert policy.in_force(NOON).id == "egpd_462"


def test_contradicting_texts_hold_the_purge_until_a_determination(db):
    profile = policy.load("egpd_462")
    assert [conflict.name for conflict in policy.undetermined(profile, "purge")] == ["retention"]
    PolicyDetermination.objects.create(
        profile="egpd_462",
        conflict="retention",
        chosen="P1Y",
        reasoning="The adopted policy stands above the page.",
        signed_by="A. Attorney, City Attorney",
        signed_on=NOON.date(),
        filed_by=make.user("filer"),
        filed_at=NOON,
    )
    assert policy.undetermined(profile, "purge") == []
    assert policy.undetermined(policy.load("sacpd_525_08"), "purge") == []
