-- +goose Up
-- The pairs of neighbouring letters of each word of a text: what the search index holds.
CREATE FUNCTION moa_grams(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT pair), '{}')
  FROM (SELECT substr($1, i, 2) AS pair FROM generate_series(1, length($1) - 1) AS i) AS pairs
  WHERE pair !~ '\s'
$$;
-- The distance in metres between two points in degrees, by the haversine formula: the twin of db.Distance.
CREATE FUNCTION moa_distance(lat1 double precision, lon1 double precision, lat2 double precision, lon2 double precision)
RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT 2 * 6371008.8 * asin(sqrt(least(1,
    power(sin(radians(lat2 - lat1) / 2), 2) +
    cos(radians(lat1)) * cos(radians(lat2)) * power(sin(radians(lon2 - lon1) / 2), 2))))
$$;
-- No fast update: a list of pending rows would be read from end to end by every search.
CREATE INDEX "store_search" ON "stores" USING gin (moa_grams(search_text)) WITH (fastupdate = off) WHERE (deleted_at IS NULL);
CREATE INDEX "coupon_search" ON "coupons" USING gin (moa_grams(search_text)) WITH (fastupdate = off) WHERE (deleted_at IS NULL);

-- +goose Down
DROP INDEX "coupon_search";
DROP INDEX "store_search";
DROP FUNCTION moa_distance(double precision, double precision, double precision, double precision);
DROP FUNCTION moa_grams(text);
