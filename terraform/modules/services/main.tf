# The APIs that the system uses, and the identities by which Google's own
# services act in the project.

data "google_project" "this" {
  project_id = var.project_id
}

resource "google_project_service" "this" {
  for_each = var.services

  project            = var.project_id
  service            = each.value
  disable_on_destroy = false
}

# Made at once rather than by first use, so that it can be granted roles.
# Only the beta provider has this resource.
resource "google_project_service_identity" "pubsub" {
  provider = google-beta

  project = var.project_id
  service = google_project_service.this["pubsub.googleapis.com"].service
}
