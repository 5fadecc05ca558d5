-- Purpose: how the features of the applications of some days, and of the days before, are spread over the bins
--   of a baseline.
-- Grain: one row a period (`is_reference`: the days before), segment, feature and cell: `missing`, `bin` (by `place`: a number's bin, a text's
--   category) or `unseen` (a number beyond all of training, a text that is none of its categories).
--   The segment NULL has all applications.
-- Inputs: applications, by their key (`key`) and time (`time`); the version's features.sql with the key
--   carried (`features`), its columns (`figures`) and the groups of an application (`groups`), lists of
--   STRUCTs.
-- Parameters: @reference_from, @from, @until TIMESTAMP bound the days before and the days; @baseline ARRAY<STRING>: distributions of
--   the version's baseline as JSON.
-- Cost: the columns that features and groups read, of the partitions of these days, once: for bnpl 33
--   columns, about 300 bytes an application, 52 MB for five weeks of 5,000 a day.
WITH
  input AS (
    SELECT *
    FROM applications
    WHERE ${time} >= @reference_from
      AND ${time} < @until
  ),
  grouped AS (
    SELECT
      CAST(${key} AS STRING) AS application_id,
      ${time} < @from AS is_reference,
      ${groups} AS segments
    FROM input AS source
  ),
  featured AS (
    ${features}
  ),
  long AS (
    SELECT
      grouped.is_reference,
      segment.name AS segment,
      segment.value AS segment_value,
      figure.name,
      figure.is_text,
      IF(IS_NAN(figure.number), NULL, figure.number) AS number,
      figure.text
    FROM featured AS source
    JOIN grouped
      ON grouped.application_id = source.application_id
    CROSS JOIN UNNEST(grouped.segments) AS segment
    CROSS JOIN UNNEST(${figures}) AS figure
  ),
  known AS (
    SELECT
      JSON_VALUE(distribution, '$.name') AS name,
      CAST(JSON_VALUE(distribution, '$.lowest') AS FLOAT64) AS lowest,
      CAST(JSON_VALUE(distribution, '$.highest') AS FLOAT64) AS highest,
      ARRAY(
        SELECT CAST(edge AS FLOAT64)
        FROM UNNEST(JSON_VALUE_ARRAY(distribution, '$.edges')) AS edge WITH OFFSET AS place
        ORDER BY place
      ) AS edges
    FROM UNNEST(@baseline) AS distribution
  ),
  categories AS (
    SELECT
      JSON_VALUE(distribution, '$.name') AS name,
      category,
      place
    FROM UNNEST(@baseline) AS distribution
    CROSS JOIN UNNEST(JSON_VALUE_ARRAY(distribution, '$.categories')) AS category WITH OFFSET AS place
  ),
  placed AS (
    SELECT
      long.is_reference,
      long.segment,
      long.segment_value,
      long.name,
      CASE
        WHEN IF(long.is_text, long.text IS NULL, long.number IS NULL) THEN 'missing'
        WHEN long.is_text THEN IF(categories.place IS NULL, 'unseen', 'bin')
        WHEN long.number BETWEEN known.lowest AND known.highest THEN 'bin'
        ELSE 'unseen'
      END AS cell,
      CASE
        WHEN long.is_text THEN categories.place
        WHEN long.number BETWEEN known.lowest AND known.highest
          THEN RANGE_BUCKET(long.number, known.edges)
      END AS place
    FROM long
    JOIN known
      ON known.name = long.name
    LEFT JOIN categories
      ON categories.name = long.name
      AND categories.category = long.text
  )
SELECT
  is_reference,
  segment,
  segment_value,
  name,
  cell,
  place,
  COUNT(*) AS n
FROM placed
GROUP BY is_reference, segment, segment_value, name, cell, place
