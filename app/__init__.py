"""Levier: the shared base of social resources of the French departments."""

__version__ = "0.1.0"
