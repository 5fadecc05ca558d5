# Events that the table would not take, kept until a person has looked.

resource "google_pubsub_topic" "dead_letter" {
  name         = "decisions-dead-letter"
  project      = var.project_id
  kms_key_name = var.kms_key
  labels       = { component = "messaging" }

  dynamic "message_storage_policy" {
    for_each = local._storage_policy

    content {
      allowed_persistence_regions = message_storage_policy.value
    }
  }
}

resource "google_pubsub_subscription" "dead_letter" {
  name    = "decisions-dead-letter"
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
