"""Python's collector of garbage: what stays is put out of its sight, and it looks less often."""

import gc

OBJECTS = 20_000  # made between two looks: a page or fifty rows of a file make as many, and leave next to none


def settle() -> None:
    """What was just read stays until the end of the process: it is never looked through again (0.2 s each time, for who waits)."""
    gc.set_threshold(OBJECTS)
    gc.freeze()
