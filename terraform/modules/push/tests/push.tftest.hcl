# No message is lost on its way to a function, and nobody else is let in.

mock_provider "google" {}

variables {
  ack_deadline_seconds = 60
  agent                = "serviceAccount:agent@flit-test.iam.gserviceaccount.com"
  function_name        = "notify"
  function_uri         = "https://notify.example.com"
  name                 = "alerts-to-notify"
  name_prefix          = "flit"
  project_id           = "flit-test"
  topic_id             = "projects/flit-test/topics/alerts"
}

run "signs_in_as_an_account_of_its_own" {
  command = apply

  assert {
    condition = (
      google_pubsub_subscription.this.push_config[0].oidc_token[0].audience
      == "https://notify.example.com"
      && google_service_account.this.account_id == "flit-push-notify"
    )
    error_message = "The function cannot tell who pushes."
  }
}

run "keeps_what_cannot_be_delivered" {
  command = apply

  assert {
    condition = (
      google_pubsub_subscription.this.dead_letter_policy[0].dead_letter_topic
      == google_pubsub_topic.dead_letter.id
      && google_pubsub_subscription.dead_letter.topic
      == google_pubsub_topic.dead_letter.id
    )
    error_message = "Dead letters go nowhere, or are read by nobody."
  }

  assert {
    condition = alltrue([
      for subscription in [
        google_pubsub_subscription.this,
        google_pubsub_subscription.dead_letter,
      ] : subscription.expiration_policy[0].ttl == ""
    ])
    error_message = "A quiet month would delete it."
  }

  assert {
    condition = [
      google_pubsub_topic_iam_member.dead_letter.role,
      google_pubsub_subscription_iam_member.dead_letter.role,
      google_service_account_iam_member.signs_in.role,
      ] == [
      "roles/pubsub.publisher",
      "roles/pubsub.subscriber",
      "roles/iam.serviceAccountOpenIdTokenCreator",
    ]
    error_message = "Pub/Sub may not do what it takes, or more."
  }
}

run "refuses_fewer_attempts_than_pubsub_takes" {
  command = plan

  variables {
    attempts = 1
  }

  expect_failures = [var.attempts]
}
