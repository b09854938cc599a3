"""The page: what a developer sees and presses."""

import json
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse

from shop.sandbox import faults, ids, journal
from shop.sandbox.box import Box
from shop.sandbox.page import html
from shop.sandbox.page.html import Safe
from shop.sandbox.page.style import CSS, SCRIPT
from shop.sandbox.page.text import Words
from shop.sandbox.pay import payments

SHOWN = 50


def render(box: Box, request: Request) -> HTMLResponse:
    """Render every section; ``?lang=en`` switches the language."""
    words = Words(request.query_params.get("lang", ""))
    parts: list[tuple[str, Callable[[Box, Words], Safe]]] = [
        ("payments", _payments),
        ("refunds", _refunds),
        ("transfers", _transfers),
        ("users", _users),
        ("messages", _messages),
        ("callbacks", _callbacks),
        ("faults", _faults),
        ("clock", _clock),
        ("log", _log),
    ]
    links = html.join(Safe(f'<a href="#{name}">{html.text(words[name])}</a>') for name, _ in parts)
    offline = html.span(words["is_offline"], "tag bad") if box.setting("offline") else ""
    sections = html.join(html.section(name, words[name], part(box, words)) for name, part in parts)
    other = "" if words.language == "en" else "?lang=en"
    merchant = f"{words['merchant']} {box.identity.mchid} · {box.identity.appid}"
    return HTMLResponse(
        f"<!doctype html><html lang={words.tag}><head><meta charset=utf-8>"
        f'<meta name=viewport content="width=device-width,initial-scale=1"><title>{words["title"]}</title>'
        '<link rel=icon href="data:,">'
        f"<style>{CSS}</style></head><body><header><h1>{words['title']}</h1><p>{words['subtitle']}<br>"
        f'<span class=mono>{html.text(merchant)}</span></p>{offline}<a href="/{other}">{words["other"]}</a>'
        f"<button id=refresh>{words['refresh']}</button></header><nav>{links}</nav><main>{sections}</main>"
        f"<div id=toast></div><script>{SCRIPT}</script></body></html>"
    )


def _payments(box: Box, words: Words) -> Safe:
    rows = []
    for order in box.store.all("SELECT * FROM orders ORDER BY created_at DESC LIMIT ?", SHOWN):
        state = payments.state_of(box, order)
        path = f"/payments/{order['out_trade_no']}/pay"
        actions: Safe | str = ""
        if state == "NOTPAY":
            actions = html.join(
                (
                    html.button(words["pay"], path, kind="main"),
                    html.button(words["pay_twice"], path, {"notify": "twice"}),
                    html.button(words["pay_silent"], path, {"notify": "never"}),
                )
            )
        elif order["transaction_id"]:
            actions = html.button(words["receive"], f"/receipts/{order['transaction_id']}")
        rows.append(
            (
                html.span(order["out_trade_no"], "mono"),
                json.loads(order["body"])["description"],
                html.money(order["total"]),
                html.state(state),
                html.span(order["openid"], "mono"),
                ids.bill_time(order["created_at"]),
                actions,
            )
        )
    heads = ("number", "description", "amount", "state", "user", "created", "actions")
    return html.table([words[head] for head in heads], rows, words["empty"])


def _refunds(box: Box, words: Words) -> Safe:
    rows = []
    for refund in box.store.all("SELECT * FROM refunds ORDER BY created_at DESC LIMIT ?", SHOWN):
        path = f"/refunds/{refund['out_refund_no']}"
        outcomes = {"PROCESSING": ("success", "abnormal", "closed"), "ABNORMAL": ("success", "closed")}
        actions = html.join(
            html.button(words[f"refund_{name}"], path, {"outcome": name.upper()})
            for name in outcomes.get(refund["status"], ())
        )
        number = html.span(refund["out_refund_no"], "mono")
        created = ids.bill_time(refund["created_at"])
        rows.append((number, html.money(refund["amount"]), html.state(refund["status"]), created, actions))
    heads = ("number", "amount", "state", "created", "actions")
    return html.table([words[head] for head in heads], rows, words["empty"])


def _transfers(box: Box, words: Words) -> Safe:
    rows = []
    for transfer in box.store.all("SELECT * FROM transfers ORDER BY created_at DESC LIMIT ?", SHOWN):
        path = f"/transfers/{transfer['out_bill_no']}"
        names = ("confirm", "cancel", "fail", "expire") if transfer["state"] == "WAIT_USER_CONFIRM" else ()
        actions = html.join(html.button(words[name], f"{path}/{name}") for name in names)
        rows.append(
            (
                html.span(transfer["out_bill_no"], "mono"),
                html.money(transfer["amount"]),
                html.state(transfer["state"]),
                html.span(transfer["openid"], "mono"),
                ids.bill_time(transfer["created_at"]),
                actions,
            )
        )
    heads = ("number", "amount", "state", "user", "created", "actions")
    return html.table([words[head] for head in heads], rows, words["empty"])


def _users(box: Box, words: Words) -> Safe:
    rows = []
    for user in box.store.all("SELECT * FROM users ORDER BY created_at DESC LIMIT ?", SHOWN):
        path = f"/users/{user['openid']}"
        actions = html.join(
            html.button(words[f"{kind}_code"], f"{path}/{kind}-code", quiet="1")
            for kind in ("login", "phone")
        )
        rows.append((user["name"], user["phone"], html.span(user["openid"], "mono"), user["state"], actions))
    form = Safe(
        f'<form data-path="/users" class="bar"><input name=name placeholder="{words["name"]}">'
        f'<input name=phone placeholder="{words["phone"]}">'
        f'<button class="act main">{words["create_user"]}</button></form>'
    )
    heads = [words["name"], words["phone"], "openid", words["state"], words["actions"]]
    return html.join((form, html.table(heads, rows, words["empty"])))


def _messages(box: Box, words: Words) -> Safe:
    rows = []
    for message in box.store.all("SELECT * FROM messages ORDER BY id DESC LIMIT ?", SHOWN):
        data = json.loads(message["body"])["data"]
        content = html.join(
            Safe(f"<div>{html.span(key, 'mute')} {html.text(item['value'])}</div>")
            for key, item in data.items()
        )
        openid, template = html.span(message["openid"], "mono"), html.span(message["template_id"], "mono")
        rows.append((ids.bill_time(message["at"]), openid, template, content))
    return html.table(
        [words["time"], words["user"], words["template"], words["content"]], rows, words["empty"]
    )


def _callbacks(box: Box, words: Words) -> Safe:
    rows = []
    for row in box.store.all("SELECT * FROM notifications ORDER BY id DESC LIMIT ?", SHOWN):
        last = box.store.one(
            "SELECT status, why FROM deliveries WHERE notification_id = ? ORDER BY id DESC LIMIT 1", row["id"]
        )
        answer = f"{last['status'] or '—'} {last['why']}" if last else ""
        again = html.button(words["resend"], f"/notifications/{row['id']}/resend") if row["url"] else ""
        rows.append(
            (
                ids.bill_time(row["created_at"]),
                row["event_type"],
                html.span(row["reference"], "mono"),
                html.state(row["state"]),
                row["attempts"],
                answer,
                again,
            )
        )
    heads = ("time", "event", "number", "state", "attempts", "last", "actions")
    return html.table([words[head] for head in heads], rows, words["empty"])


def _faults(box: Box, words: Words) -> Safe:
    options = "".join(f"<option>{kind}</option>" for kind in faults.ANSWER_KINDS)
    form = Safe(
        f'<form data-path="/faults" class="bar"><select name=kind>{options}</select>'
        f'<input name=path placeholder="{words["path_prefix"]}" value="/v3/">'
        f"<input name=times type=number value=1 min=1>"
        f'<button class="act main">{words["add_fault"]}</button>'
        f"{html.button(words['clear_faults'], '/faults', kind='danger', method='DELETE')}</form>"
    )
    rows = [
        (fault["kind"], fault["target"], json.dumps(fault["match"]), fault["remaining"])
        for fault in faults.listing(box.store)
    ]
    heads = [words["kind"], "→", words["match"], words["times"]]
    return html.join((form, html.table(heads, rows, words["empty"])))


def _clock(box: Box, words: Words) -> Safe:
    offline = bool(box.setting("offline"))
    return html.bar(
        Safe(f"<b>{words['business_time']}</b> {ids.bill_time(box.now())}"),
        html.span(f"{words['advanced']} {box.clock_offset:.0f} s", "mute"),
        html.button(words["minute"], "/clock", {"advance_seconds": 60}),
        html.button(words["hour"], "/clock", {"advance_seconds": 3600}),
        html.button(words["day"], "/clock", {"advance_seconds": 86400}),
        html.button(
            words["online" if offline else "offline"], "/offline", {"on": not offline}, kind="danger"
        ),
    )


def _log(box: Box, words: Words) -> Safe:
    rows = []
    for line in journal.latest(box.store, 100):
        verdict = (
            html.span(line["why"], "tag bad") if line["why"] else html.span(words["accepted"], "tag good")
        )
        fault = html.span(line["fault"], "tag warn") if line["fault"] else ""
        rows.append(
            (
                ids.bill_time(line["at"]),
                html.span(f"{line['method']} {line['path']}", "mono"),
                line["status"],
                html.join((verdict, " ", fault)),
                html.span(line["body"][:300], "mono mute"),
            )
        )
    heads = ("time", "path", "status", "verdict", "content")
    return html.table([words[head] for head in heads], rows, words["empty"])
