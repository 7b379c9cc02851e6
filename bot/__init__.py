"""What Rasa loads: short commands, the engine's verdict on group messages, the connector, the tracker store."""
