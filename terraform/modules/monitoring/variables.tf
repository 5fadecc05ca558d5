variable "alert_emails" {
  description = "Addresses that alerts go to, by a name for each."
  type        = map(string)
}

variable "availability_goal" {
  description = "Share of requests that are not answered by 5xx."
  type        = number
  default     = 0.999
}

variable "budget" {
  description = "Budget a month and its billing account; none if null."
  type = object({
    amount          = number
    billing_account = string
    currency        = string
  })
}

variable "completeness_goal" {
  description = "Share of published decisions that the warehouse takes."
  type        = number
  default     = 0.9999
}

variable "dead_letter_subscription" {
  description = "Subscription with events that the warehouse refused."
  type        = string
}

variable "domain" {
  description = "Domain of the edge; null where there is none."
  type        = string
}

variable "freshness_goal" {
  description = "Share of five minutes in which decisions arrive in time."
  type        = number
  default     = 0.99
}

variable "freshness_limit_s" {
  description = "Seconds that the oldest decision may wait on average."
  type        = number
  default     = 600
}

variable "jobs" {
  description = "How long each scheduled job may be without a success."
  type        = map(string)
}

variable "latency_goal" {
  description = "Share of requests that are answered within the limit."
  type        = number
  default     = 0.99
}

variable "latency_limit_ms" {
  description = "Milliseconds within which a checkout is answered."
  type        = number
  default     = 100
}

variable "name_prefix" {
  description = "First part of names."
  type        = string
}

variable "notification_channels" {
  description = "Notification channels that exist already, by full name."
  type        = list(string)

  validation {
    condition = (
      length(var.notification_channels) + length(var.alert_emails) > 0
    )
    error_message = "An alert that reaches nobody is none: name a channel."
  }
}

variable "project_id" {
  description = "Project that is watched."
  type        = string
}

variable "project_number" {
  description = "Number of that project."
  type        = string
}

variable "score_service" {
  description = "Cloud Run service behind the function score."
  type        = string
}

variable "undelivered_alerts" {
  description = "Subscription with alerts that reached nobody."
  type        = string
}

variable "unscored_shards" {
  description = "Subscription with shards of batches that were given up."
  type        = string
}

variable "warehouse_subscription" {
  description = "Subscription that writes decisions to the warehouse."
  type        = string
}
