"""The life of a case: intake, casework, people, audit, retention."""
