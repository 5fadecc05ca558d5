# One dataset and the tables that the functions expect in it. What they make
# themselves (staging, snapshots, predictions, models) is not here.

resource "google_bigquery_dataset" "this" {
  dataset_id                 = var.dataset_id
  project                    = var.project_id
  location                   = var.location
  description                = var.description
  labels                     = var.labels
  delete_contents_on_destroy = false
  max_time_travel_hours      = 168
}

resource "google_bigquery_table" "this" {
  for_each = var.tables

  dataset_id          = google_bigquery_dataset.this.dataset_id
  project             = var.project_id
  table_id            = each.key
  description         = each.value.description
  schema              = each.value.schema
  clustering          = each.value.clustering
  labels              = var.labels
  deletion_protection = var.deletion_protection

  time_partitioning {
    type  = "DAY"
    field = each.value.partition_by
    expiration_ms = (
      each.value.expire_after_days == null
      ? null
      : each.value.expire_after_days * 86400000
    )
  }
}
