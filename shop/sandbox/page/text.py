"""The words of the page, Chinese first."""

from typing import Final

WORDS: Final = {
    "title": ("微信沙箱", "WeChat sandbox"),
    "subtitle": (
        "同时扮演小程序与微信支付两个接口；仅供开发与测试",
        "Stands in for the mini-program and WeChat Pay hosts; for development and tests only",
    ),
    "other": ("English", "中文"),
    "refresh": ("刷新", "Refresh"),
    "payments": ("支付单", "Payments"),
    "refunds": ("退款", "Refunds"),
    "transfers": ("商家转账", "Transfers"),
    "users": ("用户", "Shoppers"),
    "messages": ("用户收到的消息", "Messages to shoppers"),
    "callbacks": ("回调与推送", "Callbacks and pushes"),
    "faults": ("故障", "Faults"),
    "log": ("请求记录", "Request log"),
    "clock": ("时钟", "Clock"),
    "number": ("商户单号", "Merchant number"),
    "description": ("商品", "Description"),
    "amount": ("金额", "Amount"),
    "state": ("状态", "State"),
    "user": ("用户", "Shopper"),
    "created": ("创建时间", "Created"),
    "time": ("时间", "Time"),
    "actions": ("操作", "Actions"),
    "pay": ("支付", "Pay"),
    "pay_silent": ("支付但不回调", "Pay, no callback"),
    "pay_twice": ("支付并回调两次", "Pay, call back twice"),
    "refund_success": ("退款成功", "Succeed"),
    "refund_abnormal": ("退款异常", "Abnormal"),
    "refund_closed": ("退款关闭", "Close"),
    "confirm": ("确认收款", "Confirm"),
    "cancel": ("取消", "Cancel"),
    "fail": ("失败", "Fail"),
    "expire": ("过期", "Expire"),
    "receive": ("确认收货", "Confirm receipt"),
    "name": ("昵称", "Name"),
    "phone": ("手机号", "Phone"),
    "create_user": ("新建用户", "New shopper"),
    "login_code": ("登录 code", "Login code"),
    "phone_code": ("手机号 code", "Phone code"),
    "template": ("模板", "Template"),
    "content": ("内容", "Content"),
    "event": ("事件", "Event"),
    "attempts": ("次数", "Attempts"),
    "last": ("最近结果", "Last answer"),
    "resend": ("重发", "Resend"),
    "kind": ("类型", "Kind"),
    "match": ("匹配", "Match"),
    "times": ("剩余", "Left"),
    "path_prefix": ("路径前缀", "Path prefix"),
    "add_fault": ("添加故障", "Add fault"),
    "clear_faults": ("清除全部", "Clear all"),
    "path": ("请求", "Request"),
    "status": ("应答", "Answer"),
    "verdict": ("校验", "Verdict"),
    "accepted": ("通过", "accepted"),
    "business_time": ("业务时间", "Business time"),
    "advanced": ("已快进", "Advanced by"),
    "minute": ("快进 1 分钟", "+1 minute"),
    "hour": ("快进 1 小时", "+1 hour"),
    "day": ("快进 1 天", "+1 day"),
    "offline": ("让微信断线", "Take WeChat offline"),
    "online": ("恢复连线", "Bring WeChat back"),
    "is_offline": ("微信现在不可达", "WeChat is unreachable now"),
    "empty": ("还没有内容", "Nothing yet"),
    "merchant": ("商户号", "Merchant"),
    "done": ("完成", "Done"),
}


class Words:
    """Looks words up in one language; ``zh`` is the default."""

    def __init__(self, language: str) -> None:
        self.language = "en" if language == "en" else "zh"
        self.tag = "en" if language == "en" else "zh-Hans"

    def __getitem__(self, key: str) -> str:
        chinese, english = WORDS[key]
        return english if self.language == "en" else chinese
