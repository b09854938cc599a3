"""The mini-program's server interface (api.weixin.qq.com)."""
