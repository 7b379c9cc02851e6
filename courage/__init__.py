"""Settings, wiring, command line and supervisor: the only room that knows all others."""
