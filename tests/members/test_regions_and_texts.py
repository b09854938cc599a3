"""What anybody may read: regions, scenes, agreements."""

import pytest

from members.demo import load_agreements
from members.errors import AgreementPublished
from members.models import Agreement, Consent, Member
from members.queries import current_agreements
from members.services.agreements import publish_agreement, save_draft
from members.services.touches import ensure_scene
from shop.core import clock
from shop.core.actors import Actor
from shop.core.errors import Forbidden, InvalidInput
from shop.core.models import AuditEntry
from tests.members.shoppers import Browser, fields_of, problem
from tests.payments.staff import staff

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")


def names(nodes: list[dict[str, object]]) -> list[object]:
    return [node["name"] for node in nodes]


def test_the_tree_has_every_province_and_the_names_of_wechats_picker():
    answer = Browser().get("/regions")
    assert answer.status_code == 200
    tree = {node["name"]: node["children"] for node in answer.json()["regions"]}
    assert len(tree) == 34
    assert sum(len(cities) for cities in tree.values()) == 363
    assert sum(len(city.get("children", [])) for cities in tree.values() for city in cities) == 3440
    assert names(tree["上海市"]) == ["上海市"]
    assert "黄浦区" in names(tree["上海市"][0]["children"])
    assert "省直辖县级行政区划" in names(tree["湖北省"])
    for special in ("香港特别行政区", "澳门特别行政区"):
        assert names(tree[special]) == [special]
    assert len(tree["香港特别行政区"][0]["children"]) == 18
    assert "台北市" in names(tree["台湾省"])
    flat = answer.content.decode()
    assert '"市辖区"' not in flat


def test_the_tree_is_cached_and_confirmed_without_a_body():
    first = Browser().get("/regions")
    assert first.headers["Cache-Control"] == "public, max-age=86400"
    again = Browser().get("/regions", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert Browser().get("/regions", **{"If-None-Match": '"other"'}).status_code == 200


def test_a_scene_resolves_to_page_and_query_and_the_same_content_is_one_scene():
    scene = ensure_scene(page="pages/item/index", query={"id": "7", "promoter": "P1"}, channel="poster")
    again = ensure_scene(page="pages/item/index", query={"promoter": "P1", "id": "7"}, channel="poster")
    other = ensure_scene(page="pages/item/index", query={"id": "8", "promoter": "P1"}, channel="poster")
    assert (again.pk, len(scene.name)) == (scene.pk, 20)
    assert other.pk != scene.pk
    answer = Browser().get(f"/scenes/{scene.name}")
    assert answer.json() == {"page": "pages/item/index", "query": {"id": "7", "promoter": "P1"}}


@pytest.mark.parametrize("name", ["unknown", "a%00b", "x" * 33, "%F0%9F%98%80"])
def test_an_unknown_scene_is_not_found(name: str):
    assert problem(Browser().get(f"/scenes/{name}")) == (404, "not_found")


def test_the_demo_publishes_the_first_versions_once():
    assert load_agreements() == "2 agreements"
    assert load_agreements() == "0 agreements"
    listed = [(each.document, each.version, each.title, each.url) for each in current_agreements()]
    assert listed == [
        ("privacy", "1.0", "隐私政策", "/api/v1/agreements/privacy/1.0"),
        ("terms", "1.0", "用户服务协议", "/api/v1/agreements/terms/1.0"),
    ]
    body = Browser().get("/agreements/terms/1.0").json()
    assert set(body) == {"document", "version", "title", "body", "published_at"}
    assert body["body"].startswith("欢迎来到本店")


def test_a_draft_is_nobodys_business_until_it_is_published():
    load_agreements()
    draft = save_draft(actor=SYSTEM, document="terms", version="2.0", title="新协议", body="正文")
    assert problem(Browser().get("/agreements/terms/2.0")) == (404, "not_found")
    assert current_agreements()[1].version == "1.0"
    publish_agreement(actor=SYSTEM, agreement_id=draft.pk)
    assert Browser().get("/agreements/terms/2.0").json()["body"] == "正文"
    assert current_agreements()[1].version == "2.0"


def test_a_published_version_is_never_changed_or_published_again():
    load_agreements()
    row = Agreement.objects.get(document="terms")
    with pytest.raises(AgreementPublished):
        save_draft(actor=SYSTEM, document="terms", version="1.1", title="改", body="改", agreement_id=row.pk)
    with pytest.raises(AgreementPublished):
        publish_agreement(actor=SYSTEM, agreement_id=row.pk)
    after = Agreement.objects.get(pk=row.pk)
    assert (after.version, after.title, after.published_at) == ("1.0", row.title, row.published_at)
    assert AuditEntry.objects.count() == 0


def test_one_version_once_per_document():
    save_draft(actor=SYSTEM, document="terms", version="1", title="a", body="a")
    with pytest.raises(InvalidInput) as refusal:
        save_draft(actor=SYSTEM, document="terms", version="1", title="b", body="b")
    assert [(each.field, each.code) for each in refusal.value.errors] == [("version", "unique")]
    assert Agreement.objects.count() == 1


def test_only_who_may_writes_and_publishes():
    clerk = staff("clerk")
    editor = staff("editor", "members.edit_agreement")
    with pytest.raises(Forbidden):
        save_draft(actor=clerk, document="terms", version="1", title="a", body="a")
    draft = save_draft(actor=editor, document="terms", version="1", title="a", body="a")
    with pytest.raises(Forbidden):
        publish_agreement(actor=editor, agreement_id=draft.pk)
    assert list(Agreement.objects.values_list("published_at", flat=True)) == [None]
    assert list(AuditEntry.objects.values_list("action", "actor_label")) == [
        ("members.edit_agreement", "editor")
    ]


def test_a_consent_is_evidence_and_repeating_it_keeps_the_first_moment(phone: Browser, member: Member):
    load_agreements()
    body = {"document": "privacy", "version": "1.0"}
    first = phone.post("/me/consents", body)
    assert first.status_code == 200
    assert phone.post("/me/consents", body).json() == first.json() == {**body, "at": first.json()["at"]}
    consent = Consent.objects.get()
    assert (consent.member_id, consent.agreement.document) == (member.pk, "privacy")
    assert consent.at <= clock.now()


@pytest.mark.parametrize("version", ["9.9", "2.0"])
def test_a_version_that_is_not_published_cannot_be_agreed_to(phone: Browser, version: str):
    load_agreements()
    save_draft(actor=SYSTEM, document="terms", version="2.0", title="草稿", body="草稿")
    answer = phone.post("/me/consents", {"document": "terms", "version": version})
    assert problem(answer) == (409, "agreement_unknown")
    assert Consent.objects.count() == 0


def test_a_document_that_does_not_exist_is_bad_input(phone: Browser):
    answer = phone.post("/me/consents", {"document": "secret", "version": "1"})
    assert (problem(answer), fields_of(answer)) == (
        (400, "invalid_input"),
        [("document", "invalid_choice")],
    )
