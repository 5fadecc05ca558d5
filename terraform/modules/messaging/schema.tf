# What every event has: what the table demands of every row. Pub/Sub refuses a
# message without it when it is published, and passes over all other fields, so
# a newer function is not kept waiting by an older schema.

locals {
  # As JSON has them: a time is a text.
  _avro_types = {
    BOOL      = "boolean"
    FLOAT64   = "double"
    INT64     = "long"
    STRING    = "string"
    TIMESTAMP = "string"
  }
}

resource "google_pubsub_schema" "decisions" {
  name    = "decisions"
  project = var.project_id
  type    = "AVRO"
  definition = jsonencode({
    type = "record"
    name = "Decision"
    fields = [
      for column in var.table.columns :
      { name = column.name, type = local._avro_types[column.type] }
      if column.mode == "REQUIRED"
    ]
  })

  # A topic whose schema is gone takes nothing.
  lifecycle {
    create_before_destroy = true
  }
}
