"""The mini-program host: api.weixin.qq.com."""
