variable "jobs" {
  description = <<-EOT
    Jobs by name: when (cron), which function and path, what it is sent (a body
    of JSON makes it a POST), how long an attempt may take (15 to 1800 seconds)
    and how often it is repeated.
  EOT
  type = map(object({
    attempt_deadline_seconds = optional(number, 1800)
    body                     = optional(string)
    description              = string
    function_uri             = string
    path                     = optional(string, "/")
    retries                  = optional(number, 3)
    schedule                 = string
  }))
}

variable "name_prefix" {
  description = "First part of the account's name."
  type        = string
}

variable "paused" {
  description = "Whether the clock stands still."
  type        = bool
  default     = false
}

variable "project_id" {
  description = "Project that the jobs are in."
  type        = string
}

variable "region" {
  description = "Region of the jobs: that of the functions."
  type        = string
}

variable "time_zone" {
  description = "Time zone of the schedules; ingested days are in UTC."
  type        = string
  default     = "Etc/UTC"
}
