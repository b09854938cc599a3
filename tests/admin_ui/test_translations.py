"""No page mixes languages: Chinese pages hold no English sentence, English pages no Chinese character."""

import re
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from shop.core import audit, clock, runtime
from shop.core.actors import Actor
from shop.core.jobs import registered_jobs
from shop.core.models import Approval, JobRun, OutboxEvent
from shop.core.permissions import declared
from shop.wechat.models import InboxMessage
from tests.admin_ui.access_table import PAGES
from tests.admin_ui.catalogues import CATALOGUE, THEME_CATALOGUE, read_catalogue
from tests.admin_ui.conftest import Login
from tests.admin_ui.test_pages import address

pytestmark = pytest.mark.django_db

SPOKEN = ("title", "placeholder", "aria-label", "alt", "data-label", "value")
SENTENCE = re.compile(r"[A-Za-z]{2,}[ ,.;:'’]+[A-Za-z]{2,}")
CODE = re.compile(r"\b[a-z_]+\.[a-z_]+\b")
CHINESE = re.compile(r"[\u3400-\u9fff]")
ROLE_NAMES = ("店主", "运营", "客服", "仓库", "财务", "店员", "审计")


class Words(HTMLParser):
    """Collects what a reader sees or hears of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        # Inside a silent element only its own kind is counted, so that its end is found.
        icon = "material-symbols-outlined" in (given.get("class") or "")
        if tag in self._silent or tag in ("script", "style", "pre") or icon:
            self._silent.append(tag)
        if tag in ("option", "button", "input") and given.get("type") not in ("submit", "button"):
            given.pop("value", None)
        self.found += [given[name] or "" for name in SPOKEN if name in given]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            self._silent.remove(tag)

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.found.append(" ".join(data.split()))


def words(browser: Client, path: str) -> list[str]:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    if not answer["Content-Type"].startswith("text/html"):
        return []  # data and workbooks have tests of their own
    parser = Words()
    parser.feed(answer.content.decode())
    return parser.found


@pytest.fixture
def addresses(login: Login) -> list[str]:
    """Every page an owner can open, and one record of each kind. The records hold no words of their own."""
    event = OutboxEvent.objects.create(name="a.b", aggregate="a:1", payload={}, state="dead", last_error="E")
    run = JobRun.objects.create(name="a.b", outcome="failed", error="E", finished_at=clock.wall())
    message = InboxMessage.objects.create(source="pay", dedupe_key="k", event_type="A.B", state="dead")
    entry = audit.record(
        actor=Actor.system("x"), action="core.run_job", subject=("job", "a.b"), after={"a": 1}
    )
    held = Approval.objects.create(
        action="a.b", payload={"amount": 5}, subject_kind="x", subject_id="1", requester_kind="system",
        requester_label="x", requested_at=clock.now(), expires_at=clock.now(),
    )  # fmt: skip
    return [
        reverse("admin:core_outboxevent_change", args=[event.pk]),
        reverse("admin:core_jobrun_change", args=[run.pk]),
        reverse("admin:wechat_inboxmessage_change", args=[message.pk]),
        reverse("admin:core_auditentry_change", args=[entry.pk]),
        reverse("admin:core_approval_change", args=[held.pk]),
        reverse("admin:core_outboxevent_changelist") + "?q=nothing",
        f"/admin/core/outboxevent/{event.pk}/retry/",
    ]


def every(addresses: list[str]) -> list[str]:
    pages = [address(name) for name, allowed in PAGES.items() if "owner" in allowed]
    return [*pages, *addresses, "/admin/password_change/", "/admin/core/"]


def of_the_tests() -> set[str]:
    """Return the words of the tests' own app, which nobody translates."""
    jobs = [job for job in registered_jobs().values() if job.name.startswith("shopfloor.")]
    actions = [action for action in declared().values() if action.codename.startswith("shopfloor.")]
    settings = [setting for setting in runtime.declared().values() if str(setting.group) == "Tests"]
    lazy = (
        *(text for job in jobs for text in (job.title, job.description)),
        *(action.title for action in actions),
        *(text for setting in settings for text in (setting.title, setting.group, setting.default)),
        *(title for setting in settings for _choice, title in setting.choices),
    )
    return {str(text) for text in lazy}


def test_chinese_pages_hold_no_english(login: Login, addresses: list[str]) -> None:
    """Neither a sentence of whatever origin, nor any string that a catalogue of ours translates."""
    translated = {
        text
        for path in (CATALOGUE, THEME_CATALOGUE)
        for text, translations in read_catalogue(path).items()
        if text not in translations
    }
    known = of_the_tests() | {"English"}
    browser = login("owner", "boss", language="zh-CN")
    english = {
        (path, text)
        for path in every(addresses)
        for text in words(browser, path)
        if text not in known
        and not CHINESE.search(text)
        and (text in translated or SENTENCE.search(CODE.sub("", text)))
    }
    assert sorted(english) == []


def test_english_pages_hold_no_chinese_character(login: Login, addresses: list[str]) -> None:
    browser = login("owner", language="en")
    # What people wrote stays as they wrote it: the warehouse, a section of the home page, a nickname.
    written = {"总仓", "春茶上市", "小集", "小**", "年卡", "地推"}
    known = {*ROLE_NAMES, "简体中文", *written}
    chinese = {
        (path, text) for path in every(addresses) for text in words(browser, path) if CHINESE.search(text)
    }
    assert sorted((path, text) for path, text in chinese if not any(name in text for name in known)) == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_titles_of_permissions_and_jobs_are_translated(language: str) -> None:
    ours = [p for p in declared().values() if not p.codename.startswith("shopfloor.")]
    jobs = [job for job in registered_jobs().values() if not job.name.startswith("shopfloor.")]
    with translation.override(language):
        texts = (
            [str(p.title) for p in ours] + [str(j.title) for j in jobs] + [str(j.description) for j in jobs]
        )
    assert all(bool(CHINESE.search(text)) == (language == "zh-hans") for text in texts)
