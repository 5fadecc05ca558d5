# The functions: each with its size, its environment, what it may do and who
# may call it. Another function is another entry, named as its folder.

locals {
  _buckets   = module.storage.names
  _decisions = module.messaging.decisions_topic

  _common = {
    GOOGLE_CLOUD_PROJECT = var.project_id
    NODE_ENV             = "production"
    SQL_DIRECTORY        = "sql"
  }

  # Spans of the decisions go where somebody collects them.
  _collector = var.otlp_endpoint == null ? {} : {
    OTEL_EXPORTER_OTLP_ENDPOINT = var.otlp_endpoint
  }

  # Jobs work in the datasets of all portfolios: they make and drop tables and
  # models there, and run as queries of the project.
  _warehouse = merge(local._common, { BIGQUERY_LOCATION = var.location })
  _portfolio_datasets = {
    for warehouse in values(module.portfolio_warehouse) :
    warehouse.dataset_id => "roles/bigquery.dataEditor"
  }
  _flit_tables = {
    for name in [
      "alerts", "decisions", "monitoring", "registry_events", "retrainings",
    ] :
    name => join(".", [
      module.warehouse.dataset_id,
      module.warehouse.table_ids[name],
    ])
  }

  # Whoever raises alerts writes what was said, a row and a message.
  _alerts = module.messaging.alerts_topic
  _alerts_table = join(".", [
    module.warehouse.dataset_id,
    module.warehouse.table_ids["alerts"],
  ])

  functions = {
    score = {
      description = "Answers a checkout with a decision."
      # A request waits for Pub/Sub most of its time; what it computes is
      # short, and on one thread. Many share an instance of one processor.
      concurrency     = 40
      memory          = "1Gi"
      min_instances   = var.score_min_instances
      max_instances   = var.score_max_instances
      timeout_seconds = 10
      ingress = (
        var.edge == null ? "ALLOW_INTERNAL_ONLY" : "ALLOW_INTERNAL_AND_GCLB"
      )
      environment = merge(local._common, local._collector, {
        DECISIONS_BUCKET           = local._buckets["decisions"]
        DECISIONS_TOPIC            = local._decisions
        DEPLOYMENT_MAX_AGE_SECONDS = tostring(var.deployment_max_age_seconds)
        MODELS_BUCKET              = local._buckets["models"]
        PORTFOLIOS                 = join(",", keys(local.portfolios))
      })
      grants = {
        buckets = {
          (local._buckets["models"])    = "roles/storage.objectViewer"
          (local._buckets["decisions"]) = "roles/storage.objectUser"
        }
        topics = { (local._decisions) = "roles/pubsub.publisher" }
      }
      invokers     = merge(local._clock, var.score_invokers)
      hold_traffic = var.hold_traffic
    }

    batch-plan = {
      description = "Plans what is scored in bulk, and asks for its shards."
      # BigQuery computes; what is left waits for it.
      concurrency     = 1
      memory          = "512Mi"
      max_instances   = 4
      timeout_seconds = 1800
      environment = merge(local._batch_environment, {
        ALERTS_BUCKET  = local._buckets["alerts"]
        ALERTS_TOPIC   = local._alerts
        BATCH_ATTEMPTS = tostring(local.batch_attempts)
        BATCH_TOPIC    = module.messaging.shards_topic
      })
      grants = {
        buckets = merge(local._batch_buckets, {
          (local._buckets["alerts"]) = "roles/storage.objectUser"
        })
        datasets = local._portfolio_datasets
        # Rows are read whole, and columns that are personal data not at all
        # unless a feature reads them.
        policy_tags = module.privacy.policy_tags
        project     = ["roles/bigquery.jobUser"]
        tables      = { (local._alerts_table) = "roles/bigquery.dataEditor" }
        topics = {
          (local._alerts)                 = "roles/pubsub.publisher"
          (module.messaging.shards_topic) = "roles/pubsub.publisher"
        }
      }
      invokers = local._clock
    }

    batch-score = {
      description = "Scores one shard of a batch."
      # A shard fills a processor, and its columns the memory. The number of
      # instances limits what a batch may cost at a time.
      concurrency     = 1
      memory          = "2Gi"
      max_instances   = var.batch_max_instances
      timeout_seconds = 600
      environment     = local._batch_environment
      grants = {
        buckets  = local._batch_buckets
        datasets = local._portfolio_datasets
        project  = ["roles/bigquery.jobUser"]
      }
      invokers = { pubsub = module.push_shards.member }
    }

    ingest = {
      description = "Brings a day's records into the raw tables."
      # One run at a time an instance: it streams, and holds little.
      concurrency   = 1
      memory        = "1Gi"
      max_instances = 4
      # An attempt of Cloud Scheduler lasts as long at most: a run is over
      # before its repetition begins.
      timeout_seconds = 1800
      environment = merge(local._warehouse, {
        ALERTS_BUCKET     = local._buckets["alerts"]
        ALERTS_TOPIC      = local._alerts
        LANDING_BUCKET    = local._buckets["landing"]
        SOURCE_PARAMETERS = jsonencode(var.source_parameters)
        SOURCE_URL        = var.source_url
        TIMEOUT_SECONDS   = "1800"
      })
      grants = {
        buckets = {
          (local._buckets["alerts"])  = "roles/storage.objectUser"
          (local._buckets["landing"]) = "roles/storage.objectUser"
        }
        datasets = local._portfolio_datasets
        # Records are compared whole with those that are stored.
        policy_tags = module.privacy.policy_tags
        project     = ["roles/bigquery.jobUser"]
        tables      = { (local._alerts_table) = "roles/bigquery.dataEditor" }
        topics      = { (local._alerts) = "roles/pubsub.publisher" }
      }
      invokers = local._clock
    }

    retrain = {
      description = "Trains, judges, converts and promotes a model."
      # Training is BigQuery's work. What is left is the conversion and its
      # proof, with the export and some thousand rows in memory.
      concurrency     = 1
      memory          = "2Gi"
      max_instances   = 4
      timeout_seconds = 1800
      environment = merge(local._warehouse, {
        BUNDLE_RETENTION_DAYS = tostring(var.bundle_retention_days)
        MODELS_BUCKET         = local._buckets["models"]
        TIMEOUT_SECONDS       = "1800"
      })
      grants = {
        buckets  = { (local._buckets["models"]) = "roles/storage.objectUser" }
        datasets = local._portfolio_datasets
        # Labels and samples are taken of whole applications.
        policy_tags = module.privacy.policy_tags
        project     = ["roles/bigquery.jobUser"]
        tables = {
          (local._flit_tables["registry_events"]) = "roles/bigquery.dataEditor"
        }
      }
      invokers = local._clock
    }

    drift = {
      description = "Watches drift, performance, fairness and experiments."
      # BigQuery counts. What is left is to explain some applications and to
      # judge the counts.
      concurrency     = 1
      memory          = "1Gi"
      max_instances   = 4
      timeout_seconds = 1800
      environment = merge(local._warehouse, {
        ALERTS_BUCKET      = local._buckets["alerts"]
        ALERTS_TOPIC       = module.messaging.alerts_topic
        MODELS_BUCKET      = local._buckets["models"]
        SCHEDULER_LOCATION = var.region
        SCHEDULER_URL      = "https://cloudscheduler.googleapis.com"
      })
      grants = {
        buckets = {
          (local._buckets["alerts"]) = "roles/storage.objectUser"
          (local._buckets["models"]) = "roles/storage.objectViewer"
        }
        datasets = {
          for dataset in keys(local._portfolio_datasets) :
          dataset => "roles/bigquery.dataViewer"
        }
        # Features, protected attributes and people are counted, not told.
        policy_tags = module.privacy.policy_tags
        # Breaches may have the retrain job run: the first of these two roles
        # runs a job and does not see when it last ran, the other sees that.
        # Cloud Scheduler knows no grants on single jobs.
        project = [
          "roles/bigquery.jobUser",
          "roles/cloudscheduler.jobRunner",
          "roles/cloudscheduler.viewer",
        ]
        tables = {
          (local._flit_tables["alerts"])          = "roles/bigquery.dataEditor"
          (local._flit_tables["decisions"])       = "roles/bigquery.dataViewer"
          (local._flit_tables["monitoring"])      = "roles/bigquery.dataEditor"
          (local._flit_tables["registry_events"]) = "roles/bigquery.dataViewer"
          (local._flit_tables["retrainings"])     = "roles/bigquery.dataEditor"
        }
        topics = {
          (module.messaging.alerts_topic) = "roles/pubsub.publisher"
        }
      }
      invokers = local._clock
    }

    notify = {
      description = "Takes alerts to people."
      # It waits for others most of its time.
      concurrency     = 20
      memory          = "512Mi"
      max_instances   = 2
      timeout_seconds = 60
      environment = {
        ALERTS_BUCKET        = local._buckets["alerts"]
        GOOGLE_CLOUD_PROJECT = var.project_id
        NODE_ENV             = "production"
      }
      secrets = {
        NOTIFY_TARGETS = google_secret_manager_secret.notify_targets.secret_id
      }
      grants = {
        buckets = { (local._buckets["alerts"]) = "roles/storage.objectUser" }
      }
      invokers = { pubsub = module.push_alerts.member }
    }
  }

  # What planning and scoring of batches share: plans, extracts and scores are
  # in a bucket of their own, and rows go to tables of the portfolio.
  _batch_environment = merge(local._warehouse, {
    BATCH_BUCKET  = local._buckets["batches"]
    MODELS_BUCKET = local._buckets["models"]
  })
  _batch_buckets = {
    (local._buckets["batches"]) = "roles/storage.objectUser"
    (local._buckets["models"])  = "roles/storage.objectViewer"
  }

  # Cloud Scheduler's own account, and nobody else, calls the jobs.
  _clock = { scheduler = module.schedule.member }
}

module "function" {
  source   = "../function"
  for_each = local.functions

  name             = each.key
  name_prefix      = var.name_prefix
  project_id       = module.services.project_id
  region           = var.region
  source_directory = var.build_directory
  kms_key          = local._functions_key
  build = {
    builder        = module.builder.account
    repository     = module.builder.repository
    sources_bucket = local._buckets["sources"]
  }

  description     = each.value.description
  concurrency     = each.value.concurrency
  cpu             = lookup(each.value, "cpu", "1")
  memory          = each.value.memory
  min_instances   = lookup(each.value, "min_instances", 0)
  max_instances   = each.value.max_instances
  timeout_seconds = each.value.timeout_seconds
  ingress         = lookup(each.value, "ingress", "ALLOW_INTERNAL_ONLY")
  environment     = each.value.environment
  grants          = each.value.grants
  invokers        = each.value.invokers
  secrets         = lookup(each.value, "secrets", {})
  hold_traffic    = lookup(each.value, "hold_traffic", false)
}
