# Alerts on counts that should be nought: one is enough. Each tells what to do
# in runbooks/<name>.md.

locals {
  _failed = google_logging_metric.attempts["failed"].name

  _events = {
    policy-only = {
      title    = "Checkouts are decided by policy alone"
      severity = "CRITICAL"
      filter   = local._counted["policy_only"]
      group_by = ["metric.label.portfolio", "metric.label.why"]
    }
    unpublished = {
      title    = "Decisions are only in the log"
      severity = "CRITICAL"
      filter   = local._counted["unpublished"]
      group_by = []
    }
    deployment-unloadable = {
      title    = "The deployment cannot be loaded"
      severity = "CRITICAL"
      filter   = local._counted["deployment_unloadable"]
      group_by = ["metric.label.portfolio"]
    }
    model-left-out = {
      title    = "A challenger or shadow is left out"
      severity = "WARNING"
      filter   = local._counted["model_left_out"]
      group_by = ["metric.label.portfolio", "metric.label.version"]
    }
    challenger-out = {
      title    = "A challenger was taken out"
      severity = "ERROR"
      filter   = local._counted["challenger_out"]
      group_by = [
        "metric.label.portfolio", "metric.label.version", "metric.label.test",
      ]
    }
    request-failed = {
      title    = "A function answered 5xx"
      severity = "ERROR"
      filter   = local._counted["request_failed"]
      group_by = ["resource.label.service_name", "metric.label.code"]
    }
    promotion-refused = {
      title    = "A new model was refused by its gates"
      severity = "WARNING"
      filter = join(" AND ", [
        local._counted["retrained"],
        "metric.label.promotion=\"refused by its gates\"",
      ])
      group_by = ["metric.label.portfolio"]
    }
    notification-refused = {
      title    = "A target refuses alerts"
      severity = "ERROR"
      filter   = local._counted["notification_refused"]
      group_by = ["metric.label.target"]
    }
    job-failed = {
      title    = "A scheduled job failed"
      severity = "ERROR"
      filter = join(" AND ", [
        "resource.type=\"cloud_scheduler_job\"",
        "metric.type=\"logging.googleapis.com/user/${local._failed}\"",
      ])
      group_by = ["resource.label.job_id"]
    }
  }
}

resource "google_monitoring_alert_policy" "event" {
  for_each = merge(local._events, local._breach_events)

  display_name          = each.value.title
  project               = var.project_id
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local._channels

  conditions {
    display_name = "At least one in five minutes"

    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_SUM"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = each.value.group_by
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    mime_type = "text/markdown"
    subject   = each.value.title
    content   = file("${path.module}/runbooks/${each.key}.md")
  }

  depends_on = [time_sleep.metrics_known]
}
