"""WeChat Pay APIv3: our own small typed client."""
