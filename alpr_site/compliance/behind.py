"""What stands behind each clause: rules and values by their citation, what the files name, and the tests that hold it.

A value of a profile without a rule or a test is a wish: it makes a clause "partly" at best. A clause counts as held
only when something refuses, records or shows it, a test names that, and nothing is known to be missing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Literal

from django.conf import settings

from alpr_site import rules_doc
from alpr_site.compliance.clauses import Clause, Order, orders
from audit import policy
from audit.actions import Action
from audit.policies.difference import show
from audit.refusals import Rule
from registry.publishing.content import PRESENT
from registry.publishing.figures import FIGURES
from registry.transparency import Transparency

State = Literal["held", "partly", "duty", "nothing"]
WORDS: dict[State, str] = {
    "held": "stands",
    "partly": "partly",
    "duty": "agency's own duty",
    "nothing": "nothing behind it",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """A value of a profile that cites the clause."""

    profile: str
    name: str
    shown: str


@dataclass(frozen=True, slots=True)
class Behind:
    """One clause with all that stands behind it; ``tests`` are paths from the project's root."""

    clause: Clause
    rules: tuple[Rule, ...]
    settings: tuple[Setting, ...]
    actions: tuple[Action, ...]
    published: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def state(self) -> State:
        """How the clause stands; see the module's words."""
        tested = bool(self.tests) or not tests_are_here()
        works = tested and bool(self.rules or self.actions or self.clause.works)
        shown = bool(self.published) and not self.clause.works
        if not (works or shown or self.settings or self.clause.duty):
            return "nothing"
        if self.clause.missing:
            return "partly" if works or shown else "nothing"
        if works:
            return "held"
        if self.clause.duty:
            return "duty"
        return "held" if shown else "partly"

    @property
    def words(self) -> str:
        return WORDS[self.state]


def all_behind(order: Order) -> list[Behind]:
    """Every clause of a document. Raises KeyError or ValueError where a file names what is not there."""
    return [_behind(order, clause) for clause in order.clauses]


@cache
def everything() -> tuple[tuple[Order, tuple[Behind, ...]], ...]:
    """All documents with what stands behind each clause. Made once: code and files do not change while it runs."""
    return tuple((order, tuple(all_behind(order))) for order in orders())


@cache
def _rules() -> dict[str, Rule]:
    return {rule.code: rule for rule in rules_doc.all_rules()}


def _behind(order: Order, clause: Clause) -> Behind:
    known = _rules()
    cited = [rule for rule in known.values() if _cites(rule.citation.instrument, rule.citation.section, order, clause)]
    named = [known[code] for code in clause.rules]
    rules = tuple({rule.code: rule for rule in [*cited, *named]}.values())
    tests = dict.fromkeys(path for rule in rules for path in tests_of(rule.code))
    tests |= dict.fromkeys(_there(path) for path in clause.tests)
    actions = tuple(Action(name) for name in clause.actions)
    tests |= dict.fromkeys(path for action in actions for path in tests_of_action(action))
    return Behind(
        clause=clause,
        rules=rules,
        settings=tuple(_settings(order, clause)),
        actions=actions,
        published=tuple(_published(name) for name in clause.published),
        tests=tuple(tests),
    )


def _cites(instrument: str, section: str, order: Order, clause: Clause) -> bool:
    return instrument in order.instruments and section in clause.names


def _settings(order: Order, clause: Clause) -> Iterable[Setting]:
    for profile in policy.shipped():
        for value in profile.values.values():
            if _cites(value.citation.instrument, value.citation.section, order, clause):
                yield Setting(profile.id, value.key, show(value.value))
        for one in profile.purposes:
            if _cites(one.citation.instrument, one.citation.section, order, clause):
                yield Setting(profile.id, f"purpose {one.code}", one.label)
        for use in profile.prohibitions:
            if _cites(use.citation.instrument, use.citation.section, order, clause):
                yield Setting(profile.id, f"forbidden {use.code}", use.label)


def publishable() -> dict[str, str]:
    """What the transparency page can show: the code of a figure or part, and its title."""
    parts = {name: name.replace("_", " ") for name in (*PRESENT, "ledger")}
    parts |= {field.name: field.name.replace("_", " ") for field in fields(Transparency)}
    return parts | {figure.code: str(figure.title) for figure in FIGURES}


def _published(name: str) -> str:
    if name not in publishable():
        raise ValueError(f"the transparency page shows no {name}")
    return name


def tests_are_here() -> bool:
    """Whether the product runs beside its tests; an installation may go without them."""
    return (Path(settings.BASE_DIR) / "tests").is_dir()


def _there(path: str) -> str:
    if tests_are_here() and not (Path(settings.BASE_DIR) / path).is_file():
        raise ValueError(f"there is no test {path}")
    return path


@cache
def _test_texts() -> dict[str, str]:
    """Every test's text by its path; none where the product runs without its tests."""
    folder = Path(settings.BASE_DIR) / "tests"
    return {str(path.relative_to(settings.BASE_DIR)): path.read_text() for path in sorted(folder.rglob("*.py"))}


def tests_of(code: str) -> tuple[str, ...]:
    """The tests that name a rule, by its code or its constant, as the page of rules finds them."""
    return tuple(path for path, text in _test_texts().items() if rules_doc.is_named_in(code, text))


def tests_of_action(action: Action) -> tuple[str, ...]:
    """The tests that name an act, by its value or its constant; at most three, for a page."""
    wanted = (f'"{action.value}"', f"Action.{action.name}")
    return tuple(path for path, text in _test_texts().items() if any(one in text for one in wanted))[:3]
