# Personal data carries its tag, and only that.

mock_provider "google" {}

variables {
  project_id  = "flit-test"
  location    = "US"
  dataset_id  = "flit"
  description = "Decisions."
  policy_tags = { identifier = "tags/i", content = "tags/c" }

  tables = {
    decisions = {
      description  = "Decisions."
      partition_by = "at"
      clustering   = ["id"]
      personal     = { who = "identifier" }
      schema       = <<-EOT
        [
          { "name": "id", "type": "STRING", "mode": "REQUIRED" },
          { "name": "who", "type": "STRING", "mode": "REQUIRED" },
          { "name": "at", "type": "TIMESTAMP", "mode": "REQUIRED" }
        ]
      EOT
    }
  }
}

run "tags_what_is_personal" {
  command = plan

  assert {
    condition = {
      for column in jsondecode(google_bigquery_table.this["decisions"].schema) :
      column.name => try(column.policyTags.names, null)
    } == { id = null, who = ["tags/i"], at = null }
    error_message = "The wrong columns are tagged."
  }

  assert {
    condition = [
      for column in jsondecode(google_bigquery_table.this["decisions"].schema) :
      column.name
    ] == ["id", "who", "at"]
    error_message = "Columns have changed places."
  }

  assert {
    condition = (
      google_bigquery_table.this["decisions"].require_partition_filter
      && google_bigquery_table.this["decisions"].deletion_protection
    )
    error_message = "The table can be read whole, or deleted."
  }
}

run "refuses_to_tag_what_is_not_there" {
  command = plan

  variables {
    tables = {
      decisions = {
        description  = "Decisions."
        partition_by = "at"
        clustering   = ["at"]
        personal     = { whom = "identifier" }
        schema       = "[{\"name\": \"at\", \"type\": \"TIMESTAMP\"}]"
      }
    }
  }

  expect_failures = [terraform_data.columns]
}
