variable "dataset_id" {
  description = "Name of the dataset."
  type        = string
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete or replace the tables."
  type        = bool
  default     = true
}

variable "description" {
  description = "What the dataset is for."
  type        = string
}

variable "kms_key" {
  description = "Key that encrypts the dataset; Google's own if null."
  type        = string
  default     = null
}

variable "labels" {
  description = "Labels of the dataset and its tables."
  type        = map(string)
  default     = {}
}

variable "location" {
  description = "Region or multi-region, as BIGQUERY_LOCATION says."
  type        = string
}

variable "policy_tags" {
  description = "Policy tags by the kind of personal data they stand for."
  type        = map(string)
}

variable "project_id" {
  description = "Project that the dataset is in."
  type        = string
}

variable "tables" {
  description = <<-EOT
    Tables by name: BigQuery's schema as JSON, the column whose days are the
    partitions, the columns that rows lie together by, after how many days a
    partition goes (never, where that is not set), and which columns are
    personal data of which kind.
  EOT
  type = map(object({
    clustering        = list(string)
    description       = string
    expire_after_days = optional(number)
    partition_by      = string
    personal          = optional(map(string), {})
    schema            = string
  }))
}
