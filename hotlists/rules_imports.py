"""What is refused about files of hot lists (A.8, C.5; requirements 29 and 55). Pure."""

from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule

ORDER = "SPD General Order 525.08"
HOUSE = "Platekeeper default"

SENDER = Rule(
    "import.sender",
    Citation(ORDER, "B.1", "Only authorized department personnel may use ALPR and connected databases."),
    "Hand the file in as an ALPR administrator, or with the key of the list's source.",
)
NO_LAYOUT = Rule(
    "import.no_layout",
    Citation(HOUSE, "import.no_layout", "A file of a hot list is read by a declared column layout."),
    "Choose one of the layouts offered, or add one for this supplier.",
)
TOO_LARGE = Rule(
    "import.too_large",
    Citation(HOUSE, "import.too_large", "A file of a hot list has a largest size."),
    "Hand in a smaller file, or have the limit HOT_LIST_MOST_BYTES raised.",
)
LIST_NOT_OPEN = Rule(
    "import.list_not_open",
    Citation(ORDER, "A.15", "A special hot list is set up for a purpose before plates are put on it."),
    "Have the list opened first, or choose another list.",
)
WAITING_ALREADY = Rule(
    "import.waiting_already",
    Citation(HOUSE, "import.waiting_already", "One file is taken in once at a time."),
    "Nothing to do: the same file is being read already.",
)
ENDED = Rule(
    "import.ended",
    Citation(HOUSE, "import.ended", "A file can be stopped until it is live or refused."),
    "Nothing to stop. Hand in another file to change the list.",
)
UNFIT = Rule(
    "import.unfit",
    Citation(ORDER, "A.8", "A hot list holds license plates of law enforcement interest from known databases."),
    "Mend the file, or choose the layout it was made by, and hand it in again. The list has not changed.",
)
BAD_ROWS = Rule(
    "import.bad_rows",
    Citation(ORDER, "A.8", "A hot list holds license plates of law enforcement interest from known databases."),
    "Mend the rows named below and hand the file in again. The list has not changed.",
)
LAYOUT_DOES_NOT_FIT = Rule(
    "import.layout_does_not_fit",
    Citation(HOUSE, "import.layout_does_not_fit", "A file with row after row bad was made by another layout."),
    "Choose the layout the file was made by. The list has not changed.",
)
EMPTY = Rule(
    "import.empty",
    Citation(HOUSE, "import.empty", "No list is emptied by accident."),
    "Check the file at its source. The list has not changed.",
)
SHRINKS = Rule(
    "import.shrinks",
    Citation(HOUSE, "import.shrinks", "No list loses more than half of its entries by accident."),
    "Check that the file is whole. If it is, hand it in again and say that the list becomes shorter.",
)
OLDER_THAN_LIVE = Rule(
    "import.older_than_live",
    Citation(HOUSE, "import.older_than_live", "An older file never takes the place of a newer one."),
    "Nothing to do: a file handed in later is live.",
)
SENDER_LOST_RIGHTS = Rule(
    "import.sender_lost_rights",
    Citation(ORDER, "B.1", "Only authorized department personnel may use ALPR and connected databases."),
    "Have an ALPR administrator hand the file in.",
)
BROKE_OFF = Rule(
    "import.broke_off",
    Citation(HOUSE, "import.broke_off", "A file that breaks its reader again and again is put aside."),
    "Tell an administrator of the system. The list has not changed.",
)


def refuse_shrinking(kept: int, live: int, *, expected: bool, may_be_empty: bool, profile: Profile) -> Refusal | None:
    """Refuse a list without an entry, and one less than half as long as the live one, unless that was said before."""
    if kept == 0 and not may_be_empty:
        return EMPTY.refuse("The file leaves no entry for the list.", profile=profile.stamp)
    if kept * 2 < live and not expected:
        return SHRINKS.refuse(f"The list has {live:,} entries now; the file has {kept:,}.", profile=profile.stamp)
    return None
