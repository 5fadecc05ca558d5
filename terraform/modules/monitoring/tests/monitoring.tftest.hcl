# An alert reaches somebody and tells them what to do.

mock_provider "google" {}
mock_provider "time" {}

variables {
  alert_emails             = { oncall = "oncall@example.com" }
  budget                   = null
  dead_letter_subscription = "dead"
  domain                   = null
  jobs                     = { ingest-bnpl = "26h" }
  name_prefix              = "flit"
  notification_channels    = []
  project_id               = "flit-test"
  project_number           = "1"
  score_service            = "flit-score"
  undelivered_alerts       = "unheard"
  unscored_shards          = "unscored"
  warehouse_subscription   = "decisions-to-bigquery"
}

run "tells_what_to_do" {
  command = apply

  assert {
    condition = alltrue([
      for policy in concat(
        values(google_monitoring_alert_policy.event),
        values(google_monitoring_alert_policy.level),
        values(google_monitoring_alert_policy.silence),
        values(google_monitoring_alert_policy.burn),
      ) :
      length(policy.documentation[0].content) > 200
      && length(policy.notification_channels) > 0
    ])
    error_message = "An alert has no runbook, or no reader."
  }

  assert {
    condition     = google_monitoring_slo.availability.goal == 0.999
    error_message = "Another availability is promised."
  }

  assert {
    condition = (
      google_monitoring_slo.latency.goal == 0.99
      && google_monitoring_slo.latency.request_based_sli[0].distribution_cut[0].range[0].max == 100
    )
    error_message = "Another latency is promised."
  }

  assert {
    condition = toset(keys(google_monitoring_alert_policy.burn)) == toset([
      for pair in setproduct(
        ["availability", "latency", "freshness", "completeness"],
        ["fast", "slow"],
      ) : join("-", pair)
    ])
    error_message = "An objective burns unnoticed."
  }
}

run "refuses_to_alert_nobody" {
  command = plan

  variables {
    alert_emails = {}
  }

  expect_failures = [var.notification_channels]
}
