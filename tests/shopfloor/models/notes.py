"""What test handlers and actions leave behind, to be counted."""

from django.db import models


class Note(models.Model):
    subject = models.CharField(max_length=100)
    text = models.CharField(max_length=200, default="")
    count = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.subject
