"""What every table shares."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment in UTC; SQLModel stores and returns aware datetimes on both databases."""
    return datetime.now(UTC)
