"""Whether the ledger can be written and its checkpoints leave, tried from outside the processes that serve."""

from datetime import datetime, timedelta

from django.db import DatabaseError, connection, transaction

from audit import alarms, asker, ledger, patience
from audit.actions import Action

LATEST_CHECKPOINT = timedelta(seconds=120)
WATCHER = "watch_ledger"


def watch(at: datetime) -> list[str]:
    """One round: raise what is wrong, clear what is over. Returns the codes of the alarms found now."""
    found = []
    if trouble := unwritable(at):
        found.append(alarms.LEDGER_UNWRITABLE)
        alarms.raise_alarm(
            alarms.LEDGER_UNWRITABLE, f"The ledger cannot be written ({trouble}). No data is shown.", at=at
        )
    else:
        alarms.all_clear(alarms.LEDGER_UNWRITABLE, "The ledger can be written again.", at=at)
    late = late_checkpoints(at) if not trouble else None
    if late is not None and late > LATEST_CHECKPOINT:
        found.append(alarms.CHECKPOINTS_LATE)
        words = f"No outside place has taken a checkpoint of records up to {late.total_seconds():.0f} s old."
        alarms.raise_alarm(alarms.CHECKPOINTS_LATE, words, at=at)
    elif late is not None:
        alarms.all_clear(alarms.CHECKPOINTS_LATE, "Checkpoints leave the database again.", at=at)
    return found


def unwritable(at: datetime) -> str:
    """Try a whole append and roll it back; "" when it worked, else the name of the error. Bounded in time."""
    try:
        with patience.bounded(patience.PROBE_SECONDS), transaction.atomic():
            ledger.append_in_transaction(
                Action.LEDGER_VERIFY, by=asker.system(WATCHER), at=at, purpose="probe, rolled back"
            )
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)
    except (DatabaseError, ledger.LedgerUnavailable) as error:
        return str(error.args[0]) if isinstance(error, ledger.LedgerUnavailable) else type(error).__name__
    finally:
        connection.close()
    return ""


def late_checkpoints(at: datetime) -> timedelta | None:
    """How old the oldest record is that no outside place covers; None where that cannot be asked now."""
    from audit.log import checkpoints

    try:
        with patience.bounded(patience.PROBE_SECONDS):
            return checkpoints.exposure(at).window
    except DatabaseError:
        return None
    finally:
        connection.close()
