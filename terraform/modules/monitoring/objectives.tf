# What checkouts are promised of score, and auditors of its record, over four
# weeks, and alerts on how fast the allowance is used up: two windows each, so
# that a page is neither late nor about something that is over.
# https://sre.google/workbook/alerting-on-slos

locals {
  _score = join(" AND ", [
    "resource.type=\"cloud_run_revision\"",
    "resource.label.service_name=\"${var.score_service}\"",
  ])

  _requests = join(" AND ", [
    local._score,
    "metric.type=\"run.googleapis.com/request_count\"",
  ])

  _latencies = join(" AND ", [
    local._score,
    "metric.type=\"run.googleapis.com/request_latencies\"",
  ])

  # A page: two hundredths of the allowance gone in an hour. A ticket: five in
  # six hours.
  _burn_rates = {
    fast = {
      long     = "3600s"
      rate     = 14.4
      severity = "CRITICAL"
      short    = "300s"
    }
    slow = {
      long     = "21600s"
      rate     = 6
      severity = "WARNING"
      short    = "1800s"
    }
  }

  _objectives = {
    availability = {
      slo     = google_monitoring_slo.availability.name
      runbook = "availability"
    }
    latency = {
      slo     = google_monitoring_slo.latency.name
      runbook = "latency"
    }
    freshness = {
      slo     = google_monitoring_slo.freshness.name
      runbook = "decisions-late"
    }
    completeness = {
      slo     = google_monitoring_slo.completeness.name
      runbook = "dead-letters"
    }
  }

  # Metrics of the subscription that writes decisions to the warehouse.
  _of_warehouse = {
    for name in [
      "ack_message_count",
      "dead_letter_message_count",
      "oldest_unacked_message_age",
    ] :
    name => join(" AND ", [
      "resource.type=\"pubsub_subscription\"",
      "resource.label.subscription_id=\"${var.warehouse_subscription}\"",
      "metric.type=\"${local._subscription}/${name}\"",
    ])
  }
}

resource "google_monitoring_custom_service" "score" {
  service_id   = var.score_service
  project      = var.project_id
  display_name = "Decisions at checkout"
}

resource "google_monitoring_slo" "availability" {
  slo_id              = "availability"
  project             = var.project_id
  service             = google_monitoring_custom_service.score.service_id
  display_name        = "Answered, and not by 5xx"
  goal                = var.availability_goal
  rolling_period_days = 28

  request_based_sli {
    good_total_ratio {
      total_service_filter = local._requests
      bad_service_filter = join(" AND ", [
        local._requests, "metric.label.response_code_class=\"5xx\"",
      ])
    }
  }
}

resource "google_monitoring_slo" "latency" {
  slo_id              = "latency"
  project             = var.project_id
  service             = google_monitoring_custom_service.score.service_id
  display_name        = "Answered within ${var.latency_limit_ms} ms"
  goal                = var.latency_goal
  rolling_period_days = 28

  request_based_sli {
    distribution_cut {
      distribution_filter = local._latencies

      range {
        max = var.latency_limit_ms
      }
    }
  }
}

resource "google_monitoring_slo" "freshness" {
  slo_id              = "freshness"
  project             = var.project_id
  service             = google_monitoring_custom_service.score.service_id
  display_name        = "In the warehouse within ${var.freshness_limit_s} s"
  goal                = var.freshness_goal
  rolling_period_days = 28

  windows_based_sli {
    window_period = "300s"

    metric_mean_in_range {
      time_series = local._of_warehouse["oldest_unacked_message_age"]

      range {
        max = var.freshness_limit_s
      }
    }
  }
}

# What never got to Pub/Sub has an alert of its own: each one is an event.
resource "google_monitoring_slo" "completeness" {
  slo_id              = "completeness"
  project             = var.project_id
  service             = google_monitoring_custom_service.score.service_id
  display_name        = "Published decisions that the warehouse holds"
  goal                = var.completeness_goal
  rolling_period_days = 28

  request_based_sli {
    good_total_ratio {
      good_service_filter = local._of_warehouse["ack_message_count"]
      bad_service_filter  = local._of_warehouse["dead_letter_message_count"]
    }
  }
}

resource "google_monitoring_alert_policy" "burn" {
  for_each = {
    for pair in setproduct(keys(local._objectives), keys(local._burn_rates)) :
    join("-", pair) => merge(local._burn_rates[pair[1]], {
      objective = pair[0]
      runbook   = local._objectives[pair[0]].runbook
      slo       = local._objectives[pair[0]].slo
    })
  }

  display_name          = "Score: allowance of ${each.key} burn"
  project               = var.project_id
  combiner              = "AND"
  severity              = each.value.severity
  notification_channels = local._channels

  dynamic "conditions" {
    for_each = toset([each.value.long, each.value.short])

    content {
      display_name = "${each.value.rate} times over for ${conditions.value}"

      condition_threshold {
        filter = format(
          "select_slo_burn_rate(%q, %q)", each.value.slo, conditions.value
        )
        comparison      = "COMPARISON_GT"
        threshold_value = each.value.rate
        duration        = "0s"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "Score: ${each.value.objective} is at risk"
    content   = file("${path.module}/runbooks/${each.value.runbook}.md")
  }
}
