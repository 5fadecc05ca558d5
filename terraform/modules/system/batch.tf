# Shards of batches: pushed to batch-score, which has as long for one as
# Pub/Sub allows. What nobody can score is a dead letter; the others go on.

locals {
  batch_attempts = 10
}

module "push_shards" {
  source = "../push"

  project_id           = module.services.project_id
  kms_key              = local._data_key
  agent                = module.services.pubsub_agent
  persistence_regions  = var.persistence_regions
  name                 = "batch-shards-to-worker"
  name_prefix          = var.name_prefix
  topic_id             = module.messaging.shards_topic_id
  function_name        = "batch-score"
  function_uri         = module.function["batch-score"].uri
  ack_deadline_seconds = 600
  attempts             = local.batch_attempts
}
