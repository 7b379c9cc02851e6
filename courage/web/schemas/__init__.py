"""What goes in and comes out as JSON, one module per subject: of the HTTP API, the engine's own API and the command line."""
