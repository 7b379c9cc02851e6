"""What people are told when the desk is closed: invitations, how many cases wait, that one was escalated. Never a text."""
