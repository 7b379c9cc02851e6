"""All tables. Importing any of them makes the metadata of :class:`courage.db.engine.Base` complete."""

from courage.db.models import (
    academy,
    access,
    care,
    cases,
    data_requests,
    decisions,
    delivery,
    leases,
    library,
    organisations,
    people,
    proposals,
    readiness,
    tries,
    webhooks,
    workshops,
)

__all__ = [
    "academy",
    "access",
    "care",
    "cases",
    "data_requests",
    "decisions",
    "delivery",
    "leases",
    "library",
    "organisations",
    "people",
    "proposals",
    "readiness",
    "tries",
    "webhooks",
    "workshops",
]
