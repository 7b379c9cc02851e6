"""What all commands share: grammar and parser, the registry that finds them, and how one is carried out.

``grammar``, ``parser`` and ``sanitize`` need nothing but the standard library: Rasa's environment uses them, too.
"""
