# Who read and wrote which object. A bucket must not log to itself.

resource "google_storage_bucket" "access_logs" {
  name                        = "${var.name_prefix}-access-logs"
  project                     = var.project_id
  location                    = var.location
  labels                      = { component = "storage" }
  force_destroy               = false
  public_access_prevention    = "enforced"
  uniform_bucket_level_access = true

  versioning {
    enabled = true
  }

  dynamic "encryption" {
    for_each = var.kms_key[*]

    content {
      default_kms_key_name = encryption.value
    }
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age        = var.access_logs_days
      with_state = "ANY"
    }
  }
}

# The group by which Cloud Storage delivers its logs:
# https://cloud.google.com/storage/docs/access-logs
resource "google_storage_bucket_iam_member" "access_logs" {
  bucket = google_storage_bucket.access_logs.name
  role   = "roles/storage.objectCreator"
  member = "group:cloud-storage-analytics@google.com"
}
