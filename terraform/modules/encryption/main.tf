# Keys that somebody else made and owns, and leave to use them for the
# identities that Google's services act as. A key that is taken away takes the
# data with it: that is what it is for.
# https://cloud.google.com/kms/docs/compatible-services

data "google_bigquery_default_service_account" "this" {
  project = var.project_id
}

data "google_storage_project_service_account" "this" {
  project = var.project_id
}

# Only the beta provider has this resource.
resource "google_project_service_identity" "this" {
  provider = google-beta
  for_each = toset([
    "artifactregistry.googleapis.com",
    "cloudfunctions.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
  ])

  project = var.project_id
  service = each.value
}

locals {
  _agents = {
    data = {
      bigquery = data.google_bigquery_default_service_account.this.member
      pubsub   = var.pubsub_agent
      storage  = data.google_storage_project_service_account.this.member
    }
    # Sources are copied to buckets of the service's own.
    functions = merge(
      {
        for service, identity in google_project_service_identity.this :
        service => identity.member
      },
      { storage = data.google_storage_project_service_account.this.member },
    )
  }

  _uses = merge([
    for key, agents in local._agents : {
      for agent, member in agents :
      "${key} ${agent}" => { key = var.keys[key], member = member }
    }
  ]...)
}

resource "google_kms_crypto_key_iam_member" "agent" {
  for_each = local._uses

  crypto_key_id = each.value.key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value.member
}
