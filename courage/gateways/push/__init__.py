"""Notices to browsers (Web Push): the outbox's channel for them. No chat system, so it declares no gateway."""
