variable "alert_emails" {
  description = "Addresses that alerts go to, by a name for each."
  type        = map(string)
}

variable "analysts" {
  description = "Who reads the views of which portfolio, masked; see system."
  type        = map(list(string))
  default     = {}
}

variable "auditors" {
  description = "Who reads the views of all portfolios, masked."
  type        = list(string)
  default     = []
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

variable "edge" {
  description = "Domain of the load balancer, and its limit for one address."
  type = object({
    domain              = string
    requests_per_minute = optional(number, 6000)
  })
}

variable "hold_traffic" {
  description = <<-EOT
    Whether a new revision of score waits to be given traffic, as the pipeline
    does it in steps. By hand it takes all of it at once.
  EOT
  type        = bool
  default     = false
}

variable "kms_keys" {
  description = "Keys for data, in `location`, and images, in `region`."
  type = object({
    data      = string
    functions = string
  })
  default = null
}

variable "location" {
  description = "Region or multi-region of data at rest: datasets and buckets."
  type        = string
  default     = "US"
}

variable "otlp_endpoint" {
  description = <<-EOT
    Address of an OpenTelemetry collector (OTLP over HTTP, in JSON) that score
    sends its spans to; null sends none.
  EOT
  type        = string
  default     = null
}

variable "persistence_regions" {
  description = "Regions where messages may rest; any, where none is named."
  type        = list(string)
  default     = []
}

variable "personal_data_readers" {
  description = "Who may see personal data as it is, where they may look."
  type        = list(string)
  default     = []
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

variable "registrars" {
  description = "Who may change what serves, with npm run registry."
  type        = list(string)
  default     = []
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
    approval        = bool
    branch          = string
    repository      = string
    repository_type = optional(string, "GITHUB")
  })
  default = null

  validation {
    condition     = var.trigger == null || try(var.trigger.approval, false)
    error_message = "In prod a person approves what is applied."
  }
}
