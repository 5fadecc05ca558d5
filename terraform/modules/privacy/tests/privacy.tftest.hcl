# Whoever reads sees a mask, unless named.

mock_provider "google" {}

variables {
  project_id     = "flit-test"
  location       = "EU"
  name_prefix    = "flit"
  readers        = ["group:privacy@example.com"]
  masked_readers = ["group:risk@example.com"]
}

run "masks_for_all_but_the_named" {
  command = plan

  assert {
    condition = alltrue([
      for grant in google_data_catalog_policy_tag_iam_member.reader :
      grant.member == "group:privacy@example.com"
      && grant.role == "roles/datacatalog.categoryFineGrainedReader"
    ])
    error_message = "Somebody else reads personal data."
  }

  assert {
    condition = alltrue([
      for grant in google_bigquery_datapolicy_data_policy_iam_member.masked :
      grant.member == "group:risk@example.com"
      && grant.role == "roles/bigquerydatapolicy.maskedReader"
    ])
    error_message = "A mask is for somebody else."
  }

  assert {
    condition = (
      length(google_data_catalog_policy_tag_iam_member.reader) == 2
      && length(google_bigquery_datapolicy_data_policy_iam_member.masked) == 2
    )
    error_message = "A kind of personal data has no readers."
  }

  assert {
    condition     = google_data_catalog_taxonomy.personal.region == "eu"
    error_message = "The tags are not where the tables are."
  }
}
