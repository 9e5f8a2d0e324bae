"""What sign-in refuses, and the clause for it. Pure: facts in, refusal or nothing out."""

from audit.refusals import Citation, Refusal, Rule

CJIS = "CJIS Security Policy 5.9.5"

LOCKED = Rule(
    "signin.locked",
    Citation(CJIS, "AC-7", "After five failed attempts within fifteen minutes, signing in is locked."),
    "An administrator can release it. A passkey still works.",
)
OWN_RELEASE = Rule(
    "signin.own_release",
    Citation(CJIS, "AC-7", "A locked account is released by an administrator."),
    "Ask another administrator.",
)
SUSPENDED = Rule(
    "signin.suspended",
    Citation(CJIS, "AC-2(13)", "Accounts that must not be used are switched off at once."),
    "Ask your supervisor.",
)
LAST_FACTOR = Rule(
    "signin.last_factor",
    Citation(CJIS, "IA-2(1) and IA-2(2)", "Every account signs in with more than one factor."),
    "Add another app or key first; then you can take this one off.",
)
NO_SELF_RESET = Rule(
    "signin.reset_by_mail",
    Citation(CJIS, "IA-5(1)(c)", "Mail is not a safe way to prove who you are."),
    "Ask an administrator who knows you. They set a new password with you there.",
)
LINK_OVER = Rule(
    "signin.link_over",
    Citation(CJIS, "IA-2(8)", "What lets a person in may not work twice."),
    "Make fresh links: manage.py quick_links --base followed by this site's address.",
)


def refuse_guess(failures: int, limit: int, *, minutes: int, needs_release: bool) -> Refusal | None:
    """No further guess once ``failures`` reached ``limit``."""
    if failures < limit:
        return None
    wait = f"Wait {minutes} minutes, or ask an administrator. A passkey still works."
    return LOCKED.refuse("Too many attempts. Signing in is locked.", next_step="" if needs_release else wait)


def refuse_own_release(own: bool) -> Refusal | None:
    """Whoever is locked out does not let themselves in again."""
    return OWN_RELEASE.refuse("You cannot release your own account.") if own else None


def refuse_last_factor(others: int) -> Refusal | None:
    """Nobody takes off the only second factor of their own account."""
    return None if others else LAST_FACTOR.refuse("This is your only second factor, so it stays.")
