# Where functions are built: an account that can do nothing else, and the
# repository of the images. Google's default account could far more.

resource "google_artifact_registry_repository" "functions" {
  repository_id = "${var.name_prefix}-functions"
  project       = var.project_id
  location      = var.region
  format        = "DOCKER"
  description   = "Images of the functions."
  kms_key_name  = var.kms_key
  labels        = { component = "builder" }

  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"

    most_recent_versions {
      keep_count = 10
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"

    condition {
      older_than = "${90 * 86400}s"
    }
  }
}

resource "google_service_account" "builder" {
  account_id   = "${var.name_prefix}-builder"
  project      = var.project_id
  display_name = "Builds the functions"
  description  = "Cloud Build runs as it when a function is deployed."
}

# Roles as Cloud Run functions ask for a build account:
# https://cloud.google.com/run/docs/configuring/services/build-service-account
resource "google_artifact_registry_repository_iam_member" "builder" {
  project    = var.project_id
  location   = google_artifact_registry_repository.functions.location
  repository = google_artifact_registry_repository.functions.name
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.builder.member
}

resource "google_project_iam_member" "builder_logs" {
  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = google_service_account.builder.member
}

resource "google_storage_bucket_iam_member" "builder_sources" {
  bucket = var.sources_bucket
  role   = "roles/storage.objectViewer"
  member = google_service_account.builder.member
}

# Cloud Run functions copies sources into a bucket that it makes itself, so
# only its name can be granted on.
resource "google_project_iam_member" "builder_copies" {
  project = var.project_id
  role    = "roles/storage.objectViewer"
  member  = google_service_account.builder.member

  condition {
    title       = "function-sources"
    description = "Only the buckets that Cloud Run functions builds from."
    expression = format(
      "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-%s-\")",
      var.project_number,
    )
  }
}
