-- The search index of the embedded database, over the column search_text of stores and of coupons.
-- This file runs at every start: it must find its own work and leave it.
--
-- For each table T:
--   T_search       the pairs of letters of each live row, as words of a full-text index (FTS4);
--   T_search_rows  the number of each live row in that index. Not the row's own rowid: VACUUM and a
--                  rebuild of the table may change that one;
--   T_found        both together: the ids for a MATCH, full-text index first.
-- Triggers keep them, so that writers write search_text and nothing else. The triggers go with a
-- table that the schema builder replaces, and are therefore made anew each time.

CREATE VIRTUAL TABLE IF NOT EXISTS stores_search USING fts4(grams, tokenize=simple, matchinfo=fts3);
CREATE TABLE IF NOT EXISTS stores_search_rows (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);

DROP VIEW IF EXISTS stores_found;
CREATE VIEW stores_found AS
  SELECT r.id AS id, f.grams AS grams
  FROM stores_search AS f CROSS JOIN stores_search_rows AS r ON r.n = f.docid;

DROP TRIGGER IF EXISTS stores_search_insert;
CREATE TRIGGER stores_search_insert AFTER INSERT ON stores WHEN new.deleted_at IS NULL BEGIN
  INSERT INTO stores_search_rows (id) VALUES (new.id);
  INSERT INTO stores_search (docid, grams)
    SELECT n, moa_grams(new.search_text) FROM stores_search_rows WHERE id = new.id;
END;

DROP TRIGGER IF EXISTS stores_search_change;
CREATE TRIGGER stores_search_change AFTER UPDATE OF search_text ON stores
WHEN new.deleted_at IS NULL AND new.search_text <> old.search_text BEGIN
  UPDATE stores_search SET grams = moa_grams(new.search_text)
    WHERE docid = (SELECT n FROM stores_search_rows WHERE id = new.id);
END;

DROP TRIGGER IF EXISTS stores_search_remove;
CREATE TRIGGER stores_search_remove AFTER UPDATE OF deleted_at ON stores
WHEN new.deleted_at IS NOT NULL AND old.deleted_at IS NULL BEGIN
  DELETE FROM stores_search WHERE docid = (SELECT n FROM stores_search_rows WHERE id = new.id);
  DELETE FROM stores_search_rows WHERE id = new.id;
END;

DROP TRIGGER IF EXISTS stores_search_delete;
CREATE TRIGGER stores_search_delete AFTER DELETE ON stores BEGIN
  DELETE FROM stores_search WHERE docid = (SELECT n FROM stores_search_rows WHERE id = old.id);
  DELETE FROM stores_search_rows WHERE id = old.id;
END;

INSERT INTO stores_search_rows (id)
  SELECT id FROM stores WHERE deleted_at IS NULL AND id NOT IN (SELECT id FROM stores_search_rows) ORDER BY id;
INSERT INTO stores_search (docid, grams)
  SELECT r.n, moa_grams(t.search_text) FROM stores_search_rows AS r JOIN stores AS t ON t.id = r.id
  WHERE r.n NOT IN (SELECT docid FROM stores_search);

CREATE VIRTUAL TABLE IF NOT EXISTS coupons_search USING fts4(grams, tokenize=simple, matchinfo=fts3);
CREATE TABLE IF NOT EXISTS coupons_search_rows (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);

DROP VIEW IF EXISTS coupons_found;
CREATE VIEW coupons_found AS
  SELECT r.id AS id, f.grams AS grams
  FROM coupons_search AS f CROSS JOIN coupons_search_rows AS r ON r.n = f.docid;

DROP TRIGGER IF EXISTS coupons_search_insert;
CREATE TRIGGER coupons_search_insert AFTER INSERT ON coupons WHEN new.deleted_at IS NULL BEGIN
  INSERT INTO coupons_search_rows (id) VALUES (new.id);
  INSERT INTO coupons_search (docid, grams)
    SELECT n, moa_grams(new.search_text) FROM coupons_search_rows WHERE id = new.id;
END;

DROP TRIGGER IF EXISTS coupons_search_change;
CREATE TRIGGER coupons_search_change AFTER UPDATE OF search_text ON coupons
WHEN new.deleted_at IS NULL AND new.search_text <> old.search_text BEGIN
  UPDATE coupons_search SET grams = moa_grams(new.search_text)
    WHERE docid = (SELECT n FROM coupons_search_rows WHERE id = new.id);
END;

DROP TRIGGER IF EXISTS coupons_search_remove;
CREATE TRIGGER coupons_search_remove AFTER UPDATE OF deleted_at ON coupons
WHEN new.deleted_at IS NOT NULL AND old.deleted_at IS NULL BEGIN
  DELETE FROM coupons_search WHERE docid = (SELECT n FROM coupons_search_rows WHERE id = new.id);
  DELETE FROM coupons_search_rows WHERE id = new.id;
END;

DROP TRIGGER IF EXISTS coupons_search_delete;
CREATE TRIGGER coupons_search_delete AFTER DELETE ON coupons BEGIN
  DELETE FROM coupons_search WHERE docid = (SELECT n FROM coupons_search_rows WHERE id = old.id);
  DELETE FROM coupons_search_rows WHERE id = old.id;
END;

INSERT INTO coupons_search_rows (id)
  SELECT id FROM coupons WHERE deleted_at IS NULL AND id NOT IN (SELECT id FROM coupons_search_rows) ORDER BY id;
INSERT INTO coupons_search (docid, grams)
  SELECT r.n, moa_grams(t.search_text) FROM coupons_search_rows AS r JOIN coupons AS t ON t.id = r.id
  WHERE r.n NOT IN (SELECT docid FROM coupons_search);
