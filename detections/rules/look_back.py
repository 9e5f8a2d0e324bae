"""Under which purpose of the policy one looks back for a hot plate. Pure. What may be searched, others rule."""

from audit.policy import Profile
from hotlists.models import HotPlate

Category = HotPlate.Category
# The first that the policy in force names counts. D.1.a covers stolen and wanted vehicles and wanted or missing people;
# "other" is the other use of D.1.c, which a sergeant or ALPR administrator has to review first.
_PURPOSES: dict[str, tuple[str, ...]] = {
    Category.STOLEN_VEHICLE: ("locate", "stolen_vehicle"),
    Category.STOLEN_PLATE: ("locate", "stolen_plate"),
    Category.MISSING_PERSON: ("locate", "missing_person"),
    Category.WANTED_PERSON: ("locate", "active_warrant"),
    Category.VIOLENT_CRIME: ("locate", "criminal_investigation"),
    Category.NAMED_SUSPECT: ("locate", "suspect_interdiction"),
    Category.OTHER: ("other_reviewed", "criminal_investigation"),
}


def purpose_of(category: str, profile: Profile) -> str:
    """The code of the purpose; "" where the policy has none for the category, which the search then refuses."""
    return next((code for code in _PURPOSES.get(category, ()) if profile.purpose(code)), "")
