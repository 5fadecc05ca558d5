# The account that the function runs as, and all that it may do.

resource "google_service_account" "this" {
  account_id   = "${var.name_prefix}-${var.name}"
  project      = var.project_id
  display_name = "Function ${var.name}"
  description  = "Runs the function ${var.name} and nothing else."
}

resource "google_project_iam_member" "this" {
  for_each = var.grants.project

  project = var.project_id
  role    = each.value
  member  = google_service_account.this.member
}

# Not google_bigquery_dataset_iam_member: see modules/warehouse.
resource "google_bigquery_dataset_access" "this" {
  for_each = var.grants.datasets

  project       = var.project_id
  dataset_id    = each.key
  role          = each.value
  user_by_email = google_service_account.this.email
}

resource "google_bigquery_table_iam_member" "this" {
  for_each = var.grants.tables

  project    = var.project_id
  dataset_id = split(".", each.key)[0]
  table_id   = split(".", each.key)[1]
  role       = each.value
  member     = google_service_account.this.member
}

resource "google_storage_bucket_iam_member" "this" {
  for_each = var.grants.buckets

  bucket = each.key
  role   = each.value
  member = google_service_account.this.member
}

resource "google_pubsub_topic_iam_member" "this" {
  for_each = var.grants.topics

  project = var.project_id
  topic   = each.key
  role    = each.value
  member  = google_service_account.this.member
}

resource "google_data_catalog_policy_tag_iam_member" "this" {
  for_each = var.grants.policy_tags

  policy_tag = each.value
  role       = "roles/datacatalog.categoryFineGrainedReader"
  member     = google_service_account.this.member
}

resource "google_secret_manager_secret_iam_member" "this" {
  for_each = var.secrets

  project   = var.project_id
  secret_id = each.value
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.this.member
}
