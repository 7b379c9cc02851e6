"""E-mail to people of the desk: the outbox's channel for it. No chat system, so it declares no gateway."""
