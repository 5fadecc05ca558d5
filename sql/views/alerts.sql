-- Purpose: what was found amiss, from when until when, and what was last said of it.
-- Grain: one row a breach: from its first alert to the one that says that it is over.
-- Inputs: alerts.
-- Cost: all of alerts: a row each time that something is told.
-- Column worst_severity: The gravest that it came to.
-- Column last_told_at: When the run was due that last told of it before its end.
-- Column over_at: When the run was due that no longer found it; null while it lasts.
-- Column times_told: Alerts about it, but for that of its end.
-- Column last_text: What was last said of it, but for its end; figure, limit_value, n and model_version go with it.
SELECT
  portfolio,
  kind,
  subject,
  segment,
  since,
  MAX(IF(state = 'over', occurred_at, NULL)) AS over_at,
  IF(LOGICAL_OR(severity = 'critical'), 'critical', 'warning') AS worst_severity,
  COUNT(DISTINCT IF(state = 'raised', alert_id, NULL)) AS times_told,
  MAX(IF(state = 'raised', occurred_at, NULL)) AS last_told_at,
  ARRAY_AGG(text ORDER BY state DESC, occurred_at DESC LIMIT 1)[SAFE_OFFSET(0)] AS last_text,
  ARRAY_AGG(figure ORDER BY state DESC, occurred_at DESC LIMIT 1)[SAFE_OFFSET(0)] AS figure,
  ARRAY_AGG(limit_value ORDER BY state DESC, occurred_at DESC LIMIT 1)[SAFE_OFFSET(0)] AS limit_value,
  ARRAY_AGG(n ORDER BY state DESC, occurred_at DESC LIMIT 1)[SAFE_OFFSET(0)] AS n,
  ARRAY_AGG(model_version ORDER BY state DESC, occurred_at DESC LIMIT 1)[SAFE_OFFSET(0)]
    AS model_version,
  ANY_VALUE(owner) AS owner,
  ANY_VALUE(runbook) AS runbook
FROM ${flit}.alerts
WHERE occurred_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
GROUP BY portfolio, kind, subject, segment, since
