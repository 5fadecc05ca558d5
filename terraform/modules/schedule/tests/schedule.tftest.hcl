# Nobody calls a function without saying who it is.

mock_provider "google" {}

variables {
  project_id  = "flit-test"
  region      = "us-central1"
  name_prefix = "flit"

  jobs = {
    ingest-bnpl = {
      body         = "{\"portfolio\":\"bnpl\"}"
      description  = "Yesterday's records."
      function_uri = "https://flit-ingest-x.a.run.app"
      schedule     = "15 1 * * *"
    }
    probe-score = {
      description  = "Whether score is ready."
      function_uri = "https://flit-score-x.a.run.app"
      path         = "/ready"
      schedule     = "* * * * *"
    }
  }
}

run "authenticates_every_call" {
  command = apply

  assert {
    condition = alltrue([
      for name, job in google_cloud_scheduler_job.this :
      length(job.http_target[0].oidc_token) == 1
      && job.http_target[0].oidc_token[0].service_account_email
      == google_service_account.this.email
    ])
    error_message = "A job calls without a token, or as somebody else."
  }

  assert {
    condition = alltrue([
      for name, job in google_cloud_scheduler_job.this :
      job.http_target[0].oidc_token[0].audience
      == var.jobs[name].function_uri
    ])
    error_message = "A token's audience is not the service's address."
  }
}

run "asks_by_GET_and_tells_by_POST" {
  command = plan

  assert {
    condition = (
      google_cloud_scheduler_job.this["probe-score"].http_target[0].http_method
      == "GET"
      && google_cloud_scheduler_job.this["ingest-bnpl"].http_target[0].http_method
      == "POST"
    )
    error_message = "A probe tells, or a job asks."
  }
}
