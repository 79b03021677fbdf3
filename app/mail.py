"""Outgoing mail, by the SMTP server of the settings."""

import logging
import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from app.config import Settings

TIMEOUT = 15  # seconds, for each step of the conversation

log = logging.getLogger("levier")


def can_send(settings: Settings) -> bool:
    return bool(settings.smtp_url)


def send(settings: Settings, to: str, subject: str, text: str) -> bool:
    """Send one message; True if the server took it.

    Meant for a background task: a failure is logged, without the address or the text, and raises nothing.
    ``smtp://`` uses STARTTLS when the server offers it, ``smtps://`` TLS from the start.
    """
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = to
    message["Subject"] = subject
    message.set_content(text)
    try:
        with _connect(settings.smtp_url) as server:
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        log.error("Courriel non envoyé (%s). Vérifiez LEVIER_SMTP_URL.", type(error).__name__)  # its text may hold the address
        return False
    return True


def _connect(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT, context=ssl.create_default_context())
    else:
        server = smtplib.SMTP(host, parts.port or 587, timeout=TIMEOUT)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server
