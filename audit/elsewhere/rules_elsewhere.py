"""What is refused of audit exports of other systems, and the clause for it. Pure."""

from datetime import date

from audit.refusals import Citation, Refusal, Rule

_INSPECTED = Citation(
    "SPD General Order 525.08", "D.2.b(2)", "Queries of authorized personnel in LEARN are inspected every quarter."
)
_ACCESS = Citation("Civil Code", "§ 1798.90.52(a)", "Each access is recorded with time, query, user name and purpose.")

TOO_LARGE = Rule("elsewhere.too_large", _INSPECTED, "Export a shorter time and hand in several files.")
KNOWN = Rule("elsewhere.known", _INSPECTED, "It is on the list of exports already. Hand in the next one.")
DAYS = Rule("elsewhere.days", _INSPECTED, "Give the first and the last day the export covers; both have ended.")
SYSTEM = Rule("elsewhere.system", _INSPECTED, "Choose a system in use, or enter the new one first.")
ACCOUNT = Rule("elsewhere.account", _ACCESS, "End the entry that stands, or give days on which none stands.")
LAYOUT = Rule("elsewhere.layout", _INSPECTED, "Choose one of the layouts on the page.")


def refuse_days(first: date, last: date, today: date) -> Refusal | None:
    """An export covers whole days that are over, first before last, and no more than two years."""
    if first > last:
        return DAYS.refuse("The last day lies before the first.")
    if last >= today:
        return DAYS.refuse("The last day is not over yet, so the export cannot hold all of it.")
    if (last - first).days > 731:
        return DAYS.refuse("An export covers two years at most.")
    return None


def refuse_known(known: bool) -> Refusal | None:
    """The very same file is taken in once."""
    return KNOWN.refuse("This file was handed in before, byte for byte.") if known else None


def refuse_system(ended_on: date | None) -> Refusal | None:
    """No export is taken for a system that is not used any more."""
    return (
        SYSTEM.refuse(f"The system was ended on {ended_on:%B} {ended_on.day}, {ended_on.year}.") if ended_on else None
    )


def refuse_account(overlaps: bool) -> Refusal | None:
    """A user name of another system is one person's at a time."""
    return ACCOUNT.refuse("This user name belongs to somebody else on some of these days.") if overlaps else None
