# When the functions run. `silent_for` is how long a job may be without a
# success before somebody is told.

locals {
  _portfolio_jobs = {
    # Shards that were given up, and runs that do not end.
    batch-watch = {
      description = "A look at the batches of %s that have not ended."
      function    = "batch-plan"
      path        = "/watch"
      schedule    = var.batch_watch_schedule
      silent_for  = "3h"
    }
    # After yesterday's records and Monday's retraining have come.
    drift = {
      description = "A look at drift, performance and fairness of %s."
      function    = "drift"
      path        = "/"
      schedule    = var.drift_schedule
      silent_for  = "26h"
    }
    ingest = {
      description = "Yesterday's records of %s."
      function    = "ingest"
      path        = "/"
      schedule    = var.ingest_schedule
      silent_for  = "26h"
    }
    retrain = {
      description = "A new model version of %s."
      function    = "retrain"
      path        = "/"
      schedule    = var.retrain_schedule
      silent_for  = "8d"
    }
    # BigQuery may train for hours; a call waits for half an hour at most.
    resume = {
      description = "Goes on with the retrainings of %s that have not ended."
      function    = "retrain"
      path        = "/resume"
      schedule    = var.resume_schedule
      silent_for  = "3h"
    }
  }

  jobs = merge(
    {
      for pair in setproduct(
        keys(local._portfolio_jobs), keys(local.portfolios)
      ) :
      "${pair[0]}-${pair[1]}" => {
        description = format(
          local._portfolio_jobs[pair[0]].description,
          local.portfolios[pair[1]].title,
        )
        function                 = local._portfolio_jobs[pair[0]].function
        path                     = local._portfolio_jobs[pair[0]].path
        body                     = jsonencode({ portfolio = pair[1] })
        schedule                 = local._portfolio_jobs[pair[0]].schedule
        silent_for               = local._portfolio_jobs[pair[0]].silent_for
        attempt_deadline_seconds = 1800
        retries                  = 3
      }
    },
    # Each is silent for as long as its owner likes: a cron line does not say
    # how often it comes, so one that failed is told of and one that did not
    # run is looked for by the week.
    {
      for name, job in var.batch_jobs : "batch-plan-${name}" => {
        description = "The batch ${name} of ${job.portfolio}."
        function    = "batch-plan"
        path        = "/"
        body = jsonencode(merge(jsondecode(job.request), {
          portfolio = job.portfolio
        }))
        schedule                 = job.schedule
        silent_for               = "8d"
        attempt_deadline_seconds = 1800
        retries                  = 3
      }
    },
    # Asks score as a caller would, through IAM and ingress, whether every
    # portfolio has a model to decide with.
    {
      probe-score = {
        description              = "Whether score is ready to decide."
        function                 = "score"
        path                     = "/ready"
        body                     = null
        schedule                 = "* * * * *"
        silent_for               = "15m"
        attempt_deadline_seconds = 30
        retries                  = 0
      }
    },
  )

  _silent_for = { for name, job in local.jobs : name => job.silent_for }
}

module "schedule" {
  source = "../schedule"

  project_id  = module.services.project_id
  region      = var.region
  name_prefix = var.name_prefix
  paused      = var.schedules_paused
  time_zone   = var.time_zone

  jobs = {
    for name, job in local.jobs : name => {
      attempt_deadline_seconds = job.attempt_deadline_seconds
      body                     = job.body
      description              = job.description
      function_uri             = module.function[job.function].uri
      path                     = job.path
      retries                  = job.retries
      schedule                 = job.schedule
    }
  }
}
