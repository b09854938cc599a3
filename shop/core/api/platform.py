"""Which kind of client calls: the optional header ``X-Client-Platform``."""

from rest_framework.request import Request

IOS = "ios"
PLATFORMS = (IOS, "android", "devtools", "h5")


def client_platform(request: Request) -> str:
    """Return the client's platform, or "" when it does not say or says nonsense."""
    platform = str(request.headers.get("X-Client-Platform", "")).strip().lower()
    return platform if platform in PLATFORMS else ""
