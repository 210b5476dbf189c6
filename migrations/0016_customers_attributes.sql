-- What a page said of its visitors, to find conversations by. The document in `customers` stays what is shown.

CREATE TABLE customer_attributes (
  name        TEXT NOT NULL,
  value       TEXT NOT NULL,
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  PRIMARY KEY (name, value, customer_id)
);
CREATE INDEX customer_attributes_customer ON customer_attributes (customer_id);
INSERT INTO customer_attributes (name, value, customer_id)
  SELECT said.key, said.value, customers.id FROM customers, json_each(customers.attributes) AS said;
