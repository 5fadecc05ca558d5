# A job that does not run says nothing, so nothing said is the alarm.
# Conditions on absent data look back one day at most; PromQL looks further.
# https://cloud.google.com/monitoring/promql/promql-in-alerting

locals {
  # Monitoring's names in PromQL: a colon for the first slash, an underscore
  # for whatever else is no letter or digit.
  _succeeded = join("", [
    "logging_googleapis_com:user_",
    google_logging_metric.attempts["succeeded"].name,
  ])

  _of_job = {
    for job in keys(var.jobs) :
    job => "monitored_resource=\"cloud_scheduler_job\",job_id=\"${job}\""
  }
}

resource "google_monitoring_alert_policy" "silence" {
  for_each = var.jobs

  display_name          = "No success of ${each.key} for ${each.value}"
  project               = var.project_id
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local._channels

  conditions {
    display_name = "Nothing heard"

    condition_prometheus_query_language {
      query = format(
        "sum(increase(%[1]s[%[2]s])) < 0.5 or absent_over_time(%[1]s[%[2]s])",
        "${local._succeeded}{${local._of_job[each.key]}}",
        each.value,
      )
      duration            = "300s"
      evaluation_interval = "300s"
      # No success yet, no metric yet: that is what it is to find.
      disable_metric_validation = true
    }
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "No success of ${each.key} for ${each.value}"
    content   = file("${path.module}/runbooks/silence.md")
  }

  depends_on = [time_sleep.metrics_known]
}
