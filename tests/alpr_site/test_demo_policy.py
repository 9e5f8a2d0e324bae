"""The demonstration's next policy waits for a second person, and is made once."""

from django.utils import timezone

from alpr_site.demo.people import activate_policy, create_people
from alpr_site.demo.policies import create_policies
from audit import policy
from audit.models import ActivationProposal
from audit.policies.difference import compare


def test_a_next_version_waits_for_a_second_person(db):
    at = timezone.now()
    create_people(at)
    activate_policy(at)
    assert create_policies(at) == 1
    assert create_policies(timezone.now()) == 0
    row = ActivationProposal.objects.get()
    assert row.decision == ""
    assert row.effective_from > at
    made = policy.of_stamp(f"{row.profile}@{row.version}")
    changed = [change.name for change in compare(policy.in_force(at), made)]
    assert changed == ["hit.fold_within", "accuracy.measures"]
