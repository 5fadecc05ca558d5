# Who writes versions of models, or events of the journal, says until when they
# stay, and can't take that back: predefined roles with the one permission
# (storage.admin, storage.objectAdmin) have overrideUnlockedRetention too.

resource "google_project_iam_custom_role" "retainer" {
  project     = module.services.project_id
  role_id     = "${var.name_prefix}_retainer"
  title       = "Retains objects"
  description = "Sets, and makes longer, the retention of objects."
  permissions = ["storage.objects.setRetention"]
}

resource "google_storage_bucket_iam_member" "retrain_retains" {
  bucket = local._buckets["models"]
  role   = google_project_iam_custom_role.retainer.name
  member = module.function["retrain"].member
}

resource "google_storage_bucket_iam_member" "registrar_retains" {
  for_each = local._registrars

  bucket = local._buckets["models"]
  role   = google_project_iam_custom_role.retainer.name
  member = each.value

  condition {
    title       = "journal"
    description = "The events of portfolios."
    expression  = local._journal
  }
}
