-- +goose Up
-- create index "counselmessage_created_at" to table: "counsel_messages"
CREATE INDEX "counselmessage_created_at" ON "counsel_messages" ("created_at");
-- create index "counselsession_created_at" to table: "counsel_sessions"
CREATE INDEX "counselsession_created_at" ON "counsel_sessions" ("created_at");

-- +goose Down
-- reverse: create index "counselsession_created_at" to table: "counsel_sessions"
DROP INDEX "counselsession_created_at";
-- reverse: create index "counselmessage_created_at" to table: "counsel_messages"
DROP INDEX "counselmessage_created_at";
