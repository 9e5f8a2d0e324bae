"""What people agree to when they register a camera, by version. A version that was ever shown never changes.

Law of the house: a change of words is a new version; ``RegisteredCamera.consent_version`` says which one was agreed to.
"""

from django.utils.translation import gettext_lazy as _

CURRENT = "1"
VERSIONS = {
    "1": (
        _("I register my camera of my own free will. Nobody has to, and it brings no duty to hand over anything."),
        _(
            "The police may use my contact data only to ask me for footage as evidence of a crime, and for nothing "
            "else. Each such look is recorded."
        ),
        _("Registering lets nobody see through my camera, and its place is never shown on a public map."),
        _("I can withdraw at any time. My contact data is then removed; that I agreed, and when, is kept as proof."),
    ),
}
