"""Pages, in the shape of data·inclusion: ``{items, total, page, size, pages}``."""

import gzip
from collections.abc import Sequence
from typing import Any, TypeVar

from fastapi import Request
from pydantic_core import to_json
from sqlalchemy import func, select
from sqlmodel import Session, col
from starlette.responses import Response

from app.api.filters import Conditions
from app.api.parameters import Paging
from app.models import Service, Structure

T = TypeVar("T")
SMALL = 1000  # bytes not worth compressing


def page_of_ids(session: Session, model: type[Structure] | type[Service], conditions: Conditions, paging: Paging) -> tuple[list[str], int]:
    """The ids of one page, in the order of ids, and the number of all that meet the conditions."""
    return _page_of(session, model, conditions, (col(model.id),), paging)


def best_first(session: Session, conditions: Conditions, paging: Paging) -> tuple[list[str], int]:
    """The same for services, in the order of their score of quality."""
    best = func.coalesce(col(Service.score_qualite), 0.0).desc()
    return _page_of(session, Service, conditions, (best, col(Service.id)), paging)


def _page_of(
    session: Session, model: type[Structure] | type[Service], conditions: Conditions, order: Sequence[Any], paging: Paging
) -> tuple[list[str], int]:
    total = session.execute(select(func.count()).select_from(model).where(*conditions)).scalar_one()
    if first(paging) >= total:
        return [], total
    query = select(col(model.id)).where(*conditions).order_by(*order).offset(first(paging)).limit(paging.size)
    return list(session.execute(query).scalars()), total


def all_ids(session: Session, model: type[Structure] | type[Service], conditions: Conditions) -> list[str]:
    """The ids of all that meet the conditions, in order."""
    return list(session.execute(select(col(model.id)).where(*conditions).order_by(col(model.id))).scalars())


def cut(found: Sequence[T], paging: Paging) -> Sequence[T]:
    """One page of all that was found."""
    return found[first(paging) : first(paging) + paging.size]


def first(paging: Paging) -> int:
    return (paging.page - 1) * paging.size


def page(items: Sequence[Any], total: int, paging: Paging) -> dict[str, Any]:
    """The page as it is answered; `size` is the number of its items."""
    return {"items": items, "total": total, "page": paging.page, "size": len(items), "pages": -(-total // paging.size)}


def answer(request: Request, content: Any) -> Response:
    """JSON, compressed for whom takes it. Records are written as they are: no model stands between them and the reader."""
    body = to_json(content, inf_nan_mode="null")
    headers = {"Vary": "Accept-Encoding"}
    if len(body) >= SMALL and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, compresslevel=1, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type="application/json", headers=headers)
