"""The demonstration shop: its goods as text, the pictures that we drew of them, and the workbook made of both."""
