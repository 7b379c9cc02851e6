"""All tables. Importing any of them makes the metadata of :class:`courage.db.engine.Base` complete."""

from courage.db.models import (
    academy,
    access,
    cases,
    decisions,
    delivery,
    leases,
    library,
    organisations,
    own_scenarios,
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
    "cases",
    "decisions",
    "delivery",
    "leases",
    "library",
    "organisations",
    "own_scenarios",
    "people",
    "proposals",
    "readiness",
    "tries",
    "webhooks",
    "workshops",
]
