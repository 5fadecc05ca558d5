# Calls of functions by the clock. A run is named by its scheduled time, so a
# repeated call joins the run that there is.

resource "google_cloud_scheduler_job" "this" {
  for_each = var.jobs

  name             = each.key
  project          = var.project_id
  region           = var.region
  description      = each.value.description
  schedule         = each.value.schedule
  time_zone        = var.time_zone
  attempt_deadline = "${each.value.attempt_deadline_seconds}s"
  paused           = var.paused

  retry_config {
    retry_count          = each.value.retries
    min_backoff_duration = "30s"
    max_backoff_duration = "600s"
    max_doublings        = 4
  }

  http_target {
    uri         = "${each.value.function_uri}${each.value.path}"
    http_method = each.value.body == null ? "GET" : "POST"
    headers = (
      each.value.body == null ? {} : { "Content-Type" = "application/json" }
    )
    body = (
      each.value.body == null
      ? null
      : base64encode(each.value.body)
    )

    # Cloud Run wants the service's address as audience, without a path.
    oidc_token {
      service_account_email = google_service_account.this.email
      audience              = each.value.function_uri
    }
  }
}

resource "google_service_account" "this" {
  account_id   = "${var.name_prefix}-scheduler"
  project      = var.project_id
  display_name = "Cloud Scheduler"
  description  = "Calls the functions by the clock and may do nothing else."
}
