"""Counsellors who search without a pause: ``python -m bench.clients ADDRESS COOKIE CORPUS NUMBER``, until it is stopped."""

import sys
import threading
from pathlib import Path

import httpx

from app import accounts
from bench.questions import Kind, kinds

QUESTIONS = 200


def keep_asking(address: str, cookie: str, asked: list[Kind], first: int) -> None:
    with httpx.Client(base_url=address, timeout=60, cookies={accounts.COOKIE: cookie}) as client:
        while True:
            for i in range(QUESTIONS):
                for kind in asked:
                    client.get(kind.path, params=dict(kind.asked[(first + i) % QUESTIONS]))


def main() -> None:
    address, cookie, corpus, number = sys.argv[1:5]
    asked = [kind for kind in kinds(Path(corpus), QUESTIONS) if kind.is_page]
    for client in range(int(number)):
        threading.Thread(target=keep_asking, args=(address, cookie, asked, client * 23), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
