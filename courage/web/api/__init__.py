"""The desk's JSON API: small handlers, one module per subject, and its OpenAPI description."""
