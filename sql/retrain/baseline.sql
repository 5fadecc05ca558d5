-- Purpose: how the figures of some rows are distributed: what later ones are held against.
-- Grain: one row a figure and cell: `missing`, `bin` (a number's; `place` from 0, the first without a
--   lower edge) or `category` (a text's; the 100 most frequent, `unseen` all others).
-- Inputs: rows (`rows`), and their figures as a list of STRUCTs (`figures`): name, number, text.
-- Cost: the figures' columns of the rows, twice where BigQuery does not keep the first step.
WITH
  long AS (
    SELECT
      figure.name,
      figure.is_text,
      -- BigQuery orders NaN below all numbers, and nothing is learnt from it.
      IF(IS_NAN(figure.number), NULL, figure.number) AS number,
      figure.text
    FROM ${rows} AS source
    CROSS JOIN UNNEST(${figures}) AS figure
  ),
  spread AS (
    SELECT
      name,
      MIN(number) AS lowest,
      MAX(number) AS highest,
      APPROX_QUANTILES(number, 10) AS deciles
    FROM long
    WHERE NOT is_text
    GROUP BY name
  ),
  above AS (
    SELECT
      long.name,
      MIN(long.number) AS second_lowest
    FROM long
    JOIN spread
      ON spread.name = long.name
      AND long.number > spread.lowest
    GROUP BY long.name
  ),
  edged AS (
    SELECT
      spread.name,
      lowest,
      highest,
      -- Deciles, each once. Where many rows have the lowest number of all, that is a bin of its own.
      ARRAY(
        SELECT DISTINCT IF(decile > lowest, decile, second_lowest) AS edge
        FROM UNNEST(deciles) AS decile WITH OFFSET AS place
        WHERE place BETWEEN 1 AND 9
          AND second_lowest IS NOT NULL
        ORDER BY edge
      ) AS edges
    FROM spread
    LEFT JOIN above
      ON above.name = spread.name
  ),
  ranked AS (
    SELECT
      name,
      text,
      ROW_NUMBER() OVER (PARTITION BY name ORDER BY COUNT(*) DESC, text) AS place
    FROM long
    WHERE is_text
      AND text IS NOT NULL
    GROUP BY name, text
  ),
  placed AS (
    SELECT
      long.name,
      long.is_text,
      edged.edges,
      edged.lowest,
      edged.highest,
      CASE
        WHEN long.is_text AND long.text IS NULL THEN 'missing'
        WHEN NOT long.is_text AND long.number IS NULL THEN 'missing'
        WHEN NOT long.is_text THEN 'bin'
        WHEN ranked.place <= 100 THEN 'category'
        ELSE 'unseen'
      END AS cell,
      IF(long.is_text, NULL, RANGE_BUCKET(long.number, edged.edges)) AS place,
      IF(ranked.place <= 100, long.text, NULL) AS category
    FROM long
    LEFT JOIN edged
      ON edged.name = long.name
    LEFT JOIN ranked
      ON ranked.name = long.name
      AND ranked.text = long.text
  )
SELECT
  name,
  is_text,
  cell,
  place,
  category,
  ANY_VALUE(edges) AS edges,
  ANY_VALUE(lowest) AS lowest,
  ANY_VALUE(highest) AS highest,
  COUNT(*) AS n
FROM placed
GROUP BY name, is_text, cell, place, category
ORDER BY name, cell, place, category
