"""The pages of the registers: a file goes in, faults come back as a table, a plate is never shown again."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from audit.models import CaseFile, MemberPlate

pytestmark = pytest.mark.django_db(transaction=True)


def file(text):
    return SimpleUploadedFile("cases.csv", text.encode(), content_type="text/csv")


def test_a_file_of_cases_goes_in(signed_in, administrator):
    client = signed_in(administrator)
    answer = client.post(
        "/registers/cases/", {"cases_form-file": file("number,opened\n26-000001,2026-01-05\n")}, follow=True
    )
    assert answer.status_code == 200
    assert "Taken in: 1 cases." in answer.content.decode()
    assert CaseFile.objects.count() == 1


def test_wrong_rows_come_back_by_line_and_column(signed_in, administrator):
    answer = signed_in(administrator).post(
        "/registers/cases/", {"cases_form-file": file("number,opened\n26-000001,soon\n")}
    )
    said = answer.content.decode()
    assert answer.status_code == 400
    assert "“soon” is no day. Write it as 2026-11-22." in said
    assert "Nothing was taken in" in said
    assert not CaseFile.objects.exists()


def test_a_plate_goes_in_and_is_not_shown_again(signed_in, administrator, officer):
    client = signed_in(administrator)
    told = {"username": "officer", "plate": "0OWN-123", "relation": "own"}
    answer = client.post("/registers/plates/", told, follow=True)
    assert "On file, as a digest." in answer.content.decode()
    assert "OWN" not in answer.content.decode()
    assert client.post("/registers/plates/", told).status_code == 400
    entry = MemberPlate.objects.get()
    assert client.post(f"/registers/plates/{entry.pk}/end/").status_code == 302
    entry.refresh_from_db()
    assert entry.ended_at
    assert client.post(f"/registers/plates/{entry.pk}/end/").status_code == 404


def test_who_may_not_keep_them_is_refused(signed_in, officer):
    assert signed_in(officer).get("/registers/").status_code == 403
