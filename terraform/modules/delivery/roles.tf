# What it takes to make everything here, and no basic role. It may grant on the
# project only what this configuration grants to others: not its own roles.

locals {
  _roles = toset([
    "roles/artifactregistry.admin",
    "roles/bigquery.dataOwner",
    "roles/bigquerydatapolicy.admin",
    "roles/cloudbuild.builds.editor",
    "roles/cloudbuild.connectionViewer",
    "roles/cloudfunctions.admin",
    "roles/cloudscheduler.admin",
    "roles/compute.loadBalancerAdmin",
    "roles/compute.securityAdmin",
    "roles/datacatalog.categoryAdmin",
    # Defines the role of who retains; to grant it on the project it may not.
    "roles/iam.roleAdmin",
    "roles/iam.serviceAccountAdmin",
    "roles/logging.configWriter",
    "roles/logging.logWriter",
    # The rollout asks the log whether a new revision fails.
    "roles/logging.viewer",
    "roles/monitoring.editor",
    "roles/pubsub.admin",
    "roles/run.admin",
    "roles/secretmanager.admin",
    "roles/serviceusage.serviceUsageAdmin",
    "roles/storage.admin",
  ])

  _grantable = [
    "roles/bigquery.jobUser",
    "roles/cloudscheduler.jobRunner",
    "roles/cloudscheduler.viewer",
    "roles/logging.logWriter",
    "roles/storage.objectViewer",
  ]
}

resource "google_project_iam_member" "this" {
  for_each = local._roles

  project = var.project_id
  role    = each.value
  member  = google_service_account.this.member
}

resource "google_project_iam_member" "grants" {
  project = var.project_id
  role    = "roles/resourcemanager.projectIamAdmin"
  member  = google_service_account.this.member

  condition {
    title       = "roles-of-functions"
    description = "Only roles that functions and their builder have."
    expression = format(
      "api.getAttribute(%q, []).hasOnly([%s])",
      "iam.googleapis.com/modifiedGrantsByRole",
      join(", ", [for role in local._grantable : format("%q", role)]),
    )
  }
}

# To deploy a function or a job as an account, one must be let act as it: on
# each of these accounts, not on all of the project's.
resource "google_service_account_iam_member" "acts_as" {
  for_each = merge(
    var.accounts,
    # Its own, for the trigger that it maintains runs as it.
    { delivery = google_service_account.this.name },
  )

  service_account_id = each.value
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.this.member
}

resource "google_storage_bucket_iam_member" "state" {
  bucket = var.state_bucket
  role   = "roles/storage.objectUser"
  member = google_service_account.this.member
}
