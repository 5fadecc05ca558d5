# Portfolios are data: each folder of sql/ that holds a portfolio.json becomes
# a dataset with its raw tables (tables.tf), and a set of scheduled jobs.

locals {
  _sql = "${path.module}/../../../sql"

  portfolios = {
    for file in fileset(local._sql, "*/portfolio.json") :
    dirname(file) => jsondecode(file("${local._sql}/${file}"))
  }

  _contract_texts = {
    for name in flatten([
      for id in keys(local.portfolios) : ["${id}/application", "${id}/outcome"]
    ]) : name => file("${local._sql}/${name}.schema.json")
  }
  _contracts = {
    for key, text in local._contract_texts : key => jsondecode(text)
  }

  # Columns must lie as the contract lists them, for rows are merged by place
  # (INSERT ROW); jsondecode sorts, so the order is read from the text.
  _column_order = {
    for key, text in local._contract_texts :
    key => flatten(regexall("(?m)^    \"(\\w+)\": [{]", text))
  }

  _what = {
    for key, contract in local._contracts : key => contract.description
  }

  _column_types = {
    boolean   = "BOOL"
    date      = "DATE"
    date-time = "TIMESTAMP"
    integer   = "INT64"
    number    = "FLOAT64"
    string    = "STRING"
  }

  # The same rule as tableSchema of shared/portfolio/contract.ts.
  _contract_columns = {
    for key, contract in local._contracts : key => [
      for field in [
        for name in local._column_order[key] :
        merge({ name = name }, contract.properties[name])
        ] : {
        name = field.name
        type = local._column_types[
          try(field.format, field.type[0], field.type)
        ]
        # A type of its own or null is written as a list.
        mode = (
          contains(contract.required, field.name) && !can(field.type[0])
          ? "REQUIRED"
          : "NULLABLE"
        )
        description = field.description
      }
    ]
  }

  _ingest_columns = jsondecode(file("${local._tables}/ingest_columns.json"))

  _raw_schemas = {
    for key, columns in local._contract_columns :
    key => jsonencode(concat(columns, local._ingest_columns))
  }

  # Of what portfolio.json says of both records, that which this one holds.
  _raw_personal = {
    for key, contract in local._contracts : key => {
      for column, kind in try(local.portfolios[dirname(key)].personal, {}) :
      column => kind if contains(keys(contract.properties), column)
    }
  }
}

# A contract that is laid out in another way must not lose columns unnoticed.
resource "terraform_data" "contracts" {
  for_each = local._contracts

  lifecycle {
    precondition {
      condition = (
        toset(local._column_order[each.key]) ==
        toset(keys(each.value.properties))
      )
      error_message = join(" ", [
        "The order of properties in sql/${each.key}.schema.json can be read",
        "only where each begins a line of its own, four spaces in: run",
        "npm run format.",
      ])
    }
  }
}
