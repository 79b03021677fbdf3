"""How far a run is, for those who wait for it."""

from app.progress import Report
from importers.staging import Staged


class Told:
    """A row counts for half once it is prepared, whole once nothing is left to do for it."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.total: int | None = None
        self._staged = 0
        self._done = 0

    def staged(self, staged: Staged) -> None:
        self._staged, self._done = staged.read, staged.read - staged.to_write
        self._tell()

    def written(self, rows: int) -> None:
        self._done += rows
        self._tell()

    def _tell(self) -> None:
        self._report((self._staged + self._done) // 2, self.total)
