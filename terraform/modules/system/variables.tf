variable "alert_emails" {
  description = "Addresses that alerts go to, by a name for each."
  type        = map(string)
  default     = {}
}

variable "analysts" {
  description = <<-EOT
    Who reads the views of which portfolio, such as
    { bnpl = ["group:bnpl-risk@example.com"] }: its rows alone, with personal
    data masked.
  EOT
  type        = map(list(string))
  default     = {}
}

variable "auditors" {
  description = "Who reads the views of all portfolios, in the same way."
  type        = list(string)
  default     = []
}

variable "batch_files_retention_days" {
  description = "Days that plans, extracts and files of scores are kept."
  type        = number
  default     = 30
}

variable "batch_jobs" {
  description = <<-EOT
    Scoring in bulk by the clock: by a name for each, the portfolio, when (as
    cron writes it) and what is asked of batch-plan beside, as JSON, such as
    jsonencode({ source = { table = "applications", last_days = 1 } }).
  EOT
  type = map(object({
    portfolio = string
    request   = string
    schedule  = string
  }))
  default = {}

  validation {
    condition = alltrue([
      for job in values(var.batch_jobs) : can(keys(jsondecode(job.request)))
    ])
    error_message = "A batch is asked for with a JSON object."
  }
}

variable "batch_max_instances" {
  description = "Shards that are scored at a time."
  type        = number
  default     = 10
}

variable "batch_scores_retention_days" {
  description = "Days that runs of batches and their scores are kept."
  type        = number
  default     = 400
}

variable "batch_watch_schedule" {
  description = "When batches that have not ended are looked at."
  type        = string
  default     = "*/30 * * * *"
}

variable "budget" {
  description = <<-EOT
    Billing account (XXXXXX-XXXXXX-XXXXXX), amount a month in whole units of
    its currency; no budget where it is not set.
  EOT
  type = object({
    amount          = number
    billing_account = string
    currency        = optional(string, "USD")
  })
  default = null
}

variable "build_directory" {
  description = "Folder that `npm run build` writes to."
  type        = string
}

variable "bundle_retention_days" {
  description = <<-EOT
    Days that versions of models and the journal of what served can't be
    deleted, from when they are written: as long as decisions are kept. 0
    retains nothing.
  EOT
  type        = number
  default     = 2557

  validation {
    condition = (
      var.bundle_retention_days >= 0 && var.bundle_retention_days <= 36500 &&
      floor(var.bundle_retention_days) == var.bundle_retention_days
    )
    error_message = "Use whole days, a hundred years at most."
  }
}

variable "decisions_retention_days" {
  description = <<-EOT
    Days that decisions are kept: seven years unless said. Regulation B asks
    for 25 months of a lender's records.
  EOT
  type        = number
  default     = 2557

  validation {
    condition     = var.decisions_retention_days >= 762
    error_message = "Decisions are kept for at least 25 months: 762 days."
  }
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete or replace tables."
  type        = bool
  default     = true
}

variable "deployment_max_age_seconds" {
  description = "How soon an instance notices a promotion or a kill switch."
  type        = number
  default     = 5

  validation {
    condition     = var.deployment_max_age_seconds <= 10
    error_message = "A rollback takes effect within ten seconds."
  }
}

variable "drift_schedule" {
  description = "When portfolios are looked at, as cron writes it."
  type        = string
  default     = "30 5 * * *"
}

variable "edge" {
  description = <<-EOT
    Load balancer with Cloud Armor in front of score: its domain, and the
    requests a minute that one address may make. Without one, score is called
    from inside Google Cloud alone.
  EOT
  type = object({
    domain              = string
    requests_per_minute = optional(number, 6000)
  })
  default = null
}

variable "environment" {
  description = "Name of the environment: a folder of terraform/envs."
  type        = string
}

variable "hold_traffic" {
  description = <<-EOT
    Whether a new revision of score waits to be given traffic, as the pipeline
    does it in steps. By hand it takes all of it at once.
  EOT
  type        = bool
  default     = false
}

variable "ingest_schedule" {
  description = "When the day before is ingested, as cron writes it."
  type        = string
  default     = "15 1 * * *"
}

variable "keyed_decisions_retention_days" {
  description = "Days that an Idempotency-Key finds its first decision."
  type        = number
  default     = 30

  validation {
    condition     = var.keyed_decisions_retention_days >= 1
    error_message = "A key that is forgotten within a day protects nobody."
  }
}

variable "kms_keys" {
  description = <<-EOT
    Keys of Cloud KMS, by full name, that encrypt data at rest: one in
    `location` for datasets, buckets and messages, one in `region` for the
    functions' images. Google's own keys where it is not set.
  EOT
  type = object({
    data      = string
    functions = string
  })
  default = null
}

variable "landing_retention_days" {
  description = "Days that arrivals are kept after they were loaded."
  type        = number
  default     = 30
}

variable "location" {
  description = "Region or multi-region of data at rest: datasets and buckets."
  type        = string
  default     = "US"
}

variable "models_versions_days" {
  description = "Days that what was overwritten in the models bucket is kept."
  type        = number
  default     = 400
}

variable "name_prefix" {
  description = "First part of names: short, it is in those of accounts."
  type        = string
  default     = "flit"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,8}$", var.name_prefix))
    error_message = "Use 2 to 9 small letters and digits."
  }
}

variable "notification_channels" {
  description = "Notification channels that exist already, by full name."
  type        = list(string)
  default     = []
}

variable "otlp_endpoint" {
  description = <<-EOT
    Address of an OpenTelemetry collector (OTLP over HTTP, in JSON) that score
    sends its spans to; null sends none.
  EOT
  type        = string
  default     = null
}

variable "persistence_regions" {
  description = "Regions where messages may rest; any, where none is named."
  type        = list(string)
  default     = []
}

variable "personal_data_readers" {
  description = "Who may see personal data as it is, where they may look."
  type        = list(string)
  default     = []
}

variable "project_id" {
  description = "Project that everything is in."
  type        = string
}

variable "quarantine_retention_days" {
  description = "Days that refused records are kept for whoever mends them."
  type        = number
  default     = 90
}

variable "raw_retention_days" {
  description = "Days that raw records are kept; for ever if null."
  type        = number
  default     = null
}

variable "region" {
  description = "Region that functions and schedules run in."
  type        = string
  default     = "us-central1"
}

variable "registrars" {
  description = "Who may change what serves, with npm run registry."
  type        = list(string)
  default     = []

  validation {
    condition = !anytrue([
      for member in var.registrars :
      contains(["allUsers", "allAuthenticatedUsers"], member)
    ])
    error_message = "What serves is changed by people with a name."
  }
}

variable "resume_schedule" {
  description = "When retrainings that have not ended are taken up again."
  type        = string
  default     = "*/30 * * * *"
}

variable "retrain_schedule" {
  description = "When models are trained anew, as cron writes it."
  type        = string
  default     = "30 2 * * 1"
}

variable "schedules_paused" {
  description = "Whether the clock stands still."
  type        = bool
  default     = false
}

variable "score_invokers" {
  description = <<-EOT
    Members that may ask for decisions, by a name for each, such as
    { shop = "serviceAccount:checkout@shop.iam.gserviceaccount.com" }.
  EOT
  type        = map(string)
  default     = {}

  validation {
    condition = !anytrue([
      for member in values(var.score_invokers) :
      contains(["allUsers", "allAuthenticatedUsers"], member)
    ])
    error_message = "Decisions are not for everyone to ask for."
  }
}

variable "score_max_instances" {
  description = "Ceiling on instances of score, and with it on its cost."
  type        = number
  default     = 20
}

variable "score_min_instances" {
  description = "Instances of score that are always warm."
  type        = number
  default     = 1
}

variable "source_parameters" {
  description = "What the source server wants to be told with every request."
  type        = map(any)
  default     = {}
}

variable "source_url" {
  description = "Where ingest fetches records: a simtom-compatible server."
  type        = string

  validation {
    condition     = startswith(var.source_url, "https://")
    error_message = "Records are personal data: fetch them over https."
  }
}

variable "state_bucket" {
  description = "Bucket of the Terraform state, which the pipeline writes."
  type        = string
}

variable "time_zone" {
  description = "Time zone of the schedules."
  type        = string
  default     = "Etc/UTC"
}

variable "trigger" {
  description = <<-EOT
    What starts the pipeline: a repository that is connected to Cloud Build
    (its full name; GITHUB or GITLAB), the branch, and whether a person
    approves each plan. No trigger where it is not set.
  EOT
  type = object({
    approval        = bool
    branch          = string
    repository      = string
    repository_type = optional(string, "GITHUB")
  })
  default = null
}
