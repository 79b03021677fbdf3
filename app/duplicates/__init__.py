"""Structures that two sources describe: found by scored pairs, decided by people, merged field by field."""
