"""A password is not reset by mail: an administrator does it, and the page says so (IA-5(1)(c))."""

import pytest
from django.core import mail

from tests import make


@pytest.mark.parametrize("method", ["get", "post"])
def test_reset_by_mail_is_refused_with_its_clause_and_sends_nothing(db, client, method):
    make.user("someone", "detective", email="someone@agency.example")
    answer = getattr(client, method)("/accounts/password/reset/", {"email": "someone@agency.example"})
    assert answer.status_code == 403
    assert "signin.reset_by_mail" in answer.content.decode()
    assert mail.outbox == []
