"""Which role may open which console page: the contract, written out by hand."""

ROLES = ("owner", "operations", "service", "warehouse", "finance", "clerk", "auditor")

EVERYBODY = frozenset(ROLES)
OPERATORS = frozenset({"owner", "operations", "auditor"})
PERSONNEL = frozenset({"owner", "auditor"})
OWNER = frozenset({"owner"})
NOBODY: frozenset[str] = frozenset()
CASHIERS = frozenset({"owner", "operations", "service", "finance", "auditor"})

PAGES: dict[str, frozenset[str]] = {
    "index": EVERYBODY,
    "operations": OPERATORS,
    "settings": OWNER,
    "roles": PERSONNEL,
    "role": PERSONNEL,
    "reset_password": OWNER,
    "auth_user_changelist": PERSONNEL,
    "auth_user_change": PERSONNEL,
    "auth_user_add": OWNER,
    "core_auditentry_changelist": frozenset({"owner", "auditor", "finance"}),
    "core_auditentry_add": NOBODY,
    "core_approval_changelist": frozenset({"owner", "operations", "service", "finance", "auditor"}),
    "core_approval_add": NOBODY,
    "core_outboxevent_changelist": OPERATORS,
    "core_outboxevent_add": NOBODY,
    "core_jobrun_changelist": OPERATORS,
    "core_jobrun_add": NOBODY,
    "payments_payment_changelist": CASHIERS,
    "payments_payment_add": NOBODY,
    "payments_refund_changelist": CASHIERS,
    "payments_refund_add": NOBODY,
    "payments_transfer_changelist": CASHIERS,
    "payments_transfer_add": NOBODY,
    "payments_paymentincident_changelist": CASHIERS,
    "payments_paymentincident_add": NOBODY,
    "payments_billfile_changelist": CASHIERS,
    "payments_billfile_add": NOBODY,
    "payments_cashentry_changelist": CASHIERS,
    "payments_cashentry_add": NOBODY,
    "members_member_changelist": frozenset({"owner", "operations", "service", "finance", "auditor"}),
    "members_member_add": NOBODY,
    "members_profilecheck_changelist": frozenset({"owner", "operations", "service"}),
    "members_profilecheck_add": NOBODY,
    "members_agreement_changelist": frozenset({"owner", "operations", "service", "auditor"}),
    "members_agreement_add": frozenset({"owner", "operations"}),
    "reveal_member": frozenset({"owner", "service"}),
    "wechat_inboxmessage_changelist": OPERATORS,
    "wechat_inboxmessage_add": NOBODY,
    "django_celery_beat_periodictask_changelist": OPERATORS,
    "django_celery_beat_periodictask_add": NOBODY,
    "django_celery_beat_intervalschedule_changelist": OPERATORS,
    "django_celery_beat_intervalschedule_add": NOBODY,
    "django_celery_beat_crontabschedule_changelist": OPERATORS,
    "django_celery_beat_crontabschedule_add": NOBODY,
    "django_celery_beat_clockedschedule_changelist": OPERATORS,
    "django_celery_beat_clockedschedule_add": NOBODY,
    "django_celery_beat_solarschedule_changelist": OPERATORS,
    "django_celery_beat_solarschedule_add": NOBODY,
    # The wallet room.
    "members_walletentry_changelist": CASHIERS,
    "members_walletentry_add": NOBODY,
    "members_recharge_changelist": CASHIERS,
    "members_recharge_add": NOBODY,
    "members_rechargepackage_changelist": CASHIERS,
    "members_rechargepackage_add": frozenset({"owner", "operations"}),
    "wallet_export": frozenset({"owner", "finance", "auditor"}),
    # The tiers room.
    "members_tier_changelist": CASHIERS,
    "members_tier_add": frozenset({"owner", "operations"}),
    "members_holidaypack_changelist": CASHIERS,
    "members_holidaypack_add": frozenset({"owner", "operations"}),
    "members_skutierprice_changelist": CASHIERS,
    "members_skutierprice_add": NOBODY,
    "members_tierchange_changelist": CASHIERS,
    "members_tierchange_add": NOBODY,
    "members_tierissue_changelist": CASHIERS,
    "members_tierissue_add": NOBODY,
    # orders
    "orders_order_changelist": EVERYBODY,
    "orders_order_add": NOBODY,
    "ship_order": frozenset({"owner", "operations", "warehouse"}),
    "reveal_order": frozenset({"owner", "service", "warehouse"}),
    "packing_slip": EVERYBODY,
    # Goods workbook
    "goods_import": frozenset({"owner", "operations"}),
    "goods_import_run": frozenset({"owner", "operations"}),
    "goods_template": frozenset({"owner", "operations"}),
    "goods_export": frozenset({"owner", "operations", "finance"}),
    "goods_export_run": frozenset({"owner", "operations", "finance"}),
    # The storefront.
    "home_sections": frozenset({"owner", "operations", "service", "auditor"}),
    "home_section": frozenset({"owner", "operations"}),
    "new_home_section": frozenset({"owner", "operations"}),
    "related_products": frozenset({"owner", "operations"}),
    "storefront_lookup": frozenset({"owner", "operations"}),
}
"""URL name in the ``admin`` namespace -> roles that get the page; all others get 403."""

# Goods and stock.
READERS = frozenset(ROLES)
CATALOGUERS = frozenset({"owner", "operations"})
STOREKEEPERS = frozenset({"owner", "operations", "warehouse"})
PAGES |= {
    "catalog_product_changelist": READERS,
    "catalog_product_add": CATALOGUERS,
    "categories": READERS,
    **{
        f"catalog_{name}_{page}": roles
        for name in (
            "brand",
            "tag",
            "attribute",
            "servicepromise",
            "hotword",
            "store",
            "location",
            "freighttemplate",
        )
        for page, roles in (("changelist", READERS), ("add", CATALOGUERS))
    },
    "catalog_stock_changelist": READERS,
    "catalog_stock_add": NOBODY,
    "catalog_stockmovement_changelist": READERS,
    "catalog_stockmovement_add": NOBODY,
    "catalog_stockdocument_changelist": READERS,
    "catalog_stockdocument_add": NOBODY,
    "stock_in": STOREKEEPERS,
    "stock_take": STOREKEEPERS,
    "replenishment": READERS,
}

# Points and growth.
PAGES |= {
    **{
        f"members_{name}_{page}": roles
        for name in ("pointsaccount", "pointsentry", "growthentry", "pendingreward", "redemption")
        for page, roles in (("changelist", CASHIERS), ("add", NOBODY))
    },
    **{
        f"members_{name}_{page}": roles
        for name in ("rewardrule", "mallgoods")
        for page, roles in (("changelist", CASHIERS), ("add", frozenset({"owner", "operations"})))
    },
}

# The card room.
PAGES |= {
    "members_membercard_changelist": CASHIERS,
    "members_membercard_add": CATALOGUERS,
    "members_cardpurchase_changelist": CASHIERS,
    "members_cardpurchase_add": NOBODY,
    "members_membercardperiod_changelist": CASHIERS,
    "members_membercardperiod_add": NOBODY,
    "members_cardcodebatch_changelist": CASHIERS,
    "members_cardcodebatch_add": CATALOGUERS,
    "card_codes": CATALOGUERS,
}

# Check-in, invitations, tasks.
REWARDERS = frozenset({"owner", "operations", "service", "finance", "auditor"})
PAGES |= {
    **{
        f"members_{name}_{page}": roles
        for name in ("checkinreward", "invitereward", "task")
        for page, roles in (("changelist", REWARDERS), ("add", frozenset({"owner", "operations"})))
    },
    **{
        f"members_{name}_{page}": roles
        for name in ("checkin", "invitation", "taskprogress", "taskclaim")
        for page, roles in (("changelist", REWARDERS), ("add", NOBODY))
    },
}
