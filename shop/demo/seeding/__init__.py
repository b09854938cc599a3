"""A big shop in minutes: rows are made in memory-bounded portions and written by COPY."""
