"""The pages of the policy: nothing typed is lost, every fault is named, and the second person sees what changes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit import policy
from audit.models import ActivationProposal, LedgerEntry, PolicyActivation, PolicyDetermination, ProfileVersion
from audit.policies import document, toml_text, typing_in
from tests import make
from tests.audit.policies.changing import ELK_GROVE, SACRAMENTO, approver, manager, text_with
from tests.detections.searching import form_data


@pytest.fixture
def managing(db, signed_in):
    return signed_in(manager())


def typed(**changed: str) -> dict[str, str]:
    """What a browser sends from the pages of the next version, with changes as ``hit__fold_within__value``."""
    raw = document.raw_of(policy.text_of(SACRAMENTO), SACRAMENTO)
    numbers = {row["key"]: number for number, row in enumerate(raw["value"])}
    sent = {"draft": toml_text.write(raw), "group": "hit", "version": "2026-08", "effective_from": "2026-08-01"}
    sent |= {"title": raw["profile"]["title"], "note": "Hits are folded for longer"}
    for name, text in changed.items():
        key, _, inner = name.replace("__", ".").rpartition(".")
        one = raw | {"value": [row if row["key"] == key else {"key": "-"} for row in raw["value"]]}
        (field,) = typing_in.fields_of(one, raw, typing_in.group_of(key), ())
        sent |= {f"{numbers[key]}.{part}": words for part, words in field.typed.items()} | {
            f"{numbers[key]}.{inner}": text
        }
    return sent


@pytest.mark.parametrize(
    "path",
    [
        "/policy/",
        "/policy/differences/?from=egpd_462%40seed-002",
        "/policy/orders/",
        f"/policy/versions/{ELK_GROVE}/",
        f"/policy/versions/{ELK_GROVE}/text/",
    ],
)
def test_everyone_signed_in_reads_the_policy(detective, signed_in, path):
    assert signed_in(detective).get(path).status_code == 200


@pytest.mark.parametrize("path", ["next/", "next/text/", "propose/"])
def test_who_does_not_manage_it_changes_nothing_and_is_on_record(detective, signed_in, path):
    answer = signed_in(detective).get(f"/policy/versions/{SACRAMENTO}/{path}")
    assert answer.status_code == 403
    assert LedgerEntry.objects.filter(outcome="refused", username="detective", action__startswith="policy.").exists()


def test_a_version_is_made_rule_by_rule(managing):
    answer = managing.post(f"/policy/versions/{SACRAMENTO}/next/", typed(hit__fold_within__value="PT20M"))
    assert answer.status_code == 302
    row = ProfileVersion.objects.get()
    assert answer["Location"] == f"/policy/versions/{row}/"
    made = policy.of_stamp(str(row))
    assert made.get("hit.fold_within") == "PT20M"
    assert made.get("train.gate") == ["clets", "alpr"]
    assert made.get("hit.sole_basis_allowed") is False
    assert made.purposes == policy.load("sacpd_525_08").purposes


def test_a_rule_is_added_and_one_is_taken_out(managing):
    fields = typed(hit__fold_within__drop="1")
    fields |= {"new.key": "accuracy.measures", "new.kind": "list", "new.value": "second look\ncorrections"}
    fields |= {"new.instrument": "go", "new.section": "A.9", "new.strength": "shall", "new.text": "Hits are verified."}
    assert managing.post(f"/policy/versions/{SACRAMENTO}/next/", fields).status_code == 302
    made = policy.of_stamp("sacpd_525_08@2026-08")
    assert made.get("accuracy.measures") == ["second look", "corrections"]
    assert made.get("hit.fold_within") is None


def test_what_is_wrong_is_named_at_its_rule_and_nothing_typed_is_lost(managing):
    fields = typed(
        search__wide__days__value="many", retention__alpr__floor__value="P3Y", hit__fold_within__value="PT20M"
    )
    answer = managing.post(f"/policy/versions/{SACRAMENTO}/next/", fields)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "2 things to put right" in page
    assert "&#x27;many&#x27; is not of type" in page
    assert "P2Y at most (SPD General Order 525.08, C.1)" in page
    assert "value = &quot;PT20M&quot;" in page
    assert "value = &quot;many&quot;" in page
    assert "Hits are folded for longer" in page
    assert not ProfileVersion.objects.exists()
    assert not LedgerEntry.objects.filter(action="policy.prepare").exists()


def test_what_is_typed_goes_along_from_group_to_group(managing):
    address = f"/policy/versions/{SACRAMENTO}/next/"
    page = managing.post(address, typed(hit__fold_within__value="PT20M") | {"show": "review"})
    assert page.status_code == 200
    assert "Rules of “review”" in page.content.decode()
    sent = typed() | {"draft": page.context["draft"], "group": "review"}
    assert managing.post(address, sent).status_code == 302
    assert policy.of_stamp("sacpd_525_08@2026-08").get("hit.fold_within") == "PT20M"


@pytest.mark.parametrize("draft", ["", "[profile", "value = 7", "[profile]\nid = 1", "[[value]]\nvalue = 1"])
def test_a_draft_that_did_not_come_whole_is_said_so(managing, draft):
    answer = managing.post(f"/policy/versions/{SACRAMENTO}/next/", typed() | {"draft": draft})
    assert answer.status_code == 400
    assert "thing to put right" in answer.content.decode()


def test_one_goes_on_in_the_text_with_what_was_typed(managing):
    answer = managing.post(
        f"/policy/versions/{SACRAMENTO}/next/", typed(hit__fold_within__value="PT20M") | {"as_text": "1"}
    )
    assert answer.status_code == 200
    assert "PT20M" in answer.content.decode()
    assert 'name="text"' in answer.content.decode()


def test_the_text_says_all_its_faults_and_stays(managing):
    text = (
        text_with("2026-08", train__gate=["first_aid"]).replace('"page claim"', '"said"').replace("[page]", "[pages]")
    )
    answer = managing.post(f"/policy/versions/{SACRAMENTO}/next/text/", {"text": text, "note": "A trial of faults"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "train.gate" in page
    assert "first_aid" in page
    assert "&#x27;pages&#x27; was unexpected" in page
    broken = managing.post(f"/policy/versions/{SACRAMENTO}/next/text/", {"text": "[profile", "note": "broken off here"})
    assert "not valid TOML" in broken.content.decode()


def test_a_taken_name_is_refused_with_all_that_was_typed(managing):
    answer = managing.post(
        f"/policy/versions/{SACRAMENTO}/next/", typed(hit__fold_within__value="PT20M") | {"version": "2024-06-13"}
    )
    assert answer.status_code == 403
    assert "policy.version_taken" in answer.content.decode()
    assert "value = &quot;PT20M&quot;" in answer.content.decode()


def test_a_version_goes_from_proposal_to_approval(managing, signed_in):
    managing.post(f"/policy/versions/{SACRAMENTO}/next/", typed(hit__fold_within__value="PT20M"))
    stamp, soon = "sacpd_525_08@2026-08", timezone.localtime() + timedelta(days=2)
    sent = {"effective_from": soon.strftime("%Y-%m-%dT%H:%M"), "note": "As the council adopted"}
    answer = managing.post(f"/policy/versions/{stamp}/propose/", sent)
    row = ActivationProposal.objects.get()
    assert answer["Location"] == f"/policy/proposals/{row.pk}/"
    assert "You proposed this" in managing.get(answer["Location"]).content.decode()
    deciding = signed_in(approver())
    page = deciding.get(answer["Location"]).content.decode()
    assert "PT10M" in page
    assert "PT20M" in page
    assert deciding.post(answer["Location"], {"decision": "approve", "words": ""}).status_code == 302
    assert policy.in_force(timezone.now()).stamp == SACRAMENTO
    assert policy.in_force(soon + timedelta(minutes=1)).stamp == stamp
    page = managing.get("/policy/").content.decode()
    assert "comes next" in page
    back = next(link for link in page.split('"') if link.startswith(f"/policy/versions/{SACRAMENTO}/propose/?at="))
    assert row.effective_from.isoformat() in managing.get(back).content.decode()


def test_a_past_instant_is_refused_on_the_page(managing):
    sent = {"effective_from": "2020-01-01T00:00", "note": "Long ago it was"}
    answer = managing.post(f"/policy/versions/{ELK_GROVE}/propose/", sent)
    assert answer.status_code == 403
    assert "policy.date_past" in answer.content.decode()
    assert "Long ago it was" in answer.content.decode()


def test_a_determination_is_filed_on_its_page(managing):
    PolicyActivation.objects.create(profile="egpd_462", version="seed-002", effective_from=make.LONG_AGO)
    assert "is missing" in managing.get("/policy/").content.decode()
    sent = {"chosen": "P1Y", "reasoning": "The policy was adopted.", "signed_by": "A. Attorney, City Attorney"}
    incomplete = managing.post("/policy/determinations/retention/", sent)
    assert incomplete.status_code == 400
    assert "The policy was adopted." in incomplete.content.decode()
    sent |= {"signed_on": "2026-01-05", "reference": "CA-7"}
    assert managing.post("/policy/determinations/retention/", sent).status_code == 302
    assert PolicyDetermination.objects.get().paper == "CA-7"
    assert "A signed determination is on file" in managing.get("/policy/").content.decode()
    assert managing.get("/policy/determinations/weather/").status_code == 404


def test_an_auditor_sees_a_decision_again(auditor, detective, signed_in):
    make.camera()
    signed_in(detective).post("/search/", form_data(reason="case"))
    index = LedgerEntry.objects.get(action="search.run").pk
    answer = signed_in(auditor).get(f"/ledger/{index}/decision/")
    assert "same decision" in answer.content.decode()
    assert "query.reason_vague" in answer.content.decode()
    assert "0DEM123" not in answer.content.decode()
    assert signed_in(auditor).get("/ledger/99999/decision/").status_code == 404
    assert signed_in(detective).get(f"/ledger/{index}/decision/").status_code == 403


@pytest.mark.parametrize("stamp", ["nobody@1", "sacpd_525_08", "..@..", "egpd_462@other"])
def test_a_version_that_is_not_there_is_not_found(managing, stamp):
    for path in ("", "text/", "next/", "next/text/", "propose/"):
        assert managing.get(f"/policy/versions/{stamp}/{path}").status_code == 404
