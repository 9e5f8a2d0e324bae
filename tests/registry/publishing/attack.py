"""A reader of the published tables who solves for what is withheld: whole numbers, every sum, all at once."""

from collections.abc import Mapping

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_diag, csr_array

from registry.publishing.suppression import Cell, Table

Variable = tuple[str, Cell]
MOST = 1_000_000


class Reader:
    """Knows every shown cell and every sum, that zeros are shown, and so that what is withheld is at least one."""

    def __init__(
        self, tables: Mapping[str, Table], withheld: Mapping[str, set[Cell]], same: tuple[str, str] = ("", "")
    ):
        self.values = {(name, cell): table.values[cell] for name, table in tables.items() for cell in table.values}
        self.names = [(name, cell) for name in tables for cell in sorted(withheld[name])]
        self.index = {name: number for number, name in enumerate(self.names)}
        self.sums: list[tuple[Variable, list[Variable]]] = [
            ((name, whole), [(name, part) for part in parts])
            for name, table in tables.items()
            for whole, parts in table.sums()
        ]
        if same[0]:
            self.sums += [((same[0], ("", period)), [(same[1], ("", period))]) for period in tables[same[0]].periods]

    def intervals(self) -> dict[Variable, tuple[int, int]]:
        """The least and the greatest value each withheld cell can have. Two integer programs, cells side by side."""
        if not self.names:
            return {}
        rows, sides = self._equations()
        many = len(self.names)
        system = block_diag([rows] * many, format="csr") if rows.shape[0] else csr_array((0, many * many))
        target = np.tile(sides, many)
        goal = np.zeros(many * many)
        goal[np.arange(many) * many + np.arange(many)] = 1
        ends = []
        for sign in (1, -1):
            solved = milp(
                sign * goal,
                integrality=np.ones(many * many),
                bounds=Bounds(1, MOST),
                constraints=[LinearConstraint(system, target, target)] if system.shape[0] else [],
            )
            assert solved.success, solved.message
            ends.append([round(value) for value in solved.x[goal == 1]])
        return {name: (low, high) for name, low, high in zip(self.names, *ends, strict=True)}

    def _equations(self) -> tuple[csr_array, np.ndarray]:
        rows, sides = [], []
        for whole, parts in self.sums:
            row, side = np.zeros(len(self.names)), 0
            for name, sign in [(whole, -1), *((part, 1) for part in parts)]:
                if name in self.index:
                    row[self.index[name]] += sign
                else:
                    side -= sign * self.values.get(name, 0)
            if row.any():
                rows.append(row)
                sides.append(side)
        return csr_array(np.array(rows).reshape(len(rows), len(self.names))), np.array(sides)
