# What the functions and Cloud Scheduler say in their logs, as numbers.
# Messages are those of functions/ and shared/; labels are fields of the same
# lines.

locals {

  _log_metrics = {
    policy_only = {
      description = "Decisions that no model was asked for."
      filter      = "jsonPayload.message=\"deciding by policy alone\""
      labels      = ["portfolio", "why"]
    }
    unpublished = {
      description = "Decision events that only the log holds."
      filter      = "jsonPayload.message:\"event could not be published\""
      labels      = []
    }
    deployment_unloadable = {
      description = "Deployments that an instance of score could not load."
      filter      = "jsonPayload.message:\"the deployment cannot be loaded\""
      labels      = ["portfolio"]
    }
    model_left_out = {
      description = "Challengers and shadows that could not be loaded."
      filter      = "jsonPayload.message:\"a model is left out\""
      labels      = ["portfolio", "version"]
    }
    challenger_out = {
      description = "Challengers that the guard of an instance took out."
      filter      = "jsonPayload.message:\"the guard took the challenger out\""
      labels      = ["portfolio", "version", "test"]
    }
    request_failed = {
      description = "Requests that a function answered with 5xx."
      filter      = "jsonPayload.message=\"request failed\""
      labels      = ["code"]
    }
    retrained = {
      description = "Retrainings that came to an end, by what became of them."
      filter      = "jsonPayload.message=\"retrained\""
      labels      = ["portfolio", "promotion"]
    }
    alerts = {
      description = "Breaches that somebody was told of."
      filter      = "jsonPayload.message=\"alert raised\""
      labels      = ["portfolio", "kind", "level"]
    }
    notification_refused = {
      description = "Alerts that a target would not take."
      filter      = "jsonPayload.message=\"a notification was refused\""
      labels      = ["target", "kind"]
    }
    ingested = {
      description = "Streams of records that were brought into the warehouse."
      filter      = "jsonPayload.message=\"ingested\""
      labels      = ["stream"]
    }
  }

  # Filters of the numbers that they become.
  _counted = {
    for name, metric in google_logging_metric.functions :
    name => join(" AND ", [
      "resource.type=\"cloud_run_revision\"",
      "metric.type=\"logging.googleapis.com/user/${metric.name}\"",
    ])
  }
}

resource "google_logging_metric" "functions" {
  for_each = local._log_metrics

  name        = "${var.name_prefix}_${each.key}"
  project     = var.project_id
  description = each.value.description
  filter      = "resource.type=\"cloud_run_revision\" AND ${each.value.filter}"

  label_extractors = {
    for label in each.value.labels : label => "EXTRACT(jsonPayload.${label})"
  }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    dynamic "labels" {
      for_each = each.value.labels

      content {
        key        = labels.value
        value_type = "STRING"
      }
    }
  }
}

# Cloud Scheduler says of every attempt how it ended, INFO or ERROR.
resource "google_logging_metric" "attempts" {
  for_each = { succeeded = "INFO", failed = "ERROR" }

  name        = "${var.name_prefix}_job_${each.key}"
  project     = var.project_id
  description = "Attempts of scheduled jobs that ${each.key}, by job_id."
  filter = join(" AND ", [
    "resource.type=\"cloud_scheduler_job\"",
    "jsonPayload.\"@type\":\"scheduler.logging.AttemptFinished\"",
    "severity=${each.value}",
  ])

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"
  }
}

# An alert on a metric that Monitoring has not heard of yet is refused.
resource "time_sleep" "metrics_known" {
  create_duration = "60s"

  triggers = {
    metrics = join(",", concat(
      [for metric in google_logging_metric.functions : metric.id],
      [for metric in google_logging_metric.attempts : metric.id],
    ))
  }
}
