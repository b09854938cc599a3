"""WeChat's callbacks in the OpenAPI description: they are not DRF views, so they are written down here."""

from typing import Any

_TAG = "wechat"
_NOTIFICATIONS = {
    "/api/v1/wechat/pay/notify": "A payment succeeded.",
    "/api/v1/wechat/refund/notify": "A refund succeeded, failed or needs care.",
    "/api/v1/wechat/transfer/notify": "A transfer reached a final state.",
}
_VERDICT = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {"code": {"type": "string", "enum": ["SUCCESS", "FAIL"]}, "message": {"type": "string"}},
}
_PUSH_QUERY = ("signature", "timestamp", "nonce", "echostr", "msg_signature", "encrypt_type", "openid")


def add_callbacks(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Post-process the schema: add what WeChat calls. Runs after the problem responses were added."""
    result.setdefault("components", {}).setdefault("schemas", {})["WechatVerdict"] = _VERDICT
    paths = result.setdefault("paths", {})
    for path, summary in _NOTIFICATIONS.items():
        name = "wechat_" + path.split("/")[-2] + "_notify"
        paths[path] = {"post": _operation(name, f"WeChat calls: {summary}", {"200": _verdict("Stored.")})}
    parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in _PUSH_QUERY]
    text = {"200": {"description": "Stored.", "content": {"text/plain": {"schema": {"type": "string"}}}}}
    proof = _operation("wechat_messages_verify", "WeChat's console tests the push address.", text)
    push = _operation("wechat_messages_push", "WeChat pushes an event.", text)
    paths["/api/v1/wechat/messages"] = {
        "get": proof | {"parameters": parameters},
        "post": push | {"parameters": parameters},
    }
    return result


def _operation(name: str, summary: str, responses: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "description": f"{summary} Not for clients: WeChat proves itself by signature.",
        "tags": [_TAG],
        "security": [{}],
        "responses": responses
        | {
            "4XX": _verdict("Not believed, or not what was expected: nothing was stored."),
            "503": _verdict("Not possible now: WeChat repeats the call."),
        },
    }


def _verdict(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/WechatVerdict"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
