"""The demonstration shop: its goods as text, the pictures drawn of them, the workbook made of both."""
