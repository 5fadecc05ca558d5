# Alerts on their way to whoever is to hear of them. Whoever else wants to hear
# subscribes too, and filters by the attributes portfolio, kind, severity and
# state.

resource "google_pubsub_topic" "alerts" {
  name         = "alerts"
  project      = var.project_id
  kms_key_name = var.kms_key
  labels       = { component = "messaging" }
  # What a mended subscription can be set back to.
  message_retention_duration = "${var.retention_days * 86400}s"

  dynamic "message_storage_policy" {
    for_each = local._storage_policy

    content {
      allowed_persistence_regions = message_storage_policy.value
    }
  }
}
