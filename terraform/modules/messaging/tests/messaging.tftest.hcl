# No decision is lost on its way: what cannot be delivered is kept, and Pub/Sub
# may do what that takes.

mock_provider "google" {}

variables {
  project_id = "flit-test"
  agent      = "serviceAccount:agent@flit-test.iam.gserviceaccount.com"
  table      = { dataset_id = "flit", table_id = "decisions" }
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
