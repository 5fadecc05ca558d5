# Readers read views; what the views read is said.

mock_provider "google" {}

variables {
  project_id  = "flit-test"
  location    = "US"
  dataset_id  = "flit_views"
  description = "Views."
  readers     = { risk = "group:risk@example.com" }
  reads       = { common = "flit" }
  views       = { decisions = { description = "d", query = "SELECT 1 AS a" } }
  routines = {
    half = {
      arguments   = [{ name = "x", type = "FLOAT64" }]
      body        = "x / 2"
      description = "Half of it."
      returns     = "FLOAT64"
    }
  }
}

run "lets_views_read_and_people_read_views" {
  command = plan

  assert {
    condition = (
      google_bigquery_dataset_access.reader["risk"].dataset_id == "flit_views"
      && google_bigquery_dataset_access.reader["risk"].group_by_email
      == "risk@example.com"
    )
    error_message = "The reader reads something else."
  }

  assert {
    condition = (
      google_bigquery_dataset_access.authorised["common"].dataset_id == "flit"
      && google_bigquery_dataset_access.authorised["common"].dataset[0].target_types[0]
      == "VIEWS"
    )
    error_message = "The views may not read what they show."
  }

  assert {
    condition = (
      jsondecode(google_bigquery_routine.this["half"].return_type).typeKind
      == "FLOAT64"
    )
    error_message = "The function gives another type."
  }
}

run "refuses_everyone" {
  command = plan

  variables {
    readers = { everyone = "allAuthenticatedUsers" }
  }

  expect_failures = [var.readers]
}
