-- +goose Up
-- create "integrations" table
CREATE TABLE "integrations" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "platform" character varying NOT NULL, "account" character varying NOT NULL, "credential_kind" character varying NOT NULL, "identity" character varying NULL, "credential" bytea NOT NULL, "updated_at" timestamptz NOT NULL, "store_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "integrations_stores_store" FOREIGN KEY ("store_id") REFERENCES "stores" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "integration_store_id_platform" to table: "integrations"
CREATE UNIQUE INDEX "integration_store_id_platform" ON "integrations" ("store_id", "platform");

-- +goose Down
-- reverse: create index "integration_store_id_platform" to table: "integrations"
DROP INDEX "integration_store_id_platform";
-- reverse: create "integrations" table
DROP TABLE "integrations";
