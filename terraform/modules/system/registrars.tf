# People who change what serves: npm run registry. They write deployments and
# the journal of them; versions of models they can read.

locals {
  _registrars = toset(var.registrars)

  # An object's name as IAM knows it. Versions are in other folders.
  _journal = join(" != ", [
    "resource.name.extract('/objects/models/{portfolio}/events/')", "''",
  ])
  _registry_objects = join(" || ", [
    "resource.name.endsWith('/deployment.json')",
    local._journal,
  ])
}

resource "google_storage_bucket_iam_member" "registrar_reads" {
  for_each = local._registrars

  bucket = local._buckets["models"]
  role   = "roles/storage.objectViewer"
  member = each.value
}

resource "google_storage_bucket_iam_member" "registrar_writes" {
  for_each = local._registrars

  bucket = local._buckets["models"]
  role   = "roles/storage.objectUser"
  member = each.value

  condition {
    title       = "registry"
    description = "deployment.json and the events of portfolios."
    expression  = local._registry_objects
  }
}

resource "google_bigquery_table_iam_member" "registrar" {
  for_each = local._registrars

  project    = module.services.project_id
  dataset_id = module.warehouse.dataset_id
  table_id   = module.warehouse.table_ids["registry_events"]
  role       = "roles/bigquery.dataEditor"
  member     = each.value
}

# A query is a job of the project that pays for it. Readers have it anyway.
resource "google_project_iam_member" "registrar_jobs" {
  for_each = setsubtract(local._registrars, local._everybody)

  project = module.services.project_id
  role    = "roles/bigquery.jobUser"
  member  = each.value
}
