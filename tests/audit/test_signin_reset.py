"""A password is not reset by mail: an administrator does it, and the page says so (IA-5(1)(c))."""

from audit.models import LedgerEntry


def test_reset_by_mail_is_refused_with_its_clause_and_recorded(db, client):
    answer = client.get("/accounts/password/reset/")
    assert answer.status_code == 403
    assert "signin.reset_by_mail" in answer.content.decode()
    last = LedgerEntry.objects.latest("index")
    assert (last.outcome, last.rule_code) == ("refused", "signin.reset_by_mail")
