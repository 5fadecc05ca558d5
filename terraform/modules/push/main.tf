# Messages of a topic, pushed to a function by an account that may do nothing
# else. What the function cannot take is tried again, ever more slowly, and in
# the end kept until a person has looked.

resource "google_pubsub_subscription" "this" {
  name                       = var.name
  project                    = var.project_id
  topic                      = var.topic_id
  labels                     = { component = "messaging" }
  ack_deadline_seconds       = var.ack_deadline_seconds
  message_retention_duration = "604800s"

  push_config {
    push_endpoint = var.function_uri

    # Cloud Run wants the service's address as audience, without a path.
    oidc_token {
      service_account_email = google_service_account.this.email
      audience              = var.function_uri
    }
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letter.id
    max_delivery_attempts = var.attempts
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  # Never: a quiet month must not delete it.
  expiration_policy {
    ttl = ""
  }
}

resource "google_service_account" "this" {
  account_id   = "${var.name_prefix}-push-${var.function_name}"
  project      = var.project_id
  display_name = "Pub/Sub to ${var.function_name}"
  description  = "Pushes messages to the function and may do nothing else."
}

resource "google_pubsub_topic" "dead_letter" {
  name         = "${var.name}-dead-letter"
  project      = var.project_id
  kms_key_name = var.kms_key
  labels       = { component = "messaging" }

  dynamic "message_storage_policy" {
    for_each = length(var.persistence_regions) > 0 ? ["regions"] : []

    content {
      allowed_persistence_regions = var.persistence_regions
    }
  }
}

resource "google_pubsub_subscription" "dead_letter" {
  name    = "${var.name}-dead-letter"
  project = var.project_id
  topic   = google_pubsub_topic.dead_letter.id
  labels  = { component = "messaging" }
  # As long as Pub/Sub allows.
  message_retention_duration = "2678400s"
  ack_deadline_seconds       = 600

  expiration_policy {
    ttl = ""
  }
}

# What Pub/Sub's own identity must be allowed: to move an undeliverable
# message, which takes both ends, and to sign in as the account that pushes.

resource "google_pubsub_topic_iam_member" "dead_letter" {
  project = var.project_id
  topic   = google_pubsub_topic.dead_letter.name
  role    = "roles/pubsub.publisher"
  member  = var.agent
}

resource "google_pubsub_subscription_iam_member" "dead_letter" {
  project      = var.project_id
  subscription = google_pubsub_subscription.this.name
  role         = "roles/pubsub.subscriber"
  member       = var.agent
}

resource "google_service_account_iam_member" "signs_in" {
  service_account_id = google_service_account.this.name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = var.agent
}
