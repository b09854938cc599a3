"""The WeChat Pay host: api.mch.weixin.qq.com."""
