output "policy_tags" {
  description = "Full names of the policy tags by what they stand for."
  value = {
    for kind, tag in google_data_catalog_policy_tag.this : kind => tag.name
  }
}
