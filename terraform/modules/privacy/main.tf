# Personal data by column: what it is called (a policy tag), who reads it as it
# is, and what everybody else sees in its place. A tag holds for views too,
# authorised or not.
# https://cloud.google.com/bigquery/docs/column-level-security-intro

locals {
  _kinds = {
    identifier = {
      description = "Tells one person, device or account from another."
      # Equal identifiers stay equal: analysts count and join by the hash.
      mask = "SHA256"
    }
    content = {
      description = "What somebody said or is said of them."
      mask        = "ALWAYS_NULL"
    }
  }
}

resource "google_data_catalog_taxonomy" "personal" {
  display_name           = "${var.name_prefix}-personal-data"
  project                = var.project_id
  region                 = lower(var.location)
  description            = "Personal data in the warehouse of decisions."
  activated_policy_types = ["FINE_GRAINED_ACCESS_CONTROL"]
}

resource "google_data_catalog_policy_tag" "this" {
  for_each = local._kinds

  taxonomy     = google_data_catalog_taxonomy.personal.id
  display_name = each.key
  description  = each.value.description
}

resource "google_bigquery_datapolicy_data_policy" "mask" {
  for_each = local._kinds

  data_policy_id   = "${var.name_prefix}_${each.key}"
  project          = var.project_id
  location         = lower(var.location)
  policy_tag       = google_data_catalog_policy_tag.this[each.key].name
  data_policy_type = "DATA_MASKING_POLICY"

  data_masking_policy {
    predefined_expression = each.value.mask
  }
}

locals {
  _masked = {
    for pair in setproduct(keys(local._kinds), var.masked_readers) :
    join(" ", pair) => { kind = pair[0], member = pair[1] }
  }
  _readers = {
    for pair in setproduct(keys(local._kinds), var.readers) :
    join(" ", pair) => { kind = pair[0], member = pair[1] }
  }
}

resource "google_bigquery_datapolicy_data_policy_iam_member" "masked" {
  for_each = local._masked

  project  = var.project_id
  location = lower(var.location)
  data_policy_id = (
    google_bigquery_datapolicy_data_policy.mask[each.value.kind].data_policy_id
  )
  role   = "roles/bigquerydatapolicy.maskedReader"
  member = each.value.member
}

resource "google_data_catalog_policy_tag_iam_member" "reader" {
  for_each = local._readers

  policy_tag = google_data_catalog_policy_tag.this[each.value.kind].name
  role       = "roles/datacatalog.categoryFineGrainedReader"
  member     = each.value.member
}
