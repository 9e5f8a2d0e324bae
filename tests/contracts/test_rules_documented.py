"""Every "no" is on the page of rules, names a clause, and is held by a test."""

from pathlib import Path

import pytest
from django.conf import settings

from alpr_site import rules_doc

RULES = rules_doc.all_rules()


def test_the_page_of_rules_is_the_codes_own():
    written = (Path(settings.BASE_DIR) / "docs" / "rules.md").read_text()
    assert written == rules_doc.page(), "run: manage.py rules_doc --write"


@pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])
def test_a_rule_names_its_law_in_plain_words_and_a_test_holds_it(rule):
    assert rule.citation.instrument
    assert rule.citation.section
    assert len(rule.citation.text) > 20
    assert rule.next_step.endswith(".")
    assert rules_doc.tests_of(rule.code), f"no test names {rule.code}"
