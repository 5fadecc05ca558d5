variable "agent" {
  description = "Member that Pub/Sub itself acts as."
  type        = string
}

variable "kms_key" {
  description = "Key that encrypts messages; Google's own if null."
  type        = string
  default     = null
}

variable "persistence_regions" {
  description = "Regions where messages may rest; any, where none is named."
  type        = list(string)
  default     = []
}

variable "project_id" {
  description = "Project that topics and subscriptions are in."
  type        = string
}

variable "retention_days" {
  description = "Days that events can be replayed, 1 to 31."
  type        = number
  default     = 7

  validation {
    condition     = var.retention_days >= 1 && var.retention_days <= 31
    error_message = "Pub/Sub keeps messages for 1 to 31 days."
  }
}

variable "table" {
  description = "The table that decisions end in."
  type = object({
    columns    = list(object({ name = string, type = string, mode = string }))
    dataset_id = string
    table_id   = string
  })

  validation {
    condition = alltrue([
      for column in var.table.columns : contains(
        ["BOOL", "FLOAT64", "INT64", "STRING", "TIMESTAMP"], column.type
      ) if column.mode == "REQUIRED"
    ])
    error_message = "No event writes a REQUIRED column of such a type."
  }
}
