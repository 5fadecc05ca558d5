# People who read: analysts see their portfolio, auditors all of them, both
# through views and with personal data masked; readers of personal data see it
# as it is, wherever else they may look.

locals {
  _everybody = toset(concat(flatten(values(var.analysts)), var.auditors))

  _analysts_by_portfolio = {
    for id in keys(local.portfolios) : id => {
      for member in concat(lookup(var.analysts, id, []), var.auditors) :
      member => member
    }
  }
  _analysts_by_name = { for member in local._everybody : member => member }

  _masked_readers = setsubtract(local._everybody, var.personal_data_readers)

  # The first policy of a table hides all its rows from everybody else, so one
  # that shows them all goes with it.
  _see_all_decisions = concat(var.auditors, [
    for name, function in local.functions : module.function[name].member
    if contains(
      keys(lookup(function.grants, "tables", {})),
      local._flit_tables["decisions"]
    )
  ])
  _row_policies = length(var.analysts) == 0 ? {} : merge(
    {
      for id, members in var.analysts : "${id}_analysts" => {
        filter   = "portfolio = '${id}'"
        grantees = members
      }
    },
    {
      for name in length(local._see_all_decisions) > 0 ? ["see_all"] : [] :
      name => { filter = "TRUE", grantees = local._see_all_decisions }
    },
  )
}

# Analysts of a portfolio that is misspelt would see nothing, and hide all.
resource "terraform_data" "analysts" {
  lifecycle {
    precondition {
      condition = alltrue([
        for id in keys(var.analysts) : contains(keys(local.portfolios), id)
      ])
      error_message = join(" ", [
        "Name portfolios of sql/ in analysts:",
        join(", ", keys(local.portfolios)),
      ])
    }
  }
}

resource "google_bigquery_row_access_policy" "decisions" {
  for_each = local._row_policies

  project          = module.services.project_id
  dataset_id       = module.warehouse.dataset_id
  table_id         = module.warehouse.table_ids["decisions"]
  policy_id        = each.key
  filter_predicate = each.value.filter
  grantees         = each.value.grantees
}

# A query is a job of the project that pays for it.
resource "google_project_iam_member" "reader_jobs" {
  for_each = local._everybody

  project = module.services.project_id
  role    = "roles/bigquery.jobUser"
  member  = each.value
}
