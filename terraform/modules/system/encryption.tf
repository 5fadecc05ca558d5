# Customer-managed keys, where the lender has some.

module "encryption" {
  source = "../encryption"
  count  = var.kms_keys == null ? 0 : 1

  project_id   = module.services.project_id
  keys         = var.kms_keys
  pubsub_agent = module.services.pubsub_agent
}

locals {
  _data_key      = one(module.encryption[*].keys.data)
  _functions_key = one(module.encryption[*].keys.functions)
}
