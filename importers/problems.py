"""What can go wrong before a single row is read. Each message is French, and says what to do next."""


class ImportProblem(Exception):
    """This import can't go on; the message is for the clerk."""


class UnknownTarget(ImportProblem):
    """Neither a source nor a département."""


class NoFile(ImportProblem):
    """No file given, none in the folder of sources, and no address that answers."""


class UnreadableFile(ImportProblem):
    """The file is there but is not what this source's reader can read."""


class NotHeld(ImportProblem):
    """There is no such held import to approve, or it is too late."""


class NotUndoable(ImportProblem):
    """There is nothing to undo, or not yet."""


class NotLast(ImportProblem):
    """An import can't be made again: another came after it, or it wrote nothing."""
