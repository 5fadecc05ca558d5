-- Purpose: what every model version would have done by its probability of default alone to applicants whose end is known, at the cut-offs that were in force when it was measured.
-- Grain: one row a version and row of cut-offs; counts add up to those of the version.
-- Inputs: evaluations, which retraining writes with the cut-off that holds for each application.
-- Cost: version, label, PD and cut-offs of all of evaluations: some thousand rows a version.
-- Column policy_version: The policy that was in force at as_of. One that came later has other cut-offs.
-- Column cut_off: Its row of cut-offs; null for applications that policy.sql could not read.
-- Column review_from: Probability of default from which an applicant is reviewed; it counts in.
-- Column decline_from: Probability of default from which an applicant is declined; it counts in.
-- Column applications: How many the row of cut-offs holds for.
-- Column bad: How many of them turned bad.
-- Column approved_good: Goods below review_from: right.
-- Column approved_bad: Bads below review_from: losses.
-- Column reviewed_good: Goods from review_from to below decline_from.
-- Column reviewed_bad: Bads from review_from to below decline_from.
-- Column declined_good: Goods from decline_from on: business lost.
-- Column declined_bad: Bads from decline_from on: right.
-- Column approval_rate: The share that is approved.
-- Column approved_bad_rate: The share of the approved that turned bad.
-- Column bads_declined: The share of the bads that is declined.
-- Column goods_declined: The share of the goods that is declined.
SELECT
  version,
  as_of,
  policy_version,
  cut_off,
  review_from,
  decline_from,
  COUNT(*) AS applications,
  COUNTIF(defaulted = 1) AS bad,
  COUNTIF(defaulted = 0 AND pd < review_from) AS approved_good,
  COUNTIF(defaulted = 1 AND pd < review_from) AS approved_bad,
  COUNTIF(defaulted = 0 AND pd >= review_from AND pd < decline_from) AS reviewed_good,
  COUNTIF(defaulted = 1 AND pd >= review_from AND pd < decline_from) AS reviewed_bad,
  COUNTIF(defaulted = 0 AND pd >= decline_from) AS declined_good,
  COUNTIF(defaulted = 1 AND pd >= decline_from) AS declined_bad,
  COUNTIF(pd < review_from) / COUNT(*) AS approval_rate,
  SAFE_DIVIDE(COUNTIF(defaulted = 1 AND pd < review_from), COUNTIF(pd < review_from)) AS approved_bad_rate,
  SAFE_DIVIDE(COUNTIF(defaulted = 1 AND pd >= decline_from), COUNTIF(defaulted = 1)) AS bads_declined,
  SAFE_DIVIDE(COUNTIF(defaulted = 0 AND pd >= decline_from), COUNTIF(defaulted = 0)) AS goods_declined
FROM ${data}.evaluations
WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
GROUP BY version, as_of, policy_version, cut_off, review_from, decline_from
