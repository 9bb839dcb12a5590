//! Tables and indexes of `financial_db`.

/// Tables.
pub(super) const TABLES: &str = "
CREATE TABLE customers (
    customer_id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, segment TEXT NOT NULL,
    region TEXT NOT NULL, country TEXT NOT NULL, city TEXT NOT NULL, status TEXT NOT NULL,
    channel TEXT NOT NULL, signup_date TEXT NOT NULL, credit_limit_cents INTEGER NOT NULL);
CREATE TABLE products (
    product_id INTEGER PRIMARY KEY, name TEXT NOT NULL, category TEXT NOT NULL, subcategory TEXT NOT NULL,
    brand TEXT NOT NULL, status TEXT NOT NULL, price_cents INTEGER NOT NULL, cost_cents INTEGER NOT NULL,
    launched_on TEXT NOT NULL);
CREATE TABLE orders (
    order_id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers, order_date TEXT NOT NULL,
    status TEXT NOT NULL, channel TEXT NOT NULL, region TEXT NOT NULL, country TEXT NOT NULL,
    item_count INTEGER NOT NULL, discount_cents INTEGER NOT NULL, tax_cents INTEGER NOT NULL,
    shipping_cents INTEGER NOT NULL, total_cents INTEGER NOT NULL, shipped_on TEXT);
CREATE TABLE order_items (
    order_item_id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders,
    product_id INTEGER NOT NULL REFERENCES products, order_date TEXT NOT NULL, quantity INTEGER NOT NULL,
    unit_price_cents INTEGER NOT NULL, discount_cents INTEGER NOT NULL, line_total_cents INTEGER NOT NULL,
    line_cost_cents INTEGER NOT NULL);
CREATE TABLE purchases (
    purchase_id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers,
    order_id INTEGER NOT NULL REFERENCES orders, purchase_date TEXT NOT NULL, amount_cents INTEGER NOT NULL,
    refunded_cents INTEGER NOT NULL, channel TEXT NOT NULL);
CREATE TABLE payments (
    payment_id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders,
    customer_id INTEGER NOT NULL REFERENCES customers, payment_date TEXT NOT NULL, method TEXT NOT NULL,
    status TEXT NOT NULL, amount_cents INTEGER NOT NULL, fee_cents INTEGER NOT NULL);
";

/// Indexes: each begins with what is grouped or filtered by and covers what is summed, so that most questions
/// read one index in its order and sort nothing.
pub(super) const INDEXES: &str = "
CREATE INDEX customers_by_segment ON customers (segment, status, country);
CREATE INDEX customers_by_country ON customers (country, status, signup_date);
CREATE INDEX customers_by_signup ON customers (signup_date, status);
CREATE INDEX products_by_category ON products (category, subcategory, status, price_cents);
CREATE INDEX orders_by_year ON orders (
    substr(order_date, 1, 4), order_date, total_cents, status, tax_cents, shipping_cents, discount_cents);
CREATE INDEX orders_by_month ON orders (
    substr(order_date, 1, 7), order_date, total_cents, status, tax_cents, shipping_cents, discount_cents);
CREATE INDEX orders_by_quarter ON orders (
    substr(order_date, 1, 4) || '-Q' || ((CAST(substr(order_date, 6, 2) AS INTEGER) + 2) / 3),
    order_date, total_cents, status);
CREATE INDEX orders_by_date ON orders (order_date, total_cents, status, customer_id, region, channel, country);
CREATE INDEX orders_by_customer ON orders (customer_id, total_cents, order_date, status);
CREATE INDEX orders_by_status ON orders (status, order_date, total_cents, region, channel, country);
CREATE INDEX orders_by_region ON orders (region, country, order_date, total_cents, status);
CREATE INDEX orders_by_country ON orders (country, order_date, total_cents, status);
CREATE INDEX orders_by_channel ON orders (channel, order_date, total_cents, status, item_count);
CREATE INDEX items_by_order ON order_items (order_id, line_total_cents);
CREATE INDEX items_by_product ON order_items (
    product_id, order_date, line_total_cents, quantity, line_cost_cents, discount_cents, order_id);
CREATE INDEX items_by_year ON order_items (
    substr(order_date, 1, 4), order_date, line_total_cents, line_cost_cents, quantity, product_id);
CREATE INDEX items_by_month ON order_items (
    substr(order_date, 1, 7), order_date, line_total_cents, line_cost_cents, quantity, product_id);
CREATE INDEX items_by_quarter ON order_items (
    substr(order_date, 1, 4) || '-Q' || ((CAST(substr(order_date, 6, 2) AS INTEGER) + 2) / 3),
    order_date, line_total_cents, line_cost_cents, quantity, product_id);
CREATE INDEX purchases_by_year ON purchases (substr(purchase_date, 1, 4), amount_cents, refunded_cents);
CREATE INDEX purchases_by_month ON purchases (substr(purchase_date, 1, 7), amount_cents, refunded_cents);
CREATE INDEX payments_by_month ON payments (substr(payment_date, 1, 7), status, amount_cents, fee_cents);
CREATE INDEX purchases_by_customer ON purchases (customer_id, amount_cents, refunded_cents, purchase_date);
CREATE INDEX purchases_by_date ON purchases (purchase_date, amount_cents, refunded_cents, customer_id, channel);
CREATE INDEX purchases_by_channel ON purchases (channel, purchase_date, amount_cents, refunded_cents);
CREATE INDEX payments_by_method ON payments (method, status, payment_date, amount_cents, fee_cents);
CREATE INDEX payments_by_status ON payments (status, payment_date, amount_cents, fee_cents);
CREATE INDEX payments_by_date ON payments (payment_date, status, amount_cents, fee_cents);
CREATE INDEX payments_by_order ON payments (order_id);
CREATE INDEX payments_by_customer ON payments (customer_id, status, amount_cents);
";
