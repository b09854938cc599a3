"""Is this merchant set up correctly? Step by step, each with what to fix. No money moves."""

from shop.wechat.doctor.findings import Finding, Verdict
from shop.wechat.doctor.steps import examine

__all__ = ["Finding", "Verdict", "examine"]
