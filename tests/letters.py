"""A real SMTP server that keeps the letters it is given."""

from collections.abc import Iterator
from contextlib import contextmanager
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message


class Letters(Message):
    """Keeps the letters received."""

    def __init__(self) -> None:
        super().__init__(EmailMessage)
        self.received: list[Any] = []
        self.port = 0

    def handle_message(self, message: Any) -> None:
        self.received.append(message)


class MailServer(Controller):
    """An SMTP server on whatever port is free."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def receiving() -> Iterator[Letters]:
    handler = Letters()
    server = MailServer(handler, hostname="127.0.0.1", port=0)
    server.start()
    handler.port = server.port
    try:
        yield handler
    finally:
        server.stop()


def body(letter: Any) -> str:
    text: str = letter.get_payload(decode=True).decode()
    return text


def subject(letter: Any) -> str:
    return str(make_header(decode_header(letter["Subject"])))
