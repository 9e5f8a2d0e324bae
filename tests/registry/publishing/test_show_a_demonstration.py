"""The demonstration publishes invented figures through the same two people, and says that they are invented."""

import pytest
from django.test import Client
from django.utils import timezone

from alpr_site.demo.agencies import create_agencies
from alpr_site.demo.people import activate_policy, create_people
from alpr_site.demo.publication import create_publication
from registry.models import Publication

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_demonstration_publishes_once_and_says_that_it_is_one():
    now = timezone.now()
    create_people(now)
    activate_policy(now)
    assert create_agencies(now)
    assert create_publication(now) == 1
    assert (create_agencies(now), create_publication(now)) == (0, 0)
    row = Publication.objects.get()
    assert row.prepared_by.username == "demo-clerk"
    assert row.decided_by.username == "demo-custodian"
    assert "these figures are invented" in Client().get("/transparency/").content.decode()
