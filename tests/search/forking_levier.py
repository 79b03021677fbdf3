"""Runs `levier` commands in processes forked from this one, which has imported everything: each starts in a fraction of a second.

Told by lines of JSON: ``{"run": [arguments], "environment": {…}, "said": file}`` answers the process's number,
``{"kill": number}`` answers once it is dead.
"""

import json
import os
import signal
import sys
from typing import Any, NoReturn

import app.main  # noqa: F401  # the longest to import
from app import cli
from app.territory import gazetteer


def main() -> None:
    gazetteer.load()
    for line in sys.stdin:
        order = json.loads(line)
        if "kill" in order:
            os.kill(order["kill"], signal.SIGKILL)
            os.waitpid(order["kill"], 0)
            print(0, flush=True)
        else:
            print(os.fork() or run(order), flush=True)


def run(order: dict[str, Any]) -> NoReturn:
    said = os.open(order["said"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(said, 1)
    os.dup2(said, 2)
    os.environ.clear()
    os.environ.update(order["environment"])
    cli.app(order["run"])
    os._exit(0)


if __name__ == "__main__":
    main()
