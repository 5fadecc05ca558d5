variable "access_logs_days" {
  description = "Days that access logs are kept."
  type        = number
  default     = 400
}

variable "buckets" {
  description = <<-EOT
    Buckets by the end of their name. Objects live until they are
    delete_after_days old, for ever where that is not set; what was
    overwritten is kept for keep_versions_days, what was deleted for
    soft_delete_days (0, or 7 to 90). With object_retention, whoever writes
    an object may say until when it can't be deleted; a bucket has that from
    its making on, or is made anew.
  EOT
  type = map(object({
    delete_after_days  = optional(number)
    keep_versions_days = optional(number, 30)
    object_retention   = optional(bool, false)
    soft_delete_days   = optional(number, 7)
  }))
}

variable "kms_key" {
  description = "Key that encrypts the buckets; Google's own if null."
  type        = string
  default     = null
}

variable "location" {
  description = "Region or multi-region of the buckets; the warehouse's own."
  type        = string
}

variable "name_prefix" {
  description = "First part of every name; bucket names are the world's."
  type        = string
}

variable "project_id" {
  description = "Project that the buckets are in."
  type        = string
}
