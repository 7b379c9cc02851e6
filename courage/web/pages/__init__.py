"""The desk's web pages: small handlers, one module per subject."""
