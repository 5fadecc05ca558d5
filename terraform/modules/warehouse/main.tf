# One dataset and the tables that the functions expect in it. What they make
# themselves (staging, snapshots, predictions, models) is not here.
#
# Who may do what with a dataset is said by google_bigquery_dataset_access
# alone, here and elsewhere: google_bigquery_dataset_iam_* on the same dataset
# would take the views' authorisation away.

resource "google_bigquery_dataset" "this" {
  dataset_id                 = var.dataset_id
  project                    = var.project_id
  location                   = var.location
  description                = var.description
  labels                     = var.labels
  delete_contents_on_destroy = false
  max_time_travel_hours      = 168

  dynamic "default_encryption_configuration" {
    for_each = var.kms_key[*]

    content {
      kms_key_name = default_encryption_configuration.value
    }
  }
}

locals {
  # A column of personal data carries the tag of its kind.
  _schemas = {
    for name, table in var.tables : name => jsonencode([
      for column in jsondecode(table.schema) : merge(column, {
        for kind in compact([lookup(table.personal, column.name, "")]) :
        "policyTags" => { names = [var.policy_tags[kind]] }
      })
    ])
  }
}

resource "google_bigquery_table" "this" {
  for_each = var.tables

  dataset_id          = google_bigquery_dataset.this.dataset_id
  project             = var.project_id
  table_id            = each.key
  description         = each.value.description
  schema              = local._schemas[each.key]
  clustering          = each.value.clustering
  labels              = var.labels
  deletion_protection = var.deletion_protection

  # A query that would read years by mistake is refused instead.
  require_partition_filter = true

  time_partitioning {
    type  = "DAY"
    field = each.value.partition_by
    expiration_ms = (
      each.value.expire_after_days == null
      ? null
      : each.value.expire_after_days * 86400000
    )
  }

  dynamic "encryption_configuration" {
    for_each = var.kms_key[*]

    content {
      kms_key_name = encryption_configuration.value
    }
  }
}

# The columns as they were asked for, to be held against sql/: the ones above
# are known only after the tags are.
resource "terraform_data" "columns" {
  for_each = var.tables

  input = each.value.schema

  lifecycle {
    precondition {
      condition = alltrue([
        for column in keys(each.value.personal) : contains(
          [for known in jsondecode(each.value.schema) : known.name], column
        )
      ])
      error_message = join(" ", [
        "The table ${each.key} has no column of one of these names:",
        join(", ", keys(each.value.personal)),
      ])
    }
  }
}
