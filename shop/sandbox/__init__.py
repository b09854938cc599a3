"""A stand-in for both WeChat hosts (api.weixin.qq.com and api.mch.weixin.qq.com), in one process.

It is a stranger to the shop: it imports nothing of ours and nothing of ours imports it. It *checks* what it
is sent (signature, clock skew, schema, lengths, re-entry rules) and *signs and encrypts* what it answers,
with its own second copy of the cryptography: two witnesses. See ``docs/sandbox.md``.

    python -m shop.sandbox init  --data DIR --base-url URL
    python -m shop.sandbox serve --data DIR --host 127.0.0.1 --port 9000 [--push-url URL]
"""
