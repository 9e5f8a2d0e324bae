"""The page of all rules, made from the code: code, clause, plain words, next step, and the tests that hold it."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

from django.conf import settings

from audit.refusals import Rule

APPS = ("audit", "cameras", "hotlists", "detections", "registry")
HEAD = """# Every "no" and its law

Made from the code by `manage.py rules_doc --write`; a test keeps it complete. Where a policy profile has a clause of
its own for the same matter, the refusal cites that clause instead of the one below.
"""


def all_rules() -> list[Rule]:
    """Every ``Rule`` that stands in a ``rules`` module or package of an app, by code."""
    return [rule for rule, _ in sorted(_named().values(), key=lambda pair: pair[0].code)]


def _named() -> dict[str, tuple[Rule, str]]:
    """Code -> the rule and the name of its constant."""
    return {
        value.code: (value, name)
        for app in APPS
        for module in _modules(app)
        for name, value in vars(module).items()
        if isinstance(value, Rule)
    }


def _modules(app: str) -> Iterator[ModuleType]:
    """The modules of an app that hold rules: ``rules.py`` or ``rules_*.py`` at any depth, and a ``rules`` package's."""
    package = importlib.import_module(app)
    for info in pkgutil.walk_packages(package.__path__, f"{app}."):
        if any(part == "rules" or part.startswith("rules_") for part in info.name.split(".")[1:]):
            yield importlib.import_module(info.name)


def is_named_in(code: str, text: str) -> bool:
    """Whether a test's text names the rule, by its code or its constant."""
    constant = f".{_constants()[code]}"
    if code not in text and constant not in text:
        return False
    return re.search(rf"{re.escape(code)}\b|{re.escape(constant)}\b", text) is not None


@cache
def _constants() -> dict[str, str]:
    return {code: name for code, (_, name) in _named().items()}


def tests_of(code: str) -> list[str]:
    """Test files that name the rule, by its code or its constant, as paths from the project's root."""
    folder = Path(settings.BASE_DIR) / "tests"
    files = sorted(path for path in folder.rglob("*.py") if is_named_in(code, path.read_text()))
    return [str(path.relative_to(settings.BASE_DIR)) for path in files]


def page() -> str:
    """The page as Markdown."""
    rows = ["| code | clause | in plain words | next step | held by |", "| --- | --- | --- | --- | --- |"]
    for rule in all_rules():
        held = "<br>".join(f"`{path}`" for path in tests_of(rule.code))
        rows.append(f"| `{rule.code}` | {rule.citation} | {rule.citation.text} | {rule.next_step} | {held} |")
    return HEAD + "\n" + "\n".join(rows) + "\n"
