# What Pub/Sub's own identity must be allowed: to write the table, and to move
# an undeliverable event, which takes both ends.

resource "google_bigquery_table_iam_member" "writer" {
  project    = var.project_id
  dataset_id = var.table.dataset_id
  table_id   = var.table.table_id
  role       = "roles/bigquery.dataEditor"
  member     = var.agent
}

resource "google_pubsub_topic_iam_member" "dead_letter" {
  project = var.project_id
  topic   = google_pubsub_topic.dead_letter.name
  role    = "roles/pubsub.publisher"
  member  = var.agent
}

resource "google_pubsub_subscription_iam_member" "dead_letter" {
  project      = var.project_id
  subscription = google_pubsub_subscription.warehouse.name
  role         = "roles/pubsub.subscriber"
  member       = var.agent
}
