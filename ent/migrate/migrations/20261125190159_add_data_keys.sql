-- +goose Up
-- create "data_keys" table
CREATE TABLE "data_keys" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "wrapped" bytea NOT NULL, "keeper" character varying NOT NULL, "seals" bigint NOT NULL DEFAULT 0, "retired_at" timestamptz NULL, PRIMARY KEY ("id"));

-- +goose Down
-- reverse: create "data_keys" table
DROP TABLE "data_keys";
