"""Booked evidence: held reads downloaded, handed to the evidence room, and where they lie there (462.4)."""

from datetime import datetime
from uuid import UUID

from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.refusals import Refused
from detections.models import Booking, Hold
from detections.retention.holds import PURPOSE
from detections.rules import holds as rules


def book(*, by: Asker, at: datetime, hold_id: UUID, receipt: rules.Receipt) -> Booking:
    """Keep the evidence room's receipt with the hold, which may then be lifted as booked.

    Raises Refused, Hold.DoesNotExist, or ValueError for a medium that there is not.
    """
    if receipt.medium not in Booking.Medium.values:
        raise ValueError(f"no such medium: {receipt.medium}")
    with ledger.act(Action.HOLD_BOOK, by=by, at=at, purpose=PURPOSE, subject=("hold", hold_id, "")) as record:
        profile = gate.admit(by, Ability.PLACE_HOLDS, at=at)
        hold = Hold.objects.select_for_update(of=("self",)).get(pk=hold_id)
        if refusal := rules.refuse_booking(receipt, lifted=hold.lifted_at is not None, at=at, profile=profile):
            raise Refused(refusal)
        booking = Booking.objects.create(
            hold=hold,
            medium=receipt.medium,
            place=receipt.place,
            number=receipt.number,
            sha256=receipt.sha256,
            booked_by=receipt.booked_by,
            booked_at=receipt.booked_at,
            recorded_by=by.member,
            recorded_at=at,
        )
        record.detail = {
            "booking": booking.pk,
            "medium": receipt.medium,
            "place": receipt.place,
            "number": receipt.number,
            "sha256": receipt.sha256,
        }
    return booking
