"""The order of the examination: what needs no network first; WeChat is asked only with usable settings."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from shop.wechat.doctor import local, remote
from shop.wechat.doctor.findings import Finding, Verdict, skipped


def examine(*, certificate_pem: str = "", offline: bool = False, callback: bool = False) -> Iterator[Finding]:
    """Yield the findings one by one, as they are made. No money moves, no order comes about."""
    usable = True
    steps = (
        local.check_settings(),
        local.check_private_key(certificate_pem),
        local.check_apiv3_key(),
        local.check_wechat_keys(),
        local.check_addresses(),
        local.check_message_push(),
    )
    for number, step in enumerate(steps):
        for finding in step:
            # A bad address or push key does not stop us from asking WeChat.
            usable = usable and (finding.verdict is not Verdict.FAILED or number > 3)
            yield finding
    if offline:
        return
    if not usable:
        yield skipped(_("Asking WeChat"), _("Put the settings right first."))
        return
    yield from remote.check_clock()
    yield from remote.check_token()
    understood = True
    for finding in remote.check_echo():
        understood = understood and finding.verdict is not Verdict.FAILED
        yield finding
    if understood:
        yield from remote.check_merchant()
    else:
        yield skipped(_("Merchant number"), _("Put the signature right first."))
    yield from remote.check_reachable()
    if callback:
        yield from remote.check_callback()
