"""Callbacks of WeChat: verify the raw bytes, store, answer at once; a task acts on them."""

from shop.wechat.inbox.processing import process_due, process_message, read_resource, retry_message

__all__ = ["process_due", "process_message", "read_resource", "retry_message"]
