"""How members came here: stored before the answer, read by the floors above when an order is paid."""

from members.models import Scene, Touch
from members.rules import TouchFields, complete_touch
from members.services.locking import hold_member
from shop.core import clock
from shop.core.crypto import keyed_hash
from shop.core.db import in_transaction
from shop.core.json import dump

SCENE_LENGTH = 20
_PURPOSE = "scene"


@in_transaction
def record_touch(*, member_id: int, touch: TouchFields) -> Touch:
    """Store how a member came here; what it leaves empty is filled from the scene it names.

    Raises ``TokenInvalid`` when the account is closed.
    """
    hold_member(member_id=member_id)
    return store_touch(member_id=member_id, touch=touch)


def store_touch(*, member_id: int, touch: TouchFields) -> Touch:
    """Insert the touch in the caller's transaction, which has the member already."""
    scene = Scene.objects.filter(name=touch.scene).first() if touch.scene else None
    if scene is not None:
        touch = complete_touch(touch, query=scene.query, channel=scene.channel)
    return Touch.objects.create(
        member_id=member_id,
        promoter=touch.promoter,
        scene=touch.scene,
        invite=touch.invite,
        channel=touch.channel,
        at=clock.now(),
    )


@in_transaction
def ensure_scene(*, page: str, query: dict[str, str], channel: str = "") -> Scene:
    """Return the scene that stands for this page with these parameters, made on first use.

    Its name is opaque and follows from the content, so the same code printed twice is one scene.
    """
    content = dump({"page": page, "query": dict(sorted(query.items())), "channel": channel}).decode()
    name = keyed_hash(content, purpose=_PURPOSE)[:SCENE_LENGTH]
    row = Scene(name=name, page=page, query=query, channel=channel, created_at=clock.now())
    Scene.objects.bulk_create([row], ignore_conflicts=True)
    return Scene.objects.get(name=name)
