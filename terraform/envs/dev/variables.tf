variable "alert_emails" {
  description = "Addresses that alerts go to, by a name for each."
  type        = map(string)
}

variable "budget" {
  description = "Budget a month and the billing account that it is of."
  type = object({
    amount          = number
    billing_account = string
    currency        = optional(string, "USD")
  })
  default = null
}

variable "location" {
  description = "Region or multi-region of data at rest: datasets and buckets."
  type        = string
  default     = "US"
}

variable "project_id" {
  description = "Project that everything is in."
  type        = string
}

variable "region" {
  description = "Region that functions and schedules run in."
  type        = string
  default     = "us-central1"
}

variable "score_invokers" {
  description = "Members that may ask for decisions, by a name for each."
  type        = map(string)
  default     = {}
}

variable "source_parameters" {
  description = "What the source server wants to be told with every request."
  type        = map(any)
  default     = {}
}

variable "source_url" {
  description = "Where ingest fetches records: a simtom-compatible server."
  type        = string
}

variable "state_bucket" {
  description = "Bucket of the Terraform state."
  type        = string
}

variable "trigger" {
  description = "Connected repository, branch and approval of the pipeline."
  type = object({
    approval   = bool
    branch     = string
    repository = string
  })
  default = null
}
