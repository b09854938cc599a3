"""What stops a backup or a restore; the text tells the operator what to do."""


class BackupError(Exception):
    """A backup or restore that was refused or failed. Its text is translated and holds no secret."""
