# What an environment may not ask for.

mock_provider "archive" {}
mock_provider "google" {}
mock_provider "google-beta" {}
mock_provider "time" {}

variables {
  environment     = "test"
  project_id      = "flit-test"
  state_bucket    = "flit-test-state"
  build_directory = "build"
  source_url      = "https://source.example.com"
  alert_emails    = { oncall = "oncall@example.com" }
}

run "schedules_every_job_and_keeps_score_inside" {
  command = plan

  assert {
    condition = alltrue([
      for pair in setproduct(["drift", "ingest", "retrain"], keys(local.portfolios)) :
      contains(output.job_names, join("-", pair))
    ])
    error_message = "A portfolio lacks a job."
  }

  assert {
    condition     = contains(output.job_names, "probe-score")
    error_message = "Nobody asks whether score is ready."
  }

  assert {
    condition     = local.functions.score.ingress == "ALLOW_INTERNAL_ONLY"
    error_message = "Without an edge, score is called from inside alone."
  }

  assert {
    condition     = output.edge_address == null
    error_message = "There is an edge that nobody asked for."
  }
}

run "scores_in_bulk_by_the_clock" {
  command = plan

  variables {
    batch_jobs = {
      nightly = {
        portfolio = "bnpl"
        request   = jsonencode({ source = { table = "applications", last_days = 1 } })
        schedule  = "0 4 * * *"
      }
      uploads = {
        portfolio = "bnpl"
        request   = jsonencode({ explain = true, source = { uri = "gs://in/a.csv" } })
        schedule  = "0 5 * * *"
      }
    }
  }

  assert {
    condition = jsondecode(local.jobs["batch-plan-nightly"].body) == {
      portfolio = "bnpl"
      source    = { table = "applications", last_days = 1 }
    }
    error_message = "Another batch is asked for."
  }
}

run "shows_readers_what_is_theirs" {
  command = plan

  variables {
    analysts              = { bnpl = ["group:bnpl-risk@example.com"] }
    auditors              = ["group:audit@example.com"]
    personal_data_readers = ["group:privacy@example.com"]
  }

  assert {
    condition = {
      for id, policy in google_bigquery_row_access_policy.decisions :
      id => policy.filter_predicate
    } == { bnpl_analysts = "portfolio = 'bnpl'", see_all = "TRUE" }
    error_message = "An analyst sees another portfolio, or an auditor does not."
  }

  assert {
    condition = local._masked_readers == toset([
      "group:audit@example.com", "group:bnpl-risk@example.com",
    ])
    error_message = "A mask is missing."
  }
}

run "puts_the_edge_in_front_of_score" {
  command = plan

  variables {
    edge = { domain = "credit.example.com" }
  }

  assert {
    condition     = local.functions.score.ingress == "ALLOW_INTERNAL_AND_GCLB"
    error_message = "The load balancer does not reach score."
  }

  assert {
    condition     = length(module.edge) == 1
    error_message = "There is no edge."
  }
}

run "retains_what_is_never_changed" {
  command = plan

  variables {
    bundle_retention_days = 400
    registrars            = ["user:ada@example.com"]
  }

  assert {
    condition     = local.functions.retrain.environment.BUNDLE_RETENTION_DAYS == "400"
    error_message = "Retraining retains for another time than it was asked for."
  }

  assert {
    condition = google_project_iam_custom_role.retainer.permissions == toset([
      "storage.objects.setRetention",
    ])
    error_message = "Who retains may do more than that."
  }

  assert {
    condition = {
      for member, grant in google_storage_bucket_iam_member.registrar_retains :
      member => grant.condition[0].expression
    } == { "user:ada@example.com" = local._journal }
    error_message = "A registrar retains more than the journal, or not that."
  }
}

run "refuses_to_retain_for_part_of_a_day" {
  command = plan

  variables {
    bundle_retention_days = 0.5
  }

  expect_failures = [var.bundle_retention_days]
}

run "refuses_to_forget_decisions_before_25_months" {
  command = plan

  variables {
    decisions_retention_days = 730
  }

  expect_failures = [var.decisions_retention_days]
}

run "refuses_to_fetch_personal_data_in_the_clear" {
  command = plan

  variables {
    source_url = "http://source.example.com"
  }

  expect_failures = [var.source_url]
}

run "refuses_to_let_everyone_ask_for_decisions" {
  command = plan

  variables {
    score_invokers = { everyone = "allUsers" }
  }

  expect_failures = [var.score_invokers]
}

run "refuses_analysts_of_what_is_no_portfolio" {
  command = plan

  variables {
    analysts = { mortgages = ["group:mortgages@example.com"] }
  }

  expect_failures = [terraform_data.analysts]
}
