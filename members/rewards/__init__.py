"""What members get for coming, for bringing others, and for tasks: check-in, invitations, tasks."""
