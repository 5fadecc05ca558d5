# The whole system out of its parts. What differs between environments is a
# variable; portfolios, functions and schedules have files of their own.

module "services" {
  source = "../services"

  project_id = var.project_id
}

module "storage" {
  source = "../storage"

  project_id  = module.services.project_id
  kms_key     = local._data_key
  location    = var.location
  name_prefix = "${var.project_id}-${var.name_prefix}"

  buckets = {
    # Versions and the journal are never changed, deployment.json is: a policy
    # on the bucket would hold that too. Each object says for itself whether it
    # stays (retention.tf); what else is overwritten or deleted by mistake is
    # brought back from its older version.
    models = {
      keep_versions_days = var.models_versions_days
      object_retention   = true
      soft_delete_days   = 30
    }
    landing = { delete_after_days = var.landing_retention_days }
    # Of a run that is done everything is in the warehouse; until then it is
    # resumed by these.
    batches = { delete_after_days = var.batch_files_retention_days }
    # As long as a caller's Idempotency-Key holds. They are personal data:
    # what the lifecycle has deleted is beyond recall after two weeks.
    decisions = {
      delete_after_days  = var.keyed_decisions_retention_days
      keep_versions_days = 7
      soft_delete_days   = 7
    }
    # What was last said of every breach; written by each run that finds one.
    alerts  = {}
    sources = {}
  }
}

module "builder" {
  source = "../builder"

  project_id     = module.services.project_id
  kms_key        = local._functions_key
  project_number = module.services.project_number
  region         = var.region
  name_prefix    = var.name_prefix
  sources_bucket = module.storage.names["sources"]
}

module "messaging" {
  source = "../messaging"

  project_id          = module.services.project_id
  kms_key             = local._data_key
  agent               = module.services.pubsub_agent
  persistence_regions = var.persistence_regions
  table = {
    columns    = jsondecode(file("${local._tables}/decisions.json"))
    dataset_id = module.warehouse.dataset_id
    table_id   = module.warehouse.table_ids["decisions"]
  }
}

module "edge" {
  source = "../edge"
  count  = var.edge == null ? 0 : 1

  project_id          = module.services.project_id
  region              = var.region
  name_prefix         = var.name_prefix
  domain              = var.edge.domain
  requests_per_minute = var.edge.requests_per_minute
  service_name        = module.function["score"].name
}

module "delivery" {
  source = "../delivery"

  project_id   = module.services.project_id
  kms_key      = local._data_key
  region       = var.region
  location     = var.location
  name_prefix  = var.name_prefix
  environment  = var.environment
  bucket_name  = "${var.project_id}-${var.name_prefix}-deliveries"
  state_bucket = var.state_bucket
  trigger      = var.trigger
  accounts = merge(
    {
      builder     = module.builder.account
      push_alerts = module.push_alerts.account
      push_shards = module.push_shards.account
      scheduler   = module.schedule.account
    },
    { for name, function in module.function : name => function.account },
  )
  access_logs     = module.storage.access_logs
  scheduler_email = module.schedule.email
  score_service   = module.function["score"].name
}

module "monitoring" {
  source = "../monitoring"

  project_id               = module.services.project_id
  project_number           = module.services.project_number
  name_prefix              = var.name_prefix
  alert_emails             = var.alert_emails
  notification_channels    = var.notification_channels
  score_service            = module.function["score"].name
  jobs                     = local._silent_for
  warehouse_subscription   = module.messaging.warehouse_subscription
  dead_letter_subscription = module.messaging.dead_letter_subscription
  undelivered_alerts       = module.push_alerts.dead_letter_subscription
  unscored_shards          = module.push_shards.dead_letter_subscription
  domain                   = var.edge == null ? null : var.edge.domain
  budget                   = var.budget
}
