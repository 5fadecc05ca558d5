# What holds for every function, whatever it is asked to be.

mock_provider "archive" {}
mock_provider "google" {}

variables {
  name             = "score"
  name_prefix      = "flit"
  project_id       = "flit-test"
  region           = "us-central1"
  description      = "Decides."
  source_directory = "build"
  max_instances    = 3
  timeout_seconds  = 10
  environment      = { NODE_ENV = "production" }
  invokers         = { clock = "serviceAccount:clock@flit-test.iam.gserviceaccount.com" }
  grants           = { project = ["roles/bigquery.jobUser"] }
  build = {
    builder        = "projects/flit-test/serviceAccounts/builder"
    repository     = "projects/flit-test/locations/us-central1/repositories/f"
    sources_bucket = "sources"
  }
}

run "is_closed_unless_told_otherwise" {
  command = plan

  assert {
    condition = (
      google_cloudfunctions2_function.this.service_config[0].ingress_settings
      == "ALLOW_INTERNAL_ONLY"
    )
    error_message = "Ingress is open."
  }

  assert {
    condition     = google_service_account.this.account_id == "flit-score"
    error_message = "It has no account of its own."
  }

  assert {
    condition = alltrue([
      for grant in google_cloud_run_v2_service_iam_member.invoker :
      grant.role == "roles/run.invoker" && startswith(grant.member, "serviceAccount:")
    ])
    error_message = "Somebody else may call it."
  }
}

run "refuses_everyone" {
  command = plan

  variables {
    invokers = { everyone = "allUsers" }
  }

  expect_failures = [var.invokers]
}

run "refuses_open_ingress" {
  command = plan

  variables {
    ingress = "ALLOW_ALL"
  }

  expect_failures = [var.ingress]
}

run "refuses_basic_roles" {
  command = plan

  variables {
    grants = { project = ["roles/editor"] }
  }

  expect_failures = [var.grants]
}

run "refuses_a_name_that_no_account_can_have" {
  command = plan

  variables {
    name = "a-name-of-more-than-twenty"
  }

  expect_failures = [var.name]
}
