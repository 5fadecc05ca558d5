# Decisions on their way into the warehouse: a topic, and a subscription by
# which Pub/Sub itself writes each event to a table.

locals {
  # Where data may rest: the regions of the topic, if any are named.
  _regions        = var.persistence_regions
  _storage_policy = length(local._regions) > 0 ? [local._regions] : []
}

resource "google_pubsub_topic" "decisions" {
  name         = "decisions"
  project      = var.project_id
  kms_key_name = var.kms_key
  labels       = { component = "messaging" }
  # What a mended subscription can be set back to.
  message_retention_duration = "${var.retention_days * 86400}s"

  schema_settings {
    schema = google_pubsub_schema.decisions.id
    # All that a subscription with the table's schema allows.
    encoding = "JSON"
  }

  dynamic "message_storage_policy" {
    for_each = local._storage_policy

    content {
      allowed_persistence_regions = message_storage_policy.value
    }
  }
}

resource "google_pubsub_subscription" "warehouse" {
  name                       = "decisions-to-bigquery"
  project                    = var.project_id
  topic                      = google_pubsub_topic.decisions.id
  labels                     = { component = "messaging" }
  message_retention_duration = "${var.retention_days * 86400}s"

  # Columns come from the table, and what tells copies of an event apart from
  # the message; a field that it lacks is dropped, so that a
  # newer function never blocks the backlog.
  bigquery_config {
    table = join(".", [
      var.project_id, var.table.dataset_id, var.table.table_id,
    ])
    use_table_schema    = true
    write_metadata      = true
    drop_unknown_fields = true
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letter.id
    max_delivery_attempts = 10
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  # Never: a quiet month must not delete it.
  expiration_policy {
    ttl = ""
  }

  # Pub/Sub checks that it may write when the subscription is made.
  depends_on = [google_bigquery_table_iam_member.writer]
}
