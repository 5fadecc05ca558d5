# Alerts on their way to people: pushed to notify, which takes them to the
# targets that a secret lists.

module "push_alerts" {
  source = "../push"

  project_id           = module.services.project_id
  kms_key              = local._data_key
  agent                = module.services.pubsub_agent
  persistence_regions  = var.persistence_regions
  name                 = "alerts-to-notify"
  name_prefix          = var.name_prefix
  topic_id             = module.messaging.alerts_topic_id
  function_name        = "notify"
  function_uri         = module.function["notify"].uri
  ack_deadline_seconds = 60
}

# Addresses and keys of the targets. Terraform never sees them: whoever owns
# them adds a version, and the next instance of notify reads it.
resource "google_secret_manager_secret" "notify_targets" {
  secret_id = "${var.name_prefix}-notify-targets"
  project   = module.services.project_id
  labels    = { component = "messaging" }

  replication {
    user_managed {
      replicas {
        location = var.region

        dynamic "customer_managed_encryption" {
          for_each = local._functions_key[*]

          content {
            kms_key_name = customer_managed_encryption.value
          }
        }
      }
    }
  }
}

# The function starts before anybody has added a target, so the first version
# lists none.
resource "google_secret_manager_secret_version" "no_targets" {
  secret          = google_secret_manager_secret.notify_targets.id
  secret_data     = "[]"
  deletion_policy = "ABANDON"
}
