"""Small things around the callbacks: the OpenAPI description and the task."""

import pytest
from drf_spectacular.generators import SchemaGenerator

from shop.core import clock
from shop.wechat.models import InboxMessage
from shop.wechat.tasks import process_inbox


def test_the_schema_describes_what_wechat_calls():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    for name in ("pay", "refund", "transfer"):
        assert set(paths[f"/api/v1/wechat/{name}/notify"]) == {"post"}
    assert set(paths["/api/v1/wechat/messages"]) == {"get", "post"}
    answers = paths["/api/v1/wechat/pay/notify"]["post"]["responses"]
    assert set(answers) == {"200", "4XX", "503"}


@pytest.mark.django_db(transaction=True)
def test_the_task_acts_on_what_waits():
    message = InboxMessage.objects.create(
        source="message", dedupe_key="k", event_type="nobody.cares", content="{}", received_at=clock.wall()
    )
    process_inbox()
    message.refresh_from_db()
    assert message.state == "ignored"
    process_inbox()
