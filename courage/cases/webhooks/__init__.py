"""Webhooks: other programs hear of an organisation's cases, signed as Standard Webhooks says."""
