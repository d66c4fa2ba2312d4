-- +goose Up
-- Pages of many stores' coupons read the first few of each store in order.
CREATE INDEX "coupon_store_id_id" ON "coupons" ("store_id", "id");
DROP INDEX "coupon_store_id";

-- +goose Down
CREATE INDEX "coupon_store_id" ON "coupons" ("store_id");
DROP INDEX "coupon_store_id_id";
