# Alerts on levels of Google's own metrics.

locals {
  _subscription = "pubsub.googleapis.com/subscription"

  _levels = {
    decisions-late = {
      title     = "Decisions do not reach the warehouse"
      severity  = "ERROR"
      condition = "The oldest event has waited for ten minutes"
      threshold = 600
      filter    = local._of_warehouse["oldest_unacked_message_age"]
    }
    alerts-undelivered = {
      title     = "Alerts reach nobody"
      severity  = "ERROR"
      condition = "An alert lies in the dead letters"
      threshold = 0
      filter = join(" AND ", [
        "resource.type=\"pubsub_subscription\"",
        "resource.label.subscription_id=\"${var.undelivered_alerts}\"",
        "metric.type=\"${local._subscription}/num_undelivered_messages\"",
      ])
    }
    shards-given-up = {
      title     = "A shard of a batch was given up"
      severity  = "ERROR"
      condition = "A shard lies in the dead letters"
      threshold = 0
      filter = join(" AND ", [
        "resource.type=\"pubsub_subscription\"",
        "resource.label.subscription_id=\"${var.unscored_shards}\"",
        "metric.type=\"${local._subscription}/num_undelivered_messages\"",
      ])
    }
    dead-letters = {
      title     = "The warehouse refused decisions"
      severity  = "ERROR"
      condition = "An event lies in the dead letters"
      threshold = 0
      filter = join(" AND ", [
        "resource.type=\"pubsub_subscription\"",
        "resource.label.subscription_id=\"${var.dead_letter_subscription}\"",
        "metric.type=\"${local._subscription}/num_undelivered_messages\"",
      ])
    }
  }
}

resource "google_monitoring_alert_policy" "level" {
  for_each = local._levels

  display_name          = each.value.title
  project               = var.project_id
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local._channels

  conditions {
    display_name = each.value.condition

    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.threshold
      duration        = "60s"

      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    subject   = each.value.title
    content   = file("${path.module}/runbooks/${each.key}.md")
  }
}
