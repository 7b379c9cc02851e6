"""What people can say to the assistant, one file a command; what makes them work is in ``core``.

A new command is one new file here that defines ``COMMAND`` (see :class:`courage.commands.core.command.Command`).
"""
