"""Faults of the files of a data set, collected so that one pass tells all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from methods.errors import UserError

MOST = 20  # files that an error names; of the others it says how many there are


class Fault(UserError):
    """One file and what is wrong with it: `what` is in the same words for every file with the same fault."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where} {what}.")
        self.where, self.what = where, what


class Faults:
    """Those found so far."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def __bool__(self) -> bool:
        return bool(self._faults)

    @contextmanager
    def noted(self) -> Iterator[None]:
        """A fault in the block is kept, and what comes after the block goes on."""
        try:
            yield
        except Fault as fault:
            self._faults.append(fault)

    def check(self) -> None:
        """UserError that names those found, if there are any: one, or a list of up to `MOST`."""
        if len(self._faults) > 1:
            named: dict[str, list[str]] = {}
            for fault in self._faults[:MOST]:
                named.setdefault(fault.what, []).append(fault.where)
            more = f" There are {len(self._faults) - MOST} more." if len(self._faults) > MOST else ""
            lists = (f"Each {what}: {', '.join(where)}." for what, where in named.items())
            raise UserError(f"{len(self._faults)} things are wrong. {' '.join(lists)}{more}")
        for fault in self._faults:
            raise fault
