"""Sheets and columns of the goods workbook: the source of truth for import, export, template and demo.

One row per SKU. Rows with one product code are one product; what belongs to the product is read from the
first of its rows that fills the cell. See ``docs/import.md``.
"""

from django.utils.translation import gettext_lazy as _

from catalog.rules.products import MAX_DETAIL, MAX_SUBTITLE, MAX_TITLE
from shop.core.sheets.columns import Column, Kind, Sheet

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_ROWS = 20_000
MAX_ZIP_BYTES = 500 * 1024 * 1024
MAX_PICTURES = 5_000
MAX_PICTURE_BYTES = 10 * 1024 * 1024
MAX_CELL = 32_767
"""Characters that one cell of an xlsx file can hold, counted as UTF-16 units: the format's own limit."""

STATES = {
    "draft": ("草稿", "Draft"),
    "on_sale": ("上架", "On sale", "在售", "销售中"),
    "off_sale": ("下架", "Off sale", "已下架"),
}

PRODUCT_COLUMNS = (
    Column(
        "product_code",
        "商品编码",
        "Product code",
        Kind.CODE,
        note=_("Rows with the same code are one product. Empty: the product of this SKU, else a new one."),
        example="TEA-LJ",
        max_length=40,
        aliases=("SPU编码", "货号"),
    ),
    Column(
        "title",
        "商品名称",
        "Title",
        note=_("1 to 120 characters. Needed once per new product."),
        example="明前狮峰龙井",
        width=28,
        max_length=MAX_TITLE,
        aliases=("商品标题", "名称"),
    ),
    Column("subtitle", "副标题", "Subtitle", example="手工炒制 豆香清幽", width=24, max_length=MAX_SUBTITLE),
    Column(
        "category",
        "分类",
        "Category",
        Kind.PATH,
        note=_("Path from the top, at most four levels. A missing category is created."),
        example="食品/茶叶",
        width=16,
        aliases=("商品分类", "类目"),
    ),
    Column("brand", "品牌", "Brand", note=_("A missing brand is created."), example="山间集", max_length=60),
    Column(
        "tags",
        "标签",
        "Tags",
        Kind.LIST,
        note=_("Several are separated by 、. Missing tags are created."),
        example="新品、热卖",
    ),
    Column(
        "sku_code",
        "SKU编码",
        "SKU code",
        Kind.CODE,
        note=_(
            "1 to 40 letters, digits, dots, dashes, slashes; unique in the shop. Finds the SKU to change."
        ),
        example="TEA-LJ-100",
        required=True,
        width=18,
        max_length=40,
        aliases=("规格编码",),
    ),
    Column(
        "spec",
        "规格",
        "Specification",
        Kind.PAIRS,
        note=_("name:value, several separated by ;. Empty for a product with a single SKU."),
        example="净含量:100克;包装:罐装",
        width=24,
    ),
    Column("price", "价格(元)", "Price (yuan)", Kind.YUAN, note=_("At least 0.01."), example="168.00"),
    Column(
        "market_price",
        "划线价(元)",
        "Crossed-out price (yuan)",
        Kind.YUAN,
        note=_("Not below the price, and really charged before: otherwise a warning."),
    ),
    Column(
        "cost",
        "成本(元)",
        "Cost (yuan)",
        Kind.YUAN,
        note=_("Only for those who may see costs."),
        example="80.00",
    ),
    Column("weight_g", "重量(克)", "Weight (g)", Kind.WHOLE, example="150"),
    Column("volume_cm3", "体积(cm³)", "Volume (cm³)", Kind.WHOLE, example="900"),
    Column(
        "barcode",
        "条码",
        "Barcode",
        Kind.CODE,
        note=_("GTIN with a right check digit."),
        width=16,
        max_length=14,
    ),
    Column(
        "stock",
        "库存",
        "Stock",
        Kind.WHOLE,
        note=_("Pieces on hand in the default warehouse, booked as a stock-take. Empty: unchanged."),
        example="200",
    ),
    Column(
        "warning_level",
        "预警库存",
        "Warning level",
        Kind.WHOLE,
        note=_("Empty: as the category says."),
        example="20",
    ),
    Column(
        "safety_level",
        "安全库存",
        "Safety level",
        Kind.WHOLE,
        note=_("Empty: as the category says."),
        example="5",
    ),
    Column(
        "is_active",
        "SKU启用",
        "SKU active",
        Kind.FLAG,
        note=_("No takes the SKU off the page; it is never deleted. Empty: yes."),
        example="是",
    ),
    Column(
        "sku_image",
        "SKU图片",
        "SKU picture",
        Kind.FILES,
        note=_("One file name or address."),
        example="lj-100.jpg",
        width=18,
    ),
    Column(
        "images",
        "商品图片",
        "Pictures",
        Kind.FILES,
        note=_("File names in the zip, or https addresses, separated by ;. The first is the cover."),
        example="lj-1.jpg;lj-2.jpg",
        width=28,
        aliases=("主图",),
    ),
    Column(
        "detail",
        "商品详情",
        "Detail",
        Kind.HTML,
        note="HTML",
        example="<p>一芽一叶</p>",
        width=30,
        max_length=MAX_DETAIL,
        parts=13,
    ),
    Column(
        "detail_images",
        "详情图片",
        "Detail pictures",
        Kind.FILES,
        note=_("Shown below the detail, in this order."),
        width=24,
    ),
    Column(
        "attributes",
        "属性",
        "Attributes",
        Kind.PAIRS,
        note=_("name:value, several separated by ;. Missing attributes are created as filters."),
        example="产地:杭州;工艺:手工",
        width=24,
    ),
    Column("min_quantity", "起购数量", "Least per order", Kind.WHOLE, note=_("Empty: 1."), example="1"),
    Column("limit_per_order", "单笔限购", "Limit per order", Kind.WHOLE, note=_("Empty: no limit.")),
    Column("limit_per_member", "每人限购", "Limit per member", Kind.WHOLE, note=_("Empty: no limit.")),
    Column("is_virtual", "虚拟商品", "Virtual", Kind.FLAG, note=_("Empty: no."), example="否"),
    Column(
        "no_reason_return",
        "七天无理由",
        "7-day no-reason return",
        Kind.FLAG,
        note=_("Empty: yes."),
        example="是",
    ),
    Column(
        "freight_template",
        "运费模板",
        "Freight template",
        note=_("Name of a template of the shop. Empty: the default one."),
        max_length=60,
    ),
    Column(
        "promises",
        "服务保障",
        "Service promises",
        Kind.LIST,
        note=_("Several are separated by 、. Missing promises are created."),
        example="正品保证、48小时发货",
        width=20,
    ),
    Column(
        "state",
        "状态",
        "State",
        Kind.CHOICE,
        note=_("Draft, on sale or off sale. Empty: draft for a new product, else unchanged."),
        example="上架",
        choices=STATES,
    ),
    Column(
        "on_sale_at",
        "定时上架",
        "Goes on sale at",
        Kind.MOMENT,
        note=_("Beijing time, 2026-11-01 10:00."),
        width=18,
    ),
    Column(
        "off_sale_at",
        "定时下架",
        "Goes off sale at",
        Kind.MOMENT,
        note=_("Beijing time, 2026-11-12 00:00."),
        width=18,
    ),
    Column("position", "排序", "Position", Kind.WHOLE, note=_("Larger comes first. Empty: 0."), example="0"),
)

PRODUCTS = Sheet("products", "商品", "Products", PRODUCT_COLUMNS, MAX_ROWS)

CATEGORIES = Sheet(
    "categories",
    "分类",
    "Categories",
    (
        Column("path", "分类", "Category", Kind.PATH, required=True, width=24, example="食品/茶叶"),
        Column("image", "图片", "Picture", Kind.FILES, width=20),
        Column(
            "position", "排序", "Position", Kind.WHOLE, note=_("Order among new categories of one level.")
        ),
        Column("warning_level", "预警库存", "Warning level", Kind.WHOLE),
        Column("safety_level", "安全库存", "Safety level", Kind.WHOLE),
    ),
    2_000,
)

BRANDS = Sheet(
    "brands",
    "品牌",
    "Brands",
    (
        Column("name", "品牌", "Brand", required=True, width=20, max_length=60),
        Column("logo", "标志", "Logo", Kind.FILES, width=20),
        Column("story", "品牌故事", "Story", width=40, max_length=5_000),
        Column("position", "排序", "Position", Kind.WHOLE),
    ),
    2_000,
)

STORES = Sheet(
    "stores",
    "门店",
    "Stores",
    (
        Column("name", "门店", "Store", required=True, width=20, max_length=60),
        Column("phone", "电话", "Phone", Kind.CODE, width=16, max_length=20),
        Column("province", "省", "Province", required=True, max_length=30),
        Column("city", "市", "City", required=True, max_length=30),
        Column("district", "区县", "District", max_length=30),
        Column("detail", "地址", "Address", required=True, width=30, max_length=120),
        Column("latitude", "纬度", "Latitude", Kind.DECIMAL, required=True, note="GCJ-02"),
        Column("longitude", "经度", "Longitude", Kind.DECIMAL, required=True, note="GCJ-02"),
        Column("opening_hours", "营业时间", "Opening hours", width=20, max_length=100),
        Column("is_open", "营业中", "Open", Kind.FLAG),
        Column("position", "排序", "Position", Kind.WHOLE),
        Column(
            "location",
            "库存地点",
            "Stock location",
            note=_("Name of the store's stock location. Empty: none is created."),
            max_length=60,
        ),
    ),
    500,
)

STORE_STOCK = Sheet(
    "store_stock",
    "门店库存",
    "Store stock",
    (
        Column("store", "门店", "Store", required=True, width=20, max_length=60),
        Column("sku_code", "SKU编码", "SKU code", Kind.CODE, required=True, width=18, max_length=40),
        Column("stock", "库存", "Stock", Kind.WHOLE, required=True),
    ),
    20_000,
)

SHEETS = (PRODUCTS, CATEGORIES, BRANDS, STORES, STORE_STOCK)
"""The first sheet is needed; the others are optional."""

PRODUCT_LEVEL = tuple(
    column.key
    for column in PRODUCT_COLUMNS
    if column.key
    not in {
        "sku_code",
        "spec",
        "price",
        "market_price",
        "cost",
        "weight_g",
        "volume_cm3",
        "barcode",
        "stock",
        "warning_level",
        "safety_level",
        "is_active",
        "sku_image",
    }
)
"""Columns that belong to the product; the others belong to the row's SKU."""
