-- +goose Up
-- create "counsel_budgets" table
CREATE TABLE "counsel_budgets" ("id" character varying NOT NULL, "spender" character varying NOT NULL, "date" character varying NOT NULL, "used" bigint NOT NULL DEFAULT 0, "reserved" bigint NOT NULL DEFAULT 0, PRIMARY KEY ("id"));
-- create index "counselbudget_date_spender" to table: "counsel_budgets"
CREATE UNIQUE INDEX "counselbudget_date_spender" ON "counsel_budgets" ("date", "spender");
-- create "counsel_rooms" table
CREATE TABLE "counsel_rooms" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "code" character varying NOT NULL, "title" character varying NOT NULL, "password_hash" character varying NULL, "host_id" character varying NOT NULL, "guest_id" character varying NULL, "last_guest_id" character varying NULL, "session_id" character varying NULL, "host_cursor" character varying NOT NULL DEFAULT '', "guest_cursor" character varying NOT NULL DEFAULT '', "host_seen_at" timestamptz NOT NULL, "rating" bigint NULL, "closed_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "counselroom_host_id_closed_at" to table: "counsel_rooms"
CREATE INDEX "counselroom_host_id_closed_at" ON "counsel_rooms" ("host_id", "closed_at");
-- create index "counselroom_open_code" to table: "counsel_rooms"
CREATE UNIQUE INDEX "counselroom_open_code" ON "counsel_rooms" ("code") WHERE (closed_at IS NULL);
-- create index "counselroom_open_seen" to table: "counsel_rooms"
CREATE INDEX "counselroom_open_seen" ON "counsel_rooms" ("host_seen_at") WHERE (closed_at IS NULL);
-- create index "counselroom_session_id" to table: "counsel_rooms"
CREATE INDEX "counselroom_session_id" ON "counsel_rooms" ("session_id");
-- create "counsel_sessions" table
CREATE TABLE "counsel_sessions" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "user_id" character varying NULL, "guest_id" character varying NULL, "kind" character varying NOT NULL, "status" character varying NOT NULL, "title" bytea NOT NULL, "language" character varying NOT NULL, "turn" bigint NOT NULL DEFAULT 0, "messages_count" bigint NOT NULL DEFAULT 0, "crisis_at" timestamptz NULL, "waiting_since" timestamptz NULL, "history_shared" boolean NOT NULL DEFAULT false, "counselor_id" character varying NULL, "updated_at" timestamptz NOT NULL, "deleted_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "counselsession_guest_id_id" to table: "counsel_sessions"
CREATE INDEX "counselsession_guest_id_id" ON "counsel_sessions" ("guest_id", "id");
-- create index "counselsession_status_waiting_since" to table: "counsel_sessions"
CREATE INDEX "counselsession_status_waiting_since" ON "counsel_sessions" ("status", "waiting_since");
-- create index "counselsession_user_id_id" to table: "counsel_sessions"
CREATE INDEX "counselsession_user_id_id" ON "counsel_sessions" ("user_id", "id");
-- create "counsel_week_summaries" table
CREATE TABLE "counsel_week_summaries" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "spender" character varying NOT NULL, "iso_year" bigint NOT NULL, "iso_week" bigint NOT NULL, "body" bytea NULL, "over_budget" boolean NOT NULL DEFAULT false, "message_count" bigint NOT NULL, "leased_until" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "counselweeksummary_spender_iso_year_iso_week" to table: "counsel_week_summaries"
CREATE UNIQUE INDEX "counselweeksummary_spender_iso_year_iso_week" ON "counsel_week_summaries" ("spender", "iso_year", "iso_week");
-- create "counsel_draws" table
CREATE TABLE "counsel_draws" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "turn" bigint NOT NULL, "number" bigint NOT NULL, "position" bigint NOT NULL, "card" bigint NOT NULL, "reversed" boolean NOT NULL, "session_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "counsel_draws_counsel_sessions_draws" FOREIGN KEY ("session_id") REFERENCES "counsel_sessions" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "counseldraw_session_id_card" to table: "counsel_draws"
CREATE UNIQUE INDEX "counseldraw_session_id_card" ON "counsel_draws" ("session_id", "card");
-- create index "counseldraw_session_id_position" to table: "counsel_draws"
CREATE UNIQUE INDEX "counseldraw_session_id_position" ON "counsel_draws" ("session_id", "position");
-- create "counsel_messages" table
CREATE TABLE "counsel_messages" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "number" bigint NOT NULL, "turn" bigint NOT NULL, "author" character varying NOT NULL, "status" character varying NOT NULL, "failure" character varying NULL, "body" bytea NOT NULL, "crisis" boolean NOT NULL DEFAULT false, "offers_cards" boolean NOT NULL DEFAULT false, "emotions" jsonb NULL, "topics" jsonb NULL, "prompt_tokens" bigint NULL, "completion_tokens" bigint NULL, "provider" character varying NULL, "over_budget" boolean NOT NULL DEFAULT false, "reserved_tokens" bigint NOT NULL DEFAULT 0, "reserved_day" character varying NOT NULL DEFAULT '', "reserved_for" character varying NOT NULL DEFAULT '', "attempt" bigint NOT NULL DEFAULT 0, "cancelled" boolean NOT NULL DEFAULT false, "writer" character varying NOT NULL DEFAULT '', "leased_until" timestamptz NULL, "rating" bigint NULL, "finished_at" timestamptz NULL, "session_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "counsel_messages_counsel_sessions_messages" FOREIGN KEY ("session_id") REFERENCES "counsel_sessions" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "counselmessage_session_id_number" to table: "counsel_messages"
CREATE UNIQUE INDEX "counselmessage_session_id_number" ON "counsel_messages" ("session_id", "number");
-- create index "counselmessage_streaming" to table: "counsel_messages"
CREATE INDEX "counselmessage_streaming" ON "counsel_messages" ("leased_until") WHERE ((status)::text = 'STREAMING'::text);
-- create "counsel_shares" table
CREATE TABLE "counsel_shares" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "token_hash" character varying NOT NULL, "token" bytea NOT NULL, "expires_at" timestamptz NOT NULL, "revoked_at" timestamptz NULL, "session_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "counsel_shares_counsel_sessions_shares" FOREIGN KEY ("session_id") REFERENCES "counsel_sessions" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "counsel_shares_token_hash_key" to table: "counsel_shares"
CREATE UNIQUE INDEX "counsel_shares_token_hash_key" ON "counsel_shares" ("token_hash");
-- create index "counselshare_living" to table: "counsel_shares"
CREATE UNIQUE INDEX "counselshare_living" ON "counsel_shares" ("session_id") WHERE (revoked_at IS NULL);

-- +goose Down
-- reverse: create index "counselshare_living" to table: "counsel_shares"
DROP INDEX "counselshare_living";
-- reverse: create index "counsel_shares_token_hash_key" to table: "counsel_shares"
DROP INDEX "counsel_shares_token_hash_key";
-- reverse: create "counsel_shares" table
DROP TABLE "counsel_shares";
-- reverse: create index "counselmessage_streaming" to table: "counsel_messages"
DROP INDEX "counselmessage_streaming";
-- reverse: create index "counselmessage_session_id_number" to table: "counsel_messages"
DROP INDEX "counselmessage_session_id_number";
-- reverse: create "counsel_messages" table
DROP TABLE "counsel_messages";
-- reverse: create index "counseldraw_session_id_position" to table: "counsel_draws"
DROP INDEX "counseldraw_session_id_position";
-- reverse: create index "counseldraw_session_id_card" to table: "counsel_draws"
DROP INDEX "counseldraw_session_id_card";
-- reverse: create "counsel_draws" table
DROP TABLE "counsel_draws";
-- reverse: create index "counselweeksummary_spender_iso_year_iso_week" to table: "counsel_week_summaries"
DROP INDEX "counselweeksummary_spender_iso_year_iso_week";
-- reverse: create "counsel_week_summaries" table
DROP TABLE "counsel_week_summaries";
-- reverse: create index "counselsession_user_id_id" to table: "counsel_sessions"
DROP INDEX "counselsession_user_id_id";
-- reverse: create index "counselsession_status_waiting_since" to table: "counsel_sessions"
DROP INDEX "counselsession_status_waiting_since";
-- reverse: create index "counselsession_guest_id_id" to table: "counsel_sessions"
DROP INDEX "counselsession_guest_id_id";
-- reverse: create "counsel_sessions" table
DROP TABLE "counsel_sessions";
-- reverse: create index "counselroom_session_id" to table: "counsel_rooms"
DROP INDEX "counselroom_session_id";
-- reverse: create index "counselroom_open_seen" to table: "counsel_rooms"
DROP INDEX "counselroom_open_seen";
-- reverse: create index "counselroom_open_code" to table: "counsel_rooms"
DROP INDEX "counselroom_open_code";
-- reverse: create index "counselroom_host_id_closed_at" to table: "counsel_rooms"
DROP INDEX "counselroom_host_id_closed_at";
-- reverse: create "counsel_rooms" table
DROP TABLE "counsel_rooms";
-- reverse: create index "counselbudget_date_spender" to table: "counsel_budgets"
DROP INDEX "counselbudget_date_spender";
-- reverse: create "counsel_budgets" table
DROP TABLE "counsel_budgets";
