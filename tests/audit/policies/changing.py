"""Steps of a change of policy, for the tests that need one behind them."""

from datetime import datetime, timedelta

from audit import policy
from audit.models import ActivationProposal, ProfileVersion, User
from audit.policies import activation, document, prepare, toml_text
from tests import make
from tests.make import NOON

SACRAMENTO = "sacpd_525_08@2024-06-13"
ELK_GROVE = "egpd_462@seed-002"


def manager(name: str = "manager") -> User:
    return make.user(name, "system_administrator", trained=False)


def approver(name: str = "approver-of-policy") -> User:
    return make.user(name, "commander", trained=False)


def text_with(version: str, *, stamp: str = SACRAMENTO, **values: object) -> str:
    """The text of a version under another name, with other values; keys with dots as ``hit__fold_within``."""
    raw = document.raw_of(policy.text_of(stamp), stamp)
    raw["profile"]["version"] = version
    wanted = {key.replace("__", "."): value for key, value in values.items()}
    for row in raw["value"]:
        if row["key"] in wanted:
            row["value"] = wanted.pop(row["key"])
    assert not wanted
    return toml_text.write(raw)


def prepared(by: User, version: str = "2026-07", *, stamp: str = SACRAMENTO, **values: object) -> ProfileVersion:
    """A kept version that asks a case number of every search, unless said otherwise."""
    values = values or {"query__requires": ["purpose", "case_number"]}
    text = text_with(version, stamp=stamp, **values)
    note = "Every search needs a case number from July on"
    return prepare.prepare(text=text, note=note, based_on=stamp, by=make.by(by), at=NOON)


def proposed(by: User, stamp: str, effective_from: datetime, *, at: datetime = NOON) -> ActivationProposal:
    return activation.propose(
        stamp=stamp, effective_from=effective_from, note="The council adopted it", by=make.by(by), at=at
    )


def approved(row: ActivationProposal, by: User, *, at: datetime = NOON + timedelta(minutes=1)) -> ActivationProposal:
    return activation.decide(proposal_id=row.pk, approve=True, words="", by=make.by(by), at=at)
