# What analysts read: a dataset of views and functions, which may read base
# tables where their readers may not: it is an authorised dataset of theirs.
# https://cloud.google.com/bigquery/docs/authorized-datasets

resource "google_bigquery_dataset" "this" {
  dataset_id                 = var.dataset_id
  project                    = var.project_id
  location                   = var.location
  description                = var.description
  labels                     = var.labels
  delete_contents_on_destroy = false

  dynamic "default_encryption_configuration" {
    for_each = var.kms_key[*]

    content {
      kms_key_name = default_encryption_configuration.value
    }
  }
}

resource "google_bigquery_dataset_access" "reader" {
  for_each = var.readers

  project        = var.project_id
  dataset_id     = google_bigquery_dataset.this.dataset_id
  role           = "roles/bigquery.dataViewer"
  group_by_email = one(flatten(regexall("^group:(.+)$", each.value)))
  user_by_email = one(flatten(
    regexall("^(?:user|serviceAccount):(.+)$", each.value)
  ))
}

resource "google_bigquery_dataset_access" "authorised" {
  for_each = var.reads

  project    = var.project_id
  dataset_id = each.value

  dataset {
    dataset {
      project_id = var.project_id
      dataset_id = google_bigquery_dataset.this.dataset_id
    }
    target_types = ["VIEWS"]
  }
}

# BigQuery checks a view's query when the view is made.
resource "google_bigquery_table" "view" {
  for_each = var.views

  dataset_id          = google_bigquery_dataset.this.dataset_id
  project             = var.project_id
  table_id            = each.key
  description         = each.value.description
  labels              = var.labels
  deletion_protection = var.deletion_protection

  view {
    query          = each.value.query
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_routine.this]
}

resource "google_bigquery_routine" "this" {
  for_each = var.routines

  dataset_id      = google_bigquery_dataset.this.dataset_id
  project         = var.project_id
  routine_id      = each.key
  description     = each.value.description
  routine_type    = "SCALAR_FUNCTION"
  language        = "SQL"
  definition_body = each.value.body
  return_type     = jsonencode({ typeKind = each.value.returns })

  dynamic "arguments" {
    for_each = each.value.arguments

    content {
      name      = arguments.value.name
      data_type = jsonencode({ typeKind = arguments.value.type })
    }
  }
}
