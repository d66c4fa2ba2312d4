-- +goose Up
-- create "events" table
CREATE TABLE "events" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "topic" character varying NOT NULL, "key" character varying NOT NULL, "subject" character varying NOT NULL, "payload" jsonb NOT NULL, "published_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "event_subject_id" to table: "events"
CREATE INDEX "event_subject_id" ON "events" ("subject", "id");
-- create index "event_topic_id" to table: "events"
CREATE INDEX "event_topic_id" ON "events" ("topic", "id");
-- create index "event_unpublished" to table: "events"
CREATE INDEX "event_unpublished" ON "events" ("created_at") WHERE (published_at IS NULL);
-- create "idempotencies" table
CREATE TABLE "idempotencies" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "user_id" character varying NOT NULL, "operation" character varying NOT NULL, "key" character varying NOT NULL, "input_hash" character varying NOT NULL, "outcome" character varying NOT NULL, PRIMARY KEY ("id"));
-- create index "idempotency_created_at" to table: "idempotencies"
CREATE INDEX "idempotency_created_at" ON "idempotencies" ("created_at");
-- create index "idempotency_user_id_operation_key" to table: "idempotencies"
CREATE UNIQUE INDEX "idempotency_user_id_operation_key" ON "idempotencies" ("user_id", "operation", "key");
-- create "search_histories" table
CREATE TABLE "search_histories" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "user_id" character varying NOT NULL, "keyword" character varying NOT NULL, PRIMARY KEY ("id"));
-- create index "searchhistory_user_id_created_at" to table: "search_histories"
CREATE INDEX "searchhistory_user_id_created_at" ON "search_histories" ("user_id", "created_at");
-- create "users" table
CREATE TABLE "users" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "external_id" character varying NULL, "name" character varying NOT NULL, "email" character varying NULL, "email_hash" character varying NOT NULL, "password_hash" character varying NULL, "role" character varying NOT NULL DEFAULT 'USER', "avatar_key" character varying NULL, "deleted_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "users_email_hash_key" to table: "users"
CREATE UNIQUE INDEX "users_email_hash_key" ON "users" ("email_hash");
-- create index "users_external_id_key" to table: "users"
CREATE UNIQUE INDEX "users_external_id_key" ON "users" ("external_id");
-- create "stores" table
CREATE TABLE "stores" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "external_id" character varying NULL, "name" character varying NOT NULL, "description" character varying NULL, "category" character varying NOT NULL, "address" character varying NULL, "latitude" double precision NULL, "longitude" double precision NULL, "image_key" character varying NULL, "search_text" text NOT NULL, "deleted_at" timestamptz NULL, "owner_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "stores_users_stores" FOREIGN KEY ("owner_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "store_category" to table: "stores"
CREATE INDEX "store_category" ON "stores" ("category");
-- create index "store_latitude_longitude" to table: "stores"
CREATE INDEX "store_latitude_longitude" ON "stores" ("latitude", "longitude");
-- create index "store_name_id" to table: "stores"
CREATE INDEX "store_name_id" ON "stores" ("name", "id");
-- create index "store_owner_id_name" to table: "stores"
CREATE UNIQUE INDEX "store_owner_id_name" ON "stores" ("owner_id", "name") WHERE (deleted_at IS NULL);
-- create index "stores_external_id_key" to table: "stores"
CREATE UNIQUE INDEX "stores_external_id_key" ON "stores" ("external_id");
-- create "coupons" table
CREATE TABLE "coupons" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "external_id" character varying NULL, "title" character varying NOT NULL, "description" character varying NULL, "discount_kind" character varying NOT NULL, "discount_value" bigint NOT NULL, "discount_max_amount" bigint NULL, "min_order_amount" bigint NOT NULL DEFAULT 0, "quantity" bigint NOT NULL, "claimed_count" bigint NOT NULL DEFAULT 0, "starts_at" timestamptz NOT NULL, "ends_at" timestamptz NOT NULL, "expires_at" timestamptz NOT NULL, "paused_at" timestamptz NULL, "version" bigint NOT NULL DEFAULT 1, "search_text" text NOT NULL, "deleted_at" timestamptz NULL, "store_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "coupons_stores_coupons" FOREIGN KEY ("store_id") REFERENCES "stores" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "coupon_claimed_count_id" to table: "coupons"
CREATE INDEX "coupon_claimed_count_id" ON "coupons" ("claimed_count", "id");
-- create index "coupon_ends_at" to table: "coupons"
CREATE INDEX "coupon_ends_at" ON "coupons" ("ends_at");
-- create index "coupon_starts_at_id" to table: "coupons"
CREATE INDEX "coupon_starts_at_id" ON "coupons" ("starts_at", "id");
-- create index "coupon_store_id" to table: "coupons"
CREATE INDEX "coupon_store_id" ON "coupons" ("store_id");
-- create index "coupons_external_id_key" to table: "coupons"
CREATE UNIQUE INDEX "coupons_external_id_key" ON "coupons" ("external_id");
-- create "coupon_claims" table
CREATE TABLE "coupon_claims" ("id" character varying NOT NULL, "status" character varying NOT NULL DEFAULT 'UNUSED', "code" character varying NOT NULL, "idempotency_key" character varying NULL, "claimed_at" timestamptz NOT NULL, "expires_at" timestamptz NOT NULL, "redeemed_at" timestamptz NULL, "coupon_id" character varying NOT NULL, "user_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "coupon_claims_coupons_claims" FOREIGN KEY ("coupon_id") REFERENCES "coupons" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "coupon_claims_users_claims" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "coupon_claims_code_key" to table: "coupon_claims"
CREATE UNIQUE INDEX "coupon_claims_code_key" ON "coupon_claims" ("code");
-- create index "couponclaim_claimed_at_coupon_id" to table: "coupon_claims"
CREATE INDEX "couponclaim_claimed_at_coupon_id" ON "coupon_claims" ("claimed_at", "coupon_id");
-- create index "couponclaim_coupon_id_user_id" to table: "coupon_claims"
CREATE UNIQUE INDEX "couponclaim_coupon_id_user_id" ON "coupon_claims" ("coupon_id", "user_id");
-- create index "couponclaim_redeemed_at_coupon_id" to table: "coupon_claims"
CREATE INDEX "couponclaim_redeemed_at_coupon_id" ON "coupon_claims" ("redeemed_at", "coupon_id");
-- create index "couponclaim_status_expires_at" to table: "coupon_claims"
CREATE INDEX "couponclaim_status_expires_at" ON "coupon_claims" ("status", "expires_at");
-- create index "couponclaim_user_id_idempotency_key" to table: "coupon_claims"
CREATE UNIQUE INDEX "couponclaim_user_id_idempotency_key" ON "coupon_claims" ("user_id", "idempotency_key");
-- create "coupon_usage_days" table
CREATE TABLE "coupon_usage_days" ("id" bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY, "date" character varying NOT NULL, "claimed" bigint NOT NULL DEFAULT 0, "redeemed" bigint NOT NULL DEFAULT 0, "coupon_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "coupon_usage_days_coupons_usage_days" FOREIGN KEY ("coupon_id") REFERENCES "coupons" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "couponusageday_coupon_id_date" to table: "coupon_usage_days"
CREATE UNIQUE INDEX "couponusageday_coupon_id_date" ON "coupon_usage_days" ("coupon_id", "date");
-- create "follows" table
CREATE TABLE "follows" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "coupon_id" character varying NULL, "store_id" character varying NULL, "user_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "follows_coupons_follows" FOREIGN KEY ("coupon_id") REFERENCES "coupons" ("id") ON UPDATE NO ACTION ON DELETE SET NULL, CONSTRAINT "follows_stores_follows" FOREIGN KEY ("store_id") REFERENCES "stores" ("id") ON UPDATE NO ACTION ON DELETE SET NULL, CONSTRAINT "follows_users_follows" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "follow_coupon_id" to table: "follows"
CREATE INDEX "follow_coupon_id" ON "follows" ("coupon_id");
-- create index "follow_store_id" to table: "follows"
CREATE INDEX "follow_store_id" ON "follows" ("store_id");
-- create index "follow_user_id_coupon_id" to table: "follows"
CREATE UNIQUE INDEX "follow_user_id_coupon_id" ON "follows" ("user_id", "coupon_id");
-- create index "follow_user_id_store_id" to table: "follows"
CREATE UNIQUE INDEX "follow_user_id_store_id" ON "follows" ("user_id", "store_id");
-- create "sessions" table
CREATE TABLE "sessions" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "revoked_at" timestamptz NULL, "user_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "sessions_users_sessions" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "session_revoked_at" to table: "sessions"
CREATE INDEX "session_revoked_at" ON "sessions" ("revoked_at");
-- create index "session_user_id" to table: "sessions"
CREATE INDEX "session_user_id" ON "sessions" ("user_id");
-- create "refresh_tokens" table
CREATE TABLE "refresh_tokens" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "token_hash" character varying NOT NULL, "expires_at" timestamptz NOT NULL, "used_at" timestamptz NULL, "session_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "refresh_tokens_sessions_tokens" FOREIGN KEY ("session_id") REFERENCES "sessions" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "refresh_tokens_token_hash_key" to table: "refresh_tokens"
CREATE UNIQUE INDEX "refresh_tokens_token_hash_key" ON "refresh_tokens" ("token_hash");
-- create index "refreshtoken_expires_at" to table: "refresh_tokens"
CREATE INDEX "refreshtoken_expires_at" ON "refresh_tokens" ("expires_at");
-- create index "refreshtoken_session_id" to table: "refresh_tokens"
CREATE INDEX "refreshtoken_session_id" ON "refresh_tokens" ("session_id");
-- create "uploads" table
CREATE TABLE "uploads" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "purpose" character varying NOT NULL, "blob_key" character varying NOT NULL, "content_type" character varying NOT NULL, "byte_size" bigint NOT NULL, "attached_at" timestamptz NULL, "user_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "uploads_users_uploads" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "upload_attached_at_created_at" to table: "uploads"
CREATE INDEX "upload_attached_at_created_at" ON "uploads" ("attached_at", "created_at");
-- create index "upload_user_id" to table: "uploads"
CREATE INDEX "upload_user_id" ON "uploads" ("user_id");
-- create index "uploads_blob_key_key" to table: "uploads"
CREATE UNIQUE INDEX "uploads_blob_key_key" ON "uploads" ("blob_key");

-- +goose Down
-- reverse: create index "uploads_blob_key_key" to table: "uploads"
DROP INDEX "uploads_blob_key_key";
-- reverse: create index "upload_user_id" to table: "uploads"
DROP INDEX "upload_user_id";
-- reverse: create index "upload_attached_at_created_at" to table: "uploads"
DROP INDEX "upload_attached_at_created_at";
-- reverse: create "uploads" table
DROP TABLE "uploads";
-- reverse: create index "refreshtoken_session_id" to table: "refresh_tokens"
DROP INDEX "refreshtoken_session_id";
-- reverse: create index "refreshtoken_expires_at" to table: "refresh_tokens"
DROP INDEX "refreshtoken_expires_at";
-- reverse: create index "refresh_tokens_token_hash_key" to table: "refresh_tokens"
DROP INDEX "refresh_tokens_token_hash_key";
-- reverse: create "refresh_tokens" table
DROP TABLE "refresh_tokens";
-- reverse: create index "session_user_id" to table: "sessions"
DROP INDEX "session_user_id";
-- reverse: create index "session_revoked_at" to table: "sessions"
DROP INDEX "session_revoked_at";
-- reverse: create "sessions" table
DROP TABLE "sessions";
-- reverse: create index "follow_user_id_store_id" to table: "follows"
DROP INDEX "follow_user_id_store_id";
-- reverse: create index "follow_user_id_coupon_id" to table: "follows"
DROP INDEX "follow_user_id_coupon_id";
-- reverse: create index "follow_store_id" to table: "follows"
DROP INDEX "follow_store_id";
-- reverse: create index "follow_coupon_id" to table: "follows"
DROP INDEX "follow_coupon_id";
-- reverse: create "follows" table
DROP TABLE "follows";
-- reverse: create index "couponusageday_coupon_id_date" to table: "coupon_usage_days"
DROP INDEX "couponusageday_coupon_id_date";
-- reverse: create "coupon_usage_days" table
DROP TABLE "coupon_usage_days";
-- reverse: create index "couponclaim_user_id_idempotency_key" to table: "coupon_claims"
DROP INDEX "couponclaim_user_id_idempotency_key";
-- reverse: create index "couponclaim_status_expires_at" to table: "coupon_claims"
DROP INDEX "couponclaim_status_expires_at";
-- reverse: create index "couponclaim_redeemed_at_coupon_id" to table: "coupon_claims"
DROP INDEX "couponclaim_redeemed_at_coupon_id";
-- reverse: create index "couponclaim_coupon_id_user_id" to table: "coupon_claims"
DROP INDEX "couponclaim_coupon_id_user_id";
-- reverse: create index "couponclaim_claimed_at_coupon_id" to table: "coupon_claims"
DROP INDEX "couponclaim_claimed_at_coupon_id";
-- reverse: create index "coupon_claims_code_key" to table: "coupon_claims"
DROP INDEX "coupon_claims_code_key";
-- reverse: create "coupon_claims" table
DROP TABLE "coupon_claims";
-- reverse: create index "coupons_external_id_key" to table: "coupons"
DROP INDEX "coupons_external_id_key";
-- reverse: create index "coupon_store_id" to table: "coupons"
DROP INDEX "coupon_store_id";
-- reverse: create index "coupon_starts_at_id" to table: "coupons"
DROP INDEX "coupon_starts_at_id";
-- reverse: create index "coupon_ends_at" to table: "coupons"
DROP INDEX "coupon_ends_at";
-- reverse: create index "coupon_claimed_count_id" to table: "coupons"
DROP INDEX "coupon_claimed_count_id";
-- reverse: create "coupons" table
DROP TABLE "coupons";
-- reverse: create index "stores_external_id_key" to table: "stores"
DROP INDEX "stores_external_id_key";
-- reverse: create index "store_owner_id_name" to table: "stores"
DROP INDEX "store_owner_id_name";
-- reverse: create index "store_name_id" to table: "stores"
DROP INDEX "store_name_id";
-- reverse: create index "store_latitude_longitude" to table: "stores"
DROP INDEX "store_latitude_longitude";
-- reverse: create index "store_category" to table: "stores"
DROP INDEX "store_category";
-- reverse: create "stores" table
DROP TABLE "stores";
-- reverse: create index "users_external_id_key" to table: "users"
DROP INDEX "users_external_id_key";
-- reverse: create index "users_email_hash_key" to table: "users"
DROP INDEX "users_email_hash_key";
-- reverse: create "users" table
DROP TABLE "users";
-- reverse: create index "searchhistory_user_id_created_at" to table: "search_histories"
DROP INDEX "searchhistory_user_id_created_at";
-- reverse: create "search_histories" table
DROP TABLE "search_histories";
-- reverse: create index "idempotency_user_id_operation_key" to table: "idempotencies"
DROP INDEX "idempotency_user_id_operation_key";
-- reverse: create index "idempotency_created_at" to table: "idempotencies"
DROP INDEX "idempotency_created_at";
-- reverse: create "idempotencies" table
DROP TABLE "idempotencies";
-- reverse: create index "event_unpublished" to table: "events"
DROP INDEX "event_unpublished";
-- reverse: create index "event_topic_id" to table: "events"
DROP INDEX "event_topic_id";
-- reverse: create index "event_subject_id" to table: "events"
DROP INDEX "event_subject_id";
-- reverse: create "events" table
DROP TABLE "events";
