# A place to try things: nothing waits, nothing is promised, everything can be
# deleted again.

module "system" {
  source = "../../modules/system"

  environment           = "dev"
  project_id            = var.project_id
  region                = var.region
  location              = var.location
  state_bucket          = var.state_bucket
  build_directory       = "${path.root}/../../../build"
  alert_emails          = var.alert_emails
  source_url            = var.source_url
  source_parameters     = var.source_parameters
  analysts              = var.analysts
  auditors              = var.auditors
  personal_data_readers = var.personal_data_readers
  registrars            = var.registrars
  hold_traffic          = var.hold_traffic
  kms_keys              = var.kms_keys
  otlp_endpoint         = var.otlp_endpoint
  score_invokers        = var.score_invokers
  budget                = var.budget
  trigger               = var.trigger

  score_min_instances = 0
  score_max_instances = 3
}
