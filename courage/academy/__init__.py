"""The academy: written training conversations and short exercises, and what a reply in them was."""
