"""Error reports (Sentry) and traces (OpenTelemetry): off unless the environment names where they go."""


def configure() -> None:
    """Start what the settings ask for."""
