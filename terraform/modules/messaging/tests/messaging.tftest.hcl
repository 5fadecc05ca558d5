# No decision is lost on its way: what cannot be delivered is kept, and Pub/Sub
# may do what that takes.

mock_provider "google" {}

variables {
  project_id = "flit-test"
  agent      = "serviceAccount:agent@flit-test.iam.gserviceaccount.com"
  table = {
    dataset_id = "flit"
    table_id   = "decisions"
    columns = [
      { name = "decision_id", type = "STRING", mode = "REQUIRED" },
      { name = "decided_at", type = "TIMESTAMP", mode = "REQUIRED" },
      { name = "tried", type = "INT64", mode = "REQUIRED" },
      { name = "pd", type = "FLOAT64", mode = "NULLABLE" },
      { name = "scores", type = "RECORD", mode = "REPEATED" },
    ]
  }
}

run "holds_events_to_what_the_table_demands_and_no_more" {
  command = apply

  assert {
    condition = (
      google_pubsub_topic.decisions.schema_settings[0].schema
      == google_pubsub_schema.decisions.id
    )
    error_message = "The topic has another schema."
  }

  assert {
    condition     = google_pubsub_topic.decisions.schema_settings[0].encoding == "JSON"
    error_message = "A subscription with the table's schema reads JSON alone."
  }

  assert {
    condition = jsondecode(google_pubsub_schema.decisions.definition).fields == [
      { name = "decision_id", type = "string" },
      { name = "decided_at", type = "string" },
      { name = "tried", type = "long" },
    ]
    error_message = "It demands something else than the table does."
  }
}

run "refuses_a_type_that_no_event_writes" {
  command = plan

  variables {
    table = {
      dataset_id = "flit"
      table_id   = "decisions"
      columns    = [{ name = "place", type = "GEOGRAPHY", mode = "REQUIRED" }]
    }
  }

  expect_failures = [var.table]
}

run "writes_the_table_and_keeps_what_it_refuses" {
  command = apply

  assert {
    condition = (
      google_pubsub_subscription.warehouse.bigquery_config[0].table
      == "flit-test.flit.decisions"
    )
    error_message = "It writes to another table."
  }

  assert {
    condition = (
      google_pubsub_subscription.warehouse.dead_letter_policy[0].dead_letter_topic
      == google_pubsub_topic.dead_letter.id
    )
    error_message = "It has no dead letters."
  }

  assert {
    condition = (
      google_pubsub_subscription.dead_letter.topic
      == google_pubsub_topic.dead_letter.id
    )
    error_message = "Nobody keeps the dead letters."
  }

  assert {
    condition = alltrue([
      for subscription in [
        google_pubsub_subscription.warehouse,
        google_pubsub_subscription.dead_letter,
      ] : subscription.expiration_policy[0].ttl == ""
    ])
    error_message = "A quiet month deletes a subscription."
  }
}

run "lets_the_agent_do_it" {
  command = apply

  assert {
    condition = alltrue([
      google_bigquery_table_iam_member.writer.role == "roles/bigquery.dataEditor",
      google_pubsub_topic_iam_member.dead_letter.role == "roles/pubsub.publisher",
      google_pubsub_subscription_iam_member.dead_letter.role
      == "roles/pubsub.subscriber",
    ])
    error_message = "The agent lacks a role."
  }

  assert {
    condition = alltrue([
      for grant in [
        google_bigquery_table_iam_member.writer,
        google_pubsub_topic_iam_member.dead_letter,
        google_pubsub_subscription_iam_member.dead_letter,
      ] : grant.member == var.agent
    ])
    error_message = "Somebody else has the agent's roles."
  }
}

run "refuses_a_retention_that_pubsub_lacks" {
  command = plan

  variables {
    retention_days = 32
  }

  expect_failures = [var.retention_days]
}
