# One function of functions/: its source, its account, and the Cloud Run
# service behind it.

resource "google_cloudfunctions2_function" "this" {
  name        = "${var.name_prefix}-${var.name}"
  project     = var.project_id
  location    = var.region
  description = var.description
  labels      = { component = "function", function = var.name }
  # Takes a repository of images with the same key.
  kms_key_name = var.kms_key

  build_config {
    runtime           = "nodejs24"
    entry_point       = var.name
    service_account   = var.build.builder
    docker_repository = var.build.repository

    source {
      storage_source {
        bucket = var.build.sources_bucket
        object = google_storage_bucket_object.source.name
      }
    }

    # Patches of the runtime come without a deployment.
    automatic_update_policy {}
  }

  service_config {
    available_cpu                    = var.cpu
    available_memory                 = var.memory
    max_instance_request_concurrency = var.concurrency
    min_instance_count               = var.min_instances
    max_instance_count               = var.max_instances
    timeout_seconds                  = var.timeout_seconds
    ingress_settings                 = var.ingress
    service_account_email            = google_service_account.this.email
    # False leaves the traffic as the Cloud Run service has it: held on a
    # revision by its name, before the deployment.
    all_traffic_on_latest_revision = !var.hold_traffic
    environment_variables          = var.environment

    dynamic "secret_environment_variables" {
      for_each = var.secrets

      content {
        key        = secret_environment_variables.key
        project_id = var.project_id
        secret     = secret_environment_variables.value
        version    = "latest"
      }
    }
  }

  # Its first request must find what it needs.
  depends_on = [
    google_bigquery_dataset_access.this,
    google_data_catalog_policy_tag_iam_member.this,
    google_project_iam_member.this,
    google_pubsub_topic_iam_member.this,
    google_secret_manager_secret_iam_member.this,
    google_storage_bucket_iam_member.this,
  ]
}

# A second-generation function is invoked through its Cloud Run service, which
# is named as the function is.
resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = var.invokers

  project  = var.project_id
  location = var.region
  name     = google_cloudfunctions2_function.this.name
  role     = "roles/run.invoker"
  member   = each.value

  lifecycle {
    # A function that is made anew has lost its invokers.
    replace_triggered_by = [google_cloudfunctions2_function.this.id]
  }
}
