"""Columns that take little room: a read is stored tens of millions of times."""

from typing import Any

from django.db import models


class ScaledField(models.FloatField):
    """A number kept as a whole multiple of a small step: exact to the step, in 2 or 4 bytes instead of 8.

    ``steps`` is how many steps make one; ``small`` keeps them in 2 bytes. Positions are kept to a millionth of a
    degree (0.1 m), below what any reader's GPS tells.
    """

    def __init__(self, *args: Any, steps: int = 1, small: bool = False, **kwargs: Any) -> None:
        self.steps, self.small = steps, small
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """With the step, for migrations."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"steps": self.steps, "small": self.small}

    def get_internal_type(self) -> str:
        """What the database keeps."""
        return "SmallIntegerField" if self.small else "IntegerField"

    def to_steps(self, value: float) -> int:
        """The number as it is stored."""
        return round(value * self.steps)

    def from_db_value(self, value: int | None, *_: Any) -> float | None:
        """The number as it is used."""
        return None if value is None else value / self.steps

    def get_prep_value(self, value: Any) -> Any:
        """The number as it is stored; expressions as they are."""
        value = super().get_prep_value(value)
        return self.to_steps(value) if isinstance(value, float) else value
