# Shards of batches on their way to workers, a message each.

resource "google_pubsub_topic" "shards" {
  name         = "batch-shards"
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
