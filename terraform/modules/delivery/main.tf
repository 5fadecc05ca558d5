# The pipeline of cloudbuild.yaml and apply.yaml: the account that it runs as,
# where it leaves plans and bills of materials, and what starts it.

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

locals {
  _triggers = var.trigger == null ? {} : { (var.environment) = var.trigger }

  _substitutions = {
    _DELIVERIES  = google_storage_bucket.deliveries.name
    _ENVIRONMENT = var.environment
    _REGION      = var.region
    _STATE       = var.state_bucket
  }
}

# Plans, whenever something was pushed.
resource "google_cloudbuild_trigger" "plan" {
  for_each = local._triggers

  name            = "${var.name_prefix}-${each.key}-plan"
  project         = var.project_id
  location        = var.region
  description     = "Checks and plans the ${each.key} environment."
  filename        = "cloudbuild.yaml"
  service_account = google_service_account.this.id

  substitutions = merge(local._substitutions, {
    _APPLY = google_cloudbuild_trigger.apply[each.key].name
  })

  repository_event_config {
    repository = each.value.repository

    push {
      branch = each.value.branch
    }
  }

  # A plan changes nothing.
  approval_config {
    approval_required = false
  }
}

# Applies a plan: started by the above alone, and where approval is asked for,
# once a person has read the plan and agreed.
resource "google_cloudbuild_trigger" "apply" {
  for_each = local._triggers

  name            = "${var.name_prefix}-${each.key}-apply"
  project         = var.project_id
  location        = var.region
  description     = "Applies what was planned for ${each.key}."
  service_account = google_service_account.this.id

  substitutions = merge(local._substitutions, {
    # Of the build that made the plan; said when this is started.
    _PLANNED   = ""
    _SCHEDULER = var.scheduler_email
    _SCORE     = var.score_service
  })

  git_file_source {
    path       = "terraform/modules/delivery/apply.yaml"
    repository = each.value.repository
    repo_type  = each.value.repository_type
  }

  # Of a branch unless a commit is named, as the plan's is.
  source_to_build {
    repository = each.value.repository
    ref        = "refs/heads/${trim(each.value.branch, "^$")}"
    repo_type  = each.value.repository_type
  }

  approval_config {
    approval_required = each.value.approval
  }
}
