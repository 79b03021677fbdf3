"""argon2 is slow on purpose; tests that sign in by the dozen use its cheapest parameters."""

import argon2
import pytest

from app import accounts


def make_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = argon2.PasswordHasher.from_parameters(argon2.profiles.CHEAPEST)
    monkeypatch.setattr(accounts, "_hasher", hasher)
    accounts._nobody.cache_clear()
