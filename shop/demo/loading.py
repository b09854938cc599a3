"""What ``manage.py load_demo`` puts into a fresh shop: the workbook under ``demo/``, and a shopper.

Each step leaves alone what is there already; an import that was interrupted goes on where it stopped.
"""

import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.management.base import CommandError
from django.db import connection
from django.utils import translation

from catalog.models import FreightTemplate, Product, ServicePromise
from catalog.services.media import upload_media
from catalog.workbook.importing import KIND
from demo.build import WORKBOOK
from demo.pictures import PICTURES
from demo.source import load_products, load_shop
from members.models import Member
from members.services.addresses import create_address
from shop.core import clock
from shop.core.actors import Actor
from shop.core.crypto import hash_phone
from shop.core.db import in_transaction
from shop.core.models.sheets import SheetRun
from shop.core.sheets.archives import pack_folder
from shop.core.sheets.runs import confirm_run, resume_run, start_import
from shop.core.sheets.working import work_to_the_end

_WORKERS = min(4, os.cpu_count() or 1)
_ACTOR = Actor.system("load_demo")
_MEMBERS: tuple[dict[str, Any], ...] = (
    {
        "nickname": "林小满",
        "phone": "13800138001",
        "addresses": (
            ("浙江省", "杭州市", "西湖区", "翠苑街道星洲花园3幢1单元502室"),
            ("浙江省", "杭州市", "滨江区", "长河街道江南大道288号A座1206"),
        ),
    },
    {
        "nickname": "周末去爬山",
        "phone": "13800138002",
        "addresses": (("江苏省", "苏州市", "姑苏区", "平江街道临顿路100弄8号"),),
    },
)


def load_goods() -> str:
    """Import the workbook, unless the shop has goods of its own or has imported it before."""
    run = (
        SheetRun.objects.filter(kind=KIND, actor_kind="system", actor_label=_ACTOR.label)
        .order_by("-pk")
        .first()
    )
    if run is not None and run.state == SheetRun.State.DONE:
        return "loaded before"
    if run is None:
        if Product.objects.exists():
            return "left alone: the shop has goods already"
        load_terms()
        store_pictures()
    with translation.override(settings.LANGUAGE_CODE):
        return _import(run or _start())


def store_pictures() -> int:
    """Store the pictures before the import asks for them, side by side and without their smaller renditions.

    The job makes those in the background: making them here would take longer than everything else. Until then
    the pictures are shown as they are; they are small. Returns how many there are.
    """
    paths = [PICTURES / picture.name for product in load_products() for picture in product.pictures]
    with ThreadPoolExecutor(max_workers=_WORKERS) as pool:
        return sum(pool.map(_store_share, (paths[start::_WORKERS] for start in range(_WORKERS))))


def _store_share(paths: Sequence[Path]) -> int:
    try:
        for path in paths:
            upload_media(actor=_ACTOR, content=path.read_bytes(), render=False)
    finally:
        connection.close()  # each thread has its own
    return len(paths)


@in_transaction
def load_terms() -> str:
    """Make the freight templates and service promises that the workbook's products name."""
    shop = load_shop()
    for row in shop["freight"]:
        FreightTemplate.objects.get_or_create(
            name=row["name"],
            defaults={
                "flat_fee": int(row["fee"] * 100),
                "free_over": int(row["free_over"] * 100) if "free_over" in row else None,
            },
        )
    for place, (name, description) in enumerate(shop["promises"].items()):
        ServicePromise.objects.get_or_create(
            name=name, defaults={"description": description, "position": place}
        )
    return f"{len(shop['freight'])} freight templates"


@in_transaction
def load_members() -> str:
    """Make the shoppers whom the console shows before anybody has logged in."""
    made = 0
    for row in _MEMBERS:
        digest = hash_phone(row["phone"])
        if Member.objects.filter(phone_hash=digest).exists():
            continue
        now = clock.now()
        member = Member.objects.create(
            nickname=row["nickname"],
            phone=row["phone"],
            phone_hash=digest,
            created_at=now,
            last_seen_at=now,
        )
        for province, city, district, detail in row["addresses"]:
            fields = {
                "receiver": row["nickname"],
                "phone": row["phone"],
                "province": province,
                "city": city,
                "district": district,
                "detail": detail,
            }
            create_address(member_id=member.pk, fields=fields)
        made += 1
    return f"{made} members"


def _start() -> SheetRun:
    with tempfile.TemporaryDirectory(prefix="demo-") as folder:
        archive = Path(folder) / "pictures.zip"
        pack_folder(PICTURES, archive)
        with WORKBOOK.open("rb") as file, archive.open("rb") as pictures:
            return start_import(
                actor=_ACTOR,
                kind=KIND,
                file=File(file, name=WORKBOOK.name),
                archive=File(pictures, name=archive.name),
                options={"with_stock": True},
                kick=False,
            )


def _import(run: SheetRun) -> str:
    """Work on a run until it is done, from wherever it stands."""
    if run.state in (SheetRun.State.FAILED, SheetRun.State.CANCELLED) and run.confirmed_at is not None:
        run = resume_run(actor=_ACTOR, run_id=run.pk, kick=False)
    elif run.state in (SheetRun.State.FAILED, SheetRun.State.CANCELLED):
        run = _start()
    if run.state == SheetRun.State.UPLOADED:
        run = work_to_the_end(run.pk)
    if run.state == SheetRun.State.PREVIEWED:
        run = confirm_run(actor=_ACTOR, run_id=run.pk, kick=False)
    if run.state == SheetRun.State.RUNNING:
        run = work_to_the_end(run.pk)
    if run.state != SheetRun.State.DONE or run.failed:
        raise CommandError(f"The demonstration goods were not imported: {run.problem or run.counts}")
    return f"{run.created} created, {run.updated} updated"
