"""What every API endpoint stands on: views, strict input, problem+json, throttles, pagination."""
