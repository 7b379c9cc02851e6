"""Random faults against engines at work: kills, pauses, cut lines, full disks, jumping clocks. ``make chaos`` does so at length.

The chat system and the volunteers are simple; intake, casework, outbox, leases and database are the program's own.
"""
