-- Customers and orders: what BI tools ask about.
CREATE TABLE customers (id int PRIMARY KEY, name text, region char(1));
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, status varchar(10), amount numeric(10,2), created_at timestamptz NOT NULL);
CREATE VIEW big AS SELECT * FROM orders WHERE amount > 100;
INSERT INTO customers SELECT i, 'c' || i, nullif(substr('NSEW', 1 + i % 5, 1), '') FROM generate_series(1, 30) i;
INSERT INTO orders SELECT i, 1 + i * 7 % 28, (ARRAY['paid','open','void'])[1 + i % 3], (i * 37 % 20000) / 100.0, timestamptz '2020-01-01 00:00+00' + i * interval '7 hours' FROM generate_series(1, 1500) i;
ANALYZE;
