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
      for pair in setproduct(["ingest", "retrain"], keys(local.portfolios)) :
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
