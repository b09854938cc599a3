"""The tables of the store. Times are business time in seconds, money is integer fen."""

TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS users (openid TEXT PRIMARY KEY, unionid TEXT NOT NULL, name TEXT NOT NULL,
  phone TEXT NOT NULL, state TEXT NOT NULL, active_at REAL NOT NULL, created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS codes (code TEXT PRIMARY KEY, kind TEXT NOT NULL, openid TEXT NOT NULL,
  created_at REAL NOT NULL, used_at REAL);
CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, family TEXT NOT NULL, issued_at REAL NOT NULL,
  expires_at REAL NOT NULL, forced INTEGER NOT NULL DEFAULT 0, revoked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS grants (openid TEXT NOT NULL, template_id TEXT NOT NULL, remaining INTEGER NOT
  NULL, PRIMARY KEY (openid, template_id));
CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, at REAL NOT NULL, openid TEXT NOT NULL,
  template_id TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS links (token TEXT PRIMARY KEY, kind TEXT NOT NULL, at REAL NOT NULL, body TEXT
  NOT NULL);
CREATE TABLE IF NOT EXISTS orders (out_trade_no TEXT PRIMARY KEY, transaction_id TEXT UNIQUE, body TEXT
  NOT NULL, openid TEXT NOT NULL, total INTEGER NOT NULL, state TEXT NOT NULL, created_at REAL NOT NULL,
  expires_at REAL NOT NULL, paid_at REAL, fee INTEGER NOT NULL DEFAULT 0, frozen INTEGER NOT NULL DEFAULT
  0);
CREATE TABLE IF NOT EXISTS prepays (prepay_id TEXT PRIMARY KEY, out_trade_no TEXT NOT NULL, created_at
  REAL NOT NULL);
CREATE INDEX IF NOT EXISTS prepays_order ON prepays (out_trade_no);
CREATE TABLE IF NOT EXISTS refunds (out_refund_no TEXT PRIMARY KEY, refund_id TEXT UNIQUE NOT NULL,
  out_trade_no TEXT NOT NULL, transaction_id TEXT NOT NULL, body TEXT NOT NULL, amount INTEGER NOT NULL,
  fee INTEGER NOT NULL, status TEXT NOT NULL, outcome TEXT NOT NULL, channel TEXT NOT NULL, notify_url
  TEXT NOT NULL, created_at REAL NOT NULL, due_at REAL, success_at REAL);
CREATE INDEX IF NOT EXISTS refunds_order ON refunds (out_trade_no);
CREATE INDEX IF NOT EXISTS refunds_due ON refunds (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS refund_rules (out_refund_no TEXT PRIMARY KEY, outcome TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS transfers (out_bill_no TEXT PRIMARY KEY, transfer_bill_no TEXT UNIQUE NOT NULL,
  body TEXT NOT NULL, amount INTEGER NOT NULL, openid TEXT NOT NULL, state TEXT NOT NULL, next_state TEXT
  NOT NULL, fail_reason TEXT NOT NULL, package_info TEXT NOT NULL, notify_url TEXT NOT NULL, created_at
  REAL NOT NULL, updated_at REAL NOT NULL, due_at REAL);
CREATE INDEX IF NOT EXISTS transfers_due ON transfers (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS notifications (id INTEGER PRIMARY KEY, uid TEXT NOT NULL, kind TEXT NOT NULL,
  reference TEXT NOT NULL, url TEXT NOT NULL, event_type TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT
  NULL, attempts INTEGER NOT NULL, copies INTEGER NOT NULL, tamper TEXT NOT NULL, created_at REAL NOT
  NULL, next_at REAL);
CREATE INDEX IF NOT EXISTS notifications_due ON notifications (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS notifications_reference ON notifications (reference);
CREATE TABLE IF NOT EXISTS deliveries (id INTEGER PRIMARY KEY, notification_id INTEGER NOT NULL, at REAL
  NOT NULL, status INTEGER NOT NULL, why TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS deliveries_of ON deliveries (notification_id);
CREATE TABLE IF NOT EXISTS shippings (transaction_id TEXT PRIMARY KEY, body TEXT NOT NULL, uploads INTEGER
  NOT NULL, shipped_all INTEGER NOT NULL, state INTEGER NOT NULL, reminded_at REAL, received_at REAL,
  updated_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS receivers (type TEXT NOT NULL, account TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (type, account));
CREATE TABLE IF NOT EXISTS splits (out_order_no TEXT PRIMARY KEY, order_id TEXT UNIQUE NOT NULL,
  transaction_id TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, receivers TEXT NOT NULL, state
  TEXT NOT NULL, created_at REAL NOT NULL, due_at REAL);
CREATE INDEX IF NOT EXISTS splits_transaction ON splits (transaction_id);
CREATE TABLE IF NOT EXISTS split_returns (out_return_no TEXT PRIMARY KEY, return_id TEXT NOT NULL,
  out_order_no TEXT NOT NULL, mchid TEXT NOT NULL, body TEXT NOT NULL, amount INTEGER NOT NULL, result
  TEXT NOT NULL, created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS flows (id INTEGER PRIMARY KEY, at REAL NOT NULL, business_no TEXT NOT NULL,
  name TEXT NOT NULL, kind TEXT NOT NULL, amount INTEGER NOT NULL, balance INTEGER NOT NULL, remark TEXT
  NOT NULL, voucher TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS flows_at ON flows (at);
CREATE TABLE IF NOT EXISTS bill_plans (date TEXT PRIMARY KEY, differences TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS bill_files (token TEXT PRIMARY KEY, content BLOB NOT NULL, gzip INTEGER NOT
  NULL, created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS faults (id INTEGER PRIMARY KEY, body TEXT NOT NULL, remaining INTEGER NOT
  NULL);
CREATE TABLE IF NOT EXISTS autopays (id INTEGER PRIMARY KEY, body TEXT NOT NULL, remaining INTEGER NOT
  NULL);
CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY, at REAL NOT NULL, method TEXT NOT NULL, path TEXT
  NOT NULL, query TEXT NOT NULL, status INTEGER NOT NULL, verified INTEGER NOT NULL, why TEXT NOT NULL,
  body TEXT NOT NULL, fault TEXT NOT NULL);
"""
