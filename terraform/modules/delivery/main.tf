# The pipeline of cloudbuild.yaml: the account that it runs as, where it leaves
# plans and bills of materials, and what starts it.

resource "google_service_account" "this" {
  account_id   = "${var.name_prefix}-delivery"
  project      = var.project_id
  display_name = "Delivery"
  description  = "Cloud Build plans and applies this configuration as it."
}

resource "google_storage_bucket" "deliveries" {
  name                        = var.bucket_name
  project                     = var.project_id
  location                    = var.location
  labels                      = { component = "delivery" }
  force_destroy               = false
  public_access_prevention    = "enforced"
  uniform_bucket_level_access = true

  versioning {
    enabled = true
  }

  dynamic "encryption" {
    for_each = var.kms_key[*]

    content {
      default_kms_key_name = encryption.value
    }
  }

  logging {
    log_bucket        = var.access_logs
    log_object_prefix = "deliveries"
  }

  # What was applied when is part of the audit trail.
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age        = 400
      with_state = "ANY"
    }
  }
}

resource "google_cloudbuild_trigger" "this" {
  for_each = var.trigger == null ? {} : { (var.environment) = var.trigger }

  name            = "${var.name_prefix}-${each.key}"
  project         = var.project_id
  location        = var.region
  description     = "Checks, plans and applies the ${each.key} environment."
  filename        = "cloudbuild.yaml"
  service_account = google_service_account.this.id

  substitutions = {
    _DELIVERIES  = google_storage_bucket.deliveries.name
    _ENVIRONMENT = each.key
    _REGION      = var.region
    _STATE       = var.state_bucket
  }

  repository_event_config {
    repository = each.value.repository

    push {
      branch = each.value.branch
    }
  }

  approval_config {
    approval_required = each.value.approval
  }
}
