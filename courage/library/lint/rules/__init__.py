"""The rules, one a module. A new file here is a new rule: it defines ``RULE`` (see :mod:`courage.library.lint.rule`)."""
