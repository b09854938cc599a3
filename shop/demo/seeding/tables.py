"""The columns that seeding writes, table by table, in the order of the values."""

PRODUCT = "catalog_product"
SKU = "catalog_sku"
MEDIA = "catalog_media"
TAGGED = "catalog_producttag"
PRICE = "catalog_pricechange"
STOCK = "catalog_stock"
MOVEMENT = "catalog_stockmovement"
RESERVATION = "catalog_reservation"
MEMBER = "members_member"
IDENTITY = "members_wechatidentity"
ADDRESS = "members_address"
FACTS = "members_memberfacts"
ORDER = "orders_order"
LINE = "orders_orderline"
EVENT = "orders_orderevent"
SHIPMENT = "orders_shipment"
SHIPPED = "orders_shipmentline"
PAYMENT = "payments_payment"
ATTEMPT = "payments_paymentattempt"
REFUND = "payments_refund"
CASH = "payments_cashentry"

COLUMNS: dict[str, tuple[str, ...]] = {
    PRODUCT: tuple(
        "id title subtitle category_id brand_id state listed_at detail attributes spec_names min_quantity"
        " is_virtual no_reason_return cover_id sales min_price max_price market_price position search"
        " search_is_stale is_deleted created_at updated_at".split()
    ),
    SKU: tuple(
        "id product_id code spec price market_price cost weight_g volume_cm3 barcode position is_active".split()
    ),
    MEDIA: tuple(
        "id product_id kind file sha256 size width height renditions render_attempts in_detail position".split()
    ),
    TAGGED: ("product_id", "tag_id"),
    PRICE: ("sku_id", "price", "market_price", "at", "actor_key", "actor_label"),
    STOCK: tuple(
        "id sku_id location_id on_hand reserved warning_at safety_at alert sold_out_since"
        " sold_out_counted_to".split()
    ),
    MOVEMENT: tuple(
        "stock_id kind on_hand_delta reserved_delta on_hand_after reserved_after reference actor_key reason"
        " at".split()
    ),
    RESERVATION: tuple(
        "reference stock_id quantity consumed released rounds state expires_at created_at".split()
    ),
    MEMBER: tuple(
        "id nickname avatar phone phone_hash unionid_hash gender state created_at last_seen_at".split()
    ),
    IDENTITY: ("member_id", "appid", "openid", "openid_hash", "created_at"),
    ADDRESS: tuple(
        "member_id receiver phone province city district street detail postcode is_default created_at"
        " updated_at".split()
    ),
    FACTS: ("member_id", "orders_paid", "total_spent", "first_paid_at", "last_paid_at"),
    ORDER: tuple(
        "id number member_id status payment_status fulfilment_status after_sale_status delivery store_id"
        " location_id pickup_code goods_total freight adjustment_total payable wallet_amount due paid refunded"
        " address phone_hash note staff_note platform created_at expires_at paid_at shipped_at receive_by"
        " received_at complete_by completed_at closed_at close_reason is_hidden".split()
    ),
    LINE: tuple(
        "id order_id sku_id product_id title sku_code spec image quantity unit_price amount payable freight cost"
        " shipped_quantity refunded_quantity refunded explanation".split()
    ),
    EVENT: tuple(
        "order_id kind from_status to_status actor_kind actor_label reason data is_public request_id at".split()
    ),
    SHIPMENT: tuple("id order_id number carrier tracking content note shipped_by shipped_at".split()),
    SHIPPED: ("shipment_id", "line_id", "quantity"),
    PAYMENT: tuple(
        "id number payable_kind payable_number part member_id method state disposition amount captured"
        " refund_committed refunded closing_reason last_refund_at created_at expires_at paid_at"
        " closed_at".split()
    ),
    ATTEMPT: tuple(
        "payment_id out_trade_no appid mchid amount currency description openid notify_url time_expire state"
        " close_requested prepay_deadline prepay_id prepay_at transaction_id received bank_type paid_at"
        " last_answer created_at looks".split()
    ),
    REFUND: tuple(
        "number payment_id amount reason kind reference requested_by notify_url state refund_id channel sent_at"
        " settled_at last_answer refusal created_at looks".split()
    ),
    CASH: ("account_id", "amount", "balance_after", "reason", "reference", "memo", "created_at"),
}

WITHOUT_ID = frozenset({FACTS})
