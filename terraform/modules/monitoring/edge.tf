# From outside, where there is an edge: name, certificate and load balancer
# work, and the door is shut to whoever brings no token. What is behind the
# door is probed by Cloud Scheduler, which has one.

locals {
  _domains = toset(var.domain[*])
}

resource "google_monitoring_uptime_check_config" "edge" {
  for_each = local._domains

  display_name = "Edge of ${each.value}"
  project      = var.project_id
  period       = "60s"
  timeout      = "10s"

  http_check {
    path         = "/ready"
    port         = 443
    use_ssl      = true
    validate_ssl = true

    accepted_response_status_codes {
      status_value = 403
    }
  }

  monitored_resource {
    type = "uptime_url"
    labels = {
      host       = each.value
      project_id = var.project_id
    }
  }
}

resource "google_monitoring_alert_policy" "edge" {
  for_each = local._domains

  display_name          = "The edge of ${each.value} is down, or open"
  project               = var.project_id
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = local._channels

  conditions {
    display_name = "More than one region of the world fails"

    condition_threshold {
      filter = join(" AND ", [
        "resource.type=\"uptime_url\"",
        "metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\"",
        join("", [
          "metric.label.check_id=\"",
          google_monitoring_uptime_check_config.edge[each.key].uptime_check_id,
          "\"",
        ]),
      ])
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "120s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.label.host"]
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "The edge of ${each.value} is down, or open"
    content   = file("${path.module}/runbooks/edge.md")
  }
}
