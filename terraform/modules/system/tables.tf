# Tables and views are data: columns in sql/tables/<name>.json, where a table
# is and how it is laid out in sql/tables/tables.json, views and functions in
# sql/views and sql/routines. The local cloud reads the same files.

locals {
  _tables = "${local._sql}/tables"

  _kept_days = {
    batches    = var.batch_scores_retention_days
    decisions  = var.decisions_retention_days
    forever    = null
    quarantine = var.quarantine_retention_days
  }

  _layouts = jsondecode(file("${local._tables}/tables.json"))
  _shared_tables = {
    for dataset in ["common", "portfolio"] : dataset => {
      for name, layout in local._layouts : name => {
        description       = layout.description
        schema            = file("${local._tables}/${name}.json")
        partition_by      = layout.partition_by
        clustering        = layout.clustering
        expire_after_days = local._kept_days[layout.keep]
        personal          = try(layout.personal, {})
      } if layout.dataset == dataset
    }
  }

  # The first lines of a file, up to its inputs or its grain.
  _purpose = "^-- Purpose: ((?s:.*?))\n-- (?:Grain|Inputs|Column)"

  _common_dataset = "`${var.project_id}.flit`"
  _views_dataset  = "`${var.project_id}.flit_views`"

  _common_views = {
    for file in fileset("${local._sql}/views", "*.sql") :
    trimsuffix(file, ".sql") => templatefile("${local._sql}/views/${file}", {
      flit  = local._common_dataset
      views = local._views_dataset
    })
  }
  _portfolio_views = {
    for id in keys(local.portfolios) : id => {
      for file in fileset("${local._sql}/views/portfolio", "*.sql") :
      trimsuffix(file, ".sql") => templatefile(
        "${local._sql}/views/portfolio/${file}", {
          application_time = "`${local.portfolios[id].keys.time}`"
          data             = "`${var.project_id}.flit_${id}`"
          flit             = local._common_dataset
          id               = id
          outcome_time     = "`${local.portfolios[id].outcome_keys.time}`"
          views            = local._views_dataset
        }
      )
    }
  }

  _routine_texts = {
    for file in fileset("${local._sql}/routines", "*.sql") :
    trimsuffix(file, ".sql") => templatefile(
      "${local._sql}/routines/${file}", { views = local._views_dataset }
    )
  }
  # CREATE OR REPLACE FUNCTION dataset.name(a TYPE, b TYPE) RETURNS TYPE AS …
  _routine_parts = {
    for name, text in local._routine_texts : name => regex(
      join("", [
        "CREATE OR REPLACE FUNCTION \\S+\\.${name}\\(([^)]*)\\)\\s+",
        "RETURNS (\\w+)\\s+AS \\(\\n((?s:.*))\\n\\);\\s*$",
      ]), text
    )
  }
  _routines = {
    for name, parts in local._routine_parts : name => {
      arguments = [
        for argument in regexall("(\\w+) (\\w+)", parts[0]) :
        { name = argument[0], type = argument[1] }
      ]
      body        = parts[2]
      description = local._purpose_of[local._routine_texts[name]]
      returns     = parts[1]
    }
  }

  _purpose_of = {
    for text in concat(
      values(local._common_views),
      flatten([for views in values(local._portfolio_views) : values(views)]),
      values(local._routine_texts),
    ) : text => replace(regex(local._purpose, text)[0], "/\\s*\n-- +/", " ")
  }
}

module "privacy" {
  source = "../privacy"

  project_id     = module.services.project_id
  location       = var.location
  name_prefix    = var.name_prefix
  readers        = var.personal_data_readers
  masked_readers = local._masked_readers
}

module "portfolio_warehouse" {
  source   = "../warehouse"
  for_each = local.portfolios

  project_id          = module.services.project_id
  location            = var.location
  kms_key             = local._data_key
  dataset_id          = "flit_${each.key}"
  description         = "${each.value.title}: raw records and models."
  labels              = { component = "warehouse", portfolio = each.key }
  deletion_protection = var.deletion_protection
  policy_tags         = module.privacy.policy_tags

  tables = merge(
    {
      applications = {
        description       = local._what["${each.key}/application"]
        schema            = local._raw_schemas["${each.key}/application"]
        partition_by      = each.value.keys.time
        clustering        = [each.value.keys.entity]
        expire_after_days = var.raw_retention_days
        personal          = local._raw_personal["${each.key}/application"]
      }
      outcomes = {
        description       = local._what["${each.key}/outcome"]
        schema            = local._raw_schemas["${each.key}/outcome"]
        partition_by      = each.value.outcome_keys.time
        clustering        = [each.value.outcome_keys.outcome]
        expire_after_days = var.raw_retention_days
        personal          = local._raw_personal["${each.key}/outcome"]
      }
    },
    local._shared_tables.portfolio,
  )

  depends_on = [terraform_data.contracts]
}

module "warehouse" {
  source = "../warehouse"

  project_id          = module.services.project_id
  location            = var.location
  kms_key             = local._data_key
  dataset_id          = "flit"
  description         = "What portfolios share: the record of every decision."
  labels              = { component = "warehouse" }
  deletion_protection = var.deletion_protection
  policy_tags         = module.privacy.policy_tags
  tables              = local._shared_tables.common
}

module "views" {
  source = "../views"

  project_id          = module.services.project_id
  location            = var.location
  kms_key             = local._data_key
  dataset_id          = "flit_views"
  deletion_protection = var.deletion_protection
  description         = "Decisions as analysts read them."
  labels              = { component = "views" }
  readers             = local._analysts_by_name
  reads               = { common = module.warehouse.dataset_id }
  routines            = local._routines
  views = {
    for name, text in local._common_views :
    name => { description = local._purpose_of[text], query = text }
  }

  depends_on = [module.warehouse]
}

module "portfolio_views" {
  source   = "../views"
  for_each = local.portfolios

  project_id          = module.services.project_id
  location            = var.location
  kms_key             = local._data_key
  dataset_id          = "flit_views_${each.key}"
  deletion_protection = var.deletion_protection
  description         = "${each.value.title}, as its analysts read it."
  labels              = { component = "views", portfolio = each.key }
  readers             = local._analysts_by_portfolio[each.key]
  reads = {
    common = module.warehouse.dataset_id
    data   = module.portfolio_warehouse[each.key].dataset_id
  }
  views = {
    for name, text in local._portfolio_views[each.key] :
    name => { description = local._purpose_of[text], query = text }
  }

  # Views of the one dataset may call functions and read views of the other.
  depends_on = [module.views]
}
